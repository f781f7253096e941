/**
 * Which executions still go on with a call that a stop had interrupted. It keeps no more than those:
 * what else closes is as many as anybody likes to run.
 */
export interface CallsLeft {
  readonly closed: (trace: string) => void;
  /** The ones there are; some of them may have closed before this was known. */
  readonly begin: (calling: readonly string[]) => void;
  readonly has: (trace: string) => boolean;
}

export function callsLeft(): CallsLeft {
  const early = new Set<string>();
  let left: Set<string> | undefined;
  return {
    closed(trace) {
      if (left === undefined) early.add(trace);
      else left.delete(trace);
    },
    begin(calling) {
      left = new Set(calling.filter((trace) => !early.has(trace)));
      early.clear();
    },
    has: (trace) => left?.has(trace) === true,
  };
}
