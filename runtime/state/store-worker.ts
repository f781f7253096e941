/**
 * The threads that work while another one runs executions. One stores groups of changes: it has a
 * connection of its own, does what it is told in order, and stops at the first group that it cannot
 * store. Another seals lines of the ledger, in memory that it shares. They decide nothing; whoever
 * told them tries again or says what went wrong.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { invariant } from "../../protocol/language/invariant.ts";
import { sealLines, type Unsealed } from "../ledger/seal-lines.ts";
import { SEALING } from "../ledger/sealing-thread.ts";
import type {
  Change,
  Delivered,
  LedgerPosition,
  OpenTrace,
  RecordPlace,
  Watermark,
} from "../ports.ts";
import { openStore, type SqliteStore } from "./sqlite.ts";

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
invariant(port !== null, "a thread is started by another");
if (workerData === SEALING) sealFor(port);
else storeFor(port, (workerData as { readonly path: string }).path);

function sealFor(port: MessagePort): void {
  port.on("message", (lines: Unsealed) => {
    sealLines(lines);
    port.postMessage(true);
  });
}

function storeFor(port: MessagePort, path: string): void {
  const store = openStore(path, "writing");
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
    if (failure === undefined) failure = attempt({ store, open }, told);
    port.postMessage(failure === undefined ? {} : { failure });
  });
}

interface Storing {
  readonly store: SqliteStore;
  readonly open: Map<string, RecordPlace[]>;
}

function attempt({ store, open }: Storing, told: ToldGroup): string | undefined {
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
