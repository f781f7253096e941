/**
 * The storing thread as the one sees it who runs executions: groups are handed over and answered for
 * in order. A thread that fails, or dies, fails everything that it still has; nothing is lost by it,
 * since whoever handed a group over still holds it.
 */
import { Worker } from "node:worker_threads";
import type { Change, Checkpoint, OpenTrace } from "../ports.ts";
import type { Done, Told } from "./store-worker.ts";

export interface StoreThread {
  /** Settles with true when the group is stored; false where it is not, and none after it will be. */
  readonly store: (changes: readonly Change[], checkpoint: Checkpoint) => Promise<boolean>;
  /** Settles when the thread has let go of the state. */
  readonly end: () => Promise<void>;
}

/** It holds little more than a group: a young generation as large as the process's would lie there idle. */
const YOUNG_MIB_MAX = 6;

/** `file` is the built `store-worker`; `path` the state's. */
export function startStoreThread(file: string, path: string): StoreThread {
  const worker = new Worker(file, {
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB_MAX },
  });
  const waiting: ((stored: boolean) => void)[] = [];
  const told = new ToldPlaces();
  let gone = false;
  const fail = () => {
    gone = true;
    for (const settle of waiting.splice(0)) settle(false);
  };
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      fail();
      resolve();
    });
  });
  worker.on("error", fail);
  worker.on("message", ({ failure }: Done) => waiting.shift()?.(failure === undefined));
  return {
    store(changes, checkpoint) {
      if (gone) return Promise.resolve(false);
      const { watermark, open, marks = [], delivered = [] } = checkpoint;
      const group: Told = { changes, watermark, marks, delivered, ...told.since(open) };
      worker.postMessage(group);
      return new Promise((resolve) => waiting.push(resolve));
    },
    end() {
      worker.postMessage({ end: true } satisfies Told);
      return ended;
    },
  };
}

/** What the thread knows of what is open: thousands of traces are not told again with every group. */
class ToldPlaces {
  #told = new Map<string, OpenTrace>();
  #asleep = new Set<OpenTrace>();

  /** What is new, and what is gone, since this was last asked. */
  since(open: readonly OpenTrace[]): {
    readonly opened: readonly OpenTrace[];
    readonly ended: readonly string[];
    readonly asleep: readonly OpenTrace[];
  } {
    const opened: OpenTrace[] = [];
    const asleep = open.filter((one) => one.asleep === true);
    const now = new Map<string, OpenTrace>();
    for (const one of open) {
      const { trace, places } = one;
      if (one.asleep === true) continue;
      now.set(trace, one);
      const before = this.#told.get(trace);
      if (before === one) continue;
      const more = places.slice(before?.places.length ?? 0);
      if (more.length > 0) opened.push({ trace, places: more });
    }
    const ended = [...this.#told.keys()].filter((trace) => !now.has(trace));
    this.#told = now;
    const fallen = asleep.filter((one) => !this.#asleep.has(one));
    this.#asleep = new Set(asleep);
    return { opened, ended, asleep: fallen };
  }
}
