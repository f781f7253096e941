/** The job behind the durable sections: one engine, one number of executions at once. */
import { type Contender, type Place, Unavailable } from "../contender.ts";
import { type Load, measureRate, type Rate } from "../executions.ts";

export const CONTENDERS = {
  flush: async () => (await import("../peers/flush.ts")).bareFlush,
  pgs: async () => (await import("../peers/pgs.ts")).pgs,
  journal: async () => (await import("../peers/journal.ts")).journal,
  "grouped-journal": async () => (await import("../peers/journal.ts")).groupedJournal,
  xstate: async () => (await import("../peers/xstate.ts")).xstate,
  "step-functions": async () => (await import("../peers/step-functions.ts")).stepFunctions,
  dbos: async () => (await import("../peers/dbos.ts")).dbos,
} satisfies Readonly<Record<string, () => Promise<Contender>>>;

export type ContenderName = keyof typeof CONTENDERS;

export interface ExecutionsRequest {
  readonly contender: ContenderName;
  readonly load: Load;
  readonly place: Place;
}

export interface ExecutionsAnswer {
  readonly name: string;
  readonly note: string;
  /** Or why there is none. */
  readonly rate: Rate | { readonly skipped: string };
}

export async function executions(request: ExecutionsRequest): Promise<ExecutionsAnswer> {
  const { name, note, ...contender } = await CONTENDERS[request.contender]();
  try {
    const rate = await measureRate({ name, note, ...contender }, request.load, request.place);
    return { name, note, rate };
  } catch (error) {
    if (error instanceof Unavailable) return { name, note, rate: { skipped: error.message } };
    throw error;
  }
}
