/**
 * The thread that stores groups of changes while another runs executions: it has a connection of its
 * own, does what it is told in order, and stops at the first group that it cannot store. It decides
 * nothing; whoever told it tries again or says what went wrong.
 */
import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "../../protocol/language/invariant.ts";
import type {
  Change,
  Delivered,
  LedgerPosition,
  OpenTrace,
  RecordPlace,
  Watermark,
} from "../ports.ts";
import { openStore } from "./sqlite.ts";

/** Changes, and the checkpoint that they lead to: of what is open, what is new since the last one. */
export interface ToldGroup {
  readonly changes: readonly Change[];
  readonly watermark: Watermark;
  readonly marks: readonly LedgerPosition[];
  readonly delivered: readonly Delivered[];
  readonly opened: readonly OpenTrace[];
  readonly ended: readonly string[];
  /** Those that fell asleep, with all of their places. */
  readonly asleep: readonly OpenTrace[];
}

/** What the thread is told: a group to store, or to end. */
export type Told = ToldGroup | { readonly end: true };

/** What it answers, a group: nothing, or why it could not. */
export type Done = { readonly failure?: string };

const port = parentPort;
invariant(port !== null, "the storing thread is started by another");
const store = openStore((workerData as { readonly path: string }).path, "writing");
/** In the order of their first records. */
const open = new Map<string, RecordPlace[]>();
let failure: string | undefined;

port.on("message", (told: Told) => {
  if ("end" in told) {
    store.close();
    port.close();
    return;
  }
  // A group after one that is missing would put the state ahead of what it holds.
  if (failure === undefined) failure = attempt(told);
  port.postMessage(failure === undefined ? {} : { failure });
});

function attempt(told: ToldGroup): string | undefined {
  const { changes, opened, ended, asleep, ...checkpoint } = told;
  for (const trace of ended) open.delete(trace);
  for (const { trace } of asleep) open.delete(trace);
  for (const { trace, places } of opened) {
    const known = open.get(trace);
    if (known === undefined) open.set(trace, [...places]);
    else known.push(...places);
  }
  const traces = [...open].map(([trace, places]) => ({ trace, places }));
  try {
    store.apply(changes, { ...checkpoint, open: [...traces, ...asleep] });
    return undefined;
  } catch (error) {
    return String(error);
  }
}
