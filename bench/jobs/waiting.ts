/**
 * The job behind the section on waiting: begins executions that wait, or opens a data root on which
 * they do and tells one of them what it waits for. It says what the process holds, and how many bytes
 * of the ledger were read. Started with `--expose-gc`.
 */
import { type Files, isWaiting, type Ports, SYSTEM_PORTS } from "../../runtime/index.ts";
import type { Place } from "../contender.ts";
import { runOrders } from "../executions.ts";
import { openPgs } from "../peers/pgs.ts";
import { WAITING_SIGNAL, WAITING_WORKFLOW } from "../waiting-workspace.ts";

export interface WaitingRequest {
  readonly place: Pick<Place, "folder" | "snapshots" | "capabilities" | "storeWorkerFile">;
  /** So many are begun, and none where they stand already. */
  readonly begin: number;
}

export interface WaitingAnswer {
  readonly openMs: number;
  readonly perSecond: number;
  /** From the signal to the durable end of the execution. */
  readonly signalMs: number;
  readonly readBytes: number;
  readonly residentBytes: number;
  readonly heldBytes: number;
}

const AT_ONCE = 64;

export async function waiting({ place, begin }: WaitingRequest): Promise<WaitingAnswer> {
  const read = { bytes: 0 };
  const began = performance.now();
  const runtime = await openPgs(place, counting(read));
  const openMs = performance.now() - began;
  const readBytes = read.bytes;
  const running = performance.now();
  await runOrders(
    async (n) => {
      const work = { workflow: WAITING_WORKFLOW, payload: { n }, traceId: `wait-${n}` };
      const answer = await runtime.submit(work);
      if (!isWaiting(answer)) throw new Error(`${n} ended in ${answer.exit}`);
    },
    { from: 0, to: begin, atOnce: AT_ONCE },
  );
  const perSecond = begin / ((performance.now() - running) / 1_000);
  const residentBytes = process.memoryUsage.rss();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const told = performance.now();
  if (begin === 0) {
    const { answer } = await runtime.signal({
      trace: "wait-0",
      name: WAITING_SIGNAL,
      payload: { why: "measured" },
    });
    if (isWaiting(answer)) throw new Error("it still waits");
  }
  const signalMs = performance.now() - told;
  await runtime.close();
  return { openMs, perSecond, signalMs, readBytes, residentBytes, heldBytes: heapUsed + external };
}

/** The system's ports, which count what is read of the ledger. */
function counting(read: { bytes: number }): Ports {
  const readAt: Files["readAt"] = (path, offset, length) => {
    const bytes = SYSTEM_PORTS.files.readAt(path, offset, length);
    if (path.endsWith(".jsonl")) read.bytes += bytes.length;
    return bytes;
  };
  return { ...SYSTEM_PORTS, files: { ...SYSTEM_PORTS.files, readAt } };
}
