/**
 * The job behind the memory section: runs many executions in one process and says at some of them
 * how much memory the process holds. Started with `--expose-gc`: what is held after a collection is
 * what grows, if anything does; the resident size is what an operator sees.
 */
import type { Place } from "../contender.ts";
import { runOrders } from "../executions.ts";
import { pgs } from "../peers/pgs.ts";

const AT_ONCE = 64;

export interface MemoryRequest {
  readonly place: Place;
  /** How many executions have ended when memory is looked at; rising. */
  readonly marks: readonly number[];
}

export type MemoryAnswer = readonly {
  readonly executions: number;
  /** Resident bytes, as they were, and bytes of live objects after a collection. */
  readonly residentBytes: number;
  readonly heldBytes: number;
  /** Since the mark before. */
  readonly perSecond: number;
}[];

export async function memory({ place, marks }: MemoryRequest): Promise<MemoryAnswer> {
  const running = await pgs.open(place);
  const answer: MemoryAnswer[number][] = [];
  let from = 0;
  for (const to of marks) {
    const begun = performance.now();
    await runOrders(running.execute, { from, to, atOnce: AT_ONCE });
    const seconds = (performance.now() - begun) / 1_000;
    const residentBytes = process.memoryUsage.rss();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const perSecond = (to - from) / seconds;
    answer.push({ executions: to, residentBytes, heldBytes: heapUsed + external, perSecond });
    from = to;
  }
  const stored = await running.close();
  if (stored !== from) throw new Error(`${from} executed, ${stored} stored`);
  return answer;
}
