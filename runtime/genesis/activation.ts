/**
 * The fourth gate, activation: what works beside executions. Timers ring, the thread that stores the
 * state comes and goes; nothing listens in this version, and that is said.
 */
import { Worker } from "node:worker_threads";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Clock, Files } from "../ports.ts";
import { type Check, checked, held } from "./check.ts";
import type { Start } from "./start.ts";

const RINGS_WITHIN_MS = 1_000;

export async function timerChecks({ ports }: Start): Promise<readonly Check[]> {
  const expected = { name: "timers", expected: "a timer that rings" };
  return [await checked(expected, () => requireTimer(ports.clock))];
}

function requireTimer(clock: Clock): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      const message = `a timer of 1 ms had not rung after ${RINGS_WITHIN_MS} ms`;
      const hint = "Start the process again; nothing that waits would ever go on.";
      reject(new Refusal("viability", "clock/no-timer", message, { hint }));
    }, RINGS_WITHIN_MS);
    clock.timer(1, () => {
      clearTimeout(late);
      resolve("it rang");
    });
  });
}

export async function workerChecks(start: Start): Promise<readonly Check[]> {
  const { ports, storeWorkerFile } = start;
  const expected = { name: "store-worker", expected: "the thread that stores the state starts" };
  return [await checked(expected, () => requireWorker(ports.files, storeWorkerFile))];
}

/** Starts it on a state of its own, in memory, and ends it. */
function requireWorker(files: Files, path: string): Promise<string> {
  if (files.standing(path)?.kind !== "file") {
    throw noWorker(`expected a file at \`${path}\`, found none`);
  }
  return new Promise((resolve, reject) => {
    const worker = new Worker(path, { workerData: { path: ":memory:" } });
    worker.on("online", () => worker.postMessage({ end: true }));
    worker.on("error", (error) => reject(noWorker(`it ended with: ${String(error)}`)));
    worker.on("exit", () => resolve("it came and went"));
  });
}

function noWorker(what: string): Refusal {
  return new Refusal("viability", "program/no-store-worker", `the store worker: ${what}`, {
    hint: "Install the program again, or build it (`npm run build`).",
  });
}

export function listenerChecks(): readonly Check[] {
  return [held("listeners", "no port is asked for", "nothing listens in this version")];
}
