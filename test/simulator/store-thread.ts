/**
 * The thread that stores the state, simulated: the bundle puts this in the place of the real one. It
 * stores its groups one after the other, each when its time comes, and it dies with its process. A
 * group that cannot be stored is told, and none after it is stored. `file` is the process's name.
 */
import type { Change, Checkpoint } from "../../runtime/ports.ts";
import type { StoreThread } from "../../runtime/state/store-thread.ts";
import { Dead, machineAtHand, type Process } from "./machine.ts";

declare global {
  // What the bundle makes of the refreshing of a store that is not SQLite's.
  var simulatedRefresh: (file: string | undefined) => void;
}

function processOf(file: string): Process {
  const found = machineAtHand().processes.find(({ name }) => name === file);
  if (found === undefined) throw new Error(`no process is called ${file}`);
  return found;
}

globalThis.simulatedRefresh = (file) => {
  if (file !== undefined) processOf(file).refresh?.();
};

export function startStoreThread(file: string): StoreThread {
  const { agenda } = machineAtHand();
  const process = processOf(file);
  let broken = false;
  let last: Promise<unknown> = Promise.resolve();
  const stored = (changes: readonly Change[], checkpoint: Checkpoint): boolean => {
    if (broken) return false;
    try {
      process.storeAside?.(changes, checkpoint);
      return true;
    } catch (error) {
      if (error instanceof Dead) throw error;
      broken = true;
      return false;
    }
  };
  /** In its time, after all that was asked for before. */
  const inTurn = <T>(what: string, work: () => T): Promise<T> => {
    const before = last;
    const done = before.then(
      () =>
        new Promise<T>((resolve) => {
          agenda.add(`${process.name}'s thread ${what}`, () => resolve(work()));
        }),
    );
    last = done;
    return done;
  };
  return {
    store: (changes, checkpoint) => inTurn("stores", () => stored(changes, checkpoint)),
    end: () => inTurn("ends", () => undefined),
  };
}
