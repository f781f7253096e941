/**
 * Commands that are told to stop by SIGINT or SIGTERM and then come to an end of their own: what was
 * under way ends, the data root is let go of, and the exit code says by which it was.
 */
import { EXIT } from "./exit-codes.ts";
import type { Io, StopSignal } from "./io.ts";

export interface Stopping {
  /** From now on a signal is waited for; before, it ends the process at once. */
  readonly begin: () => void;
  /** Settles when it is asked for; never before. */
  readonly asked: Promise<void>;
  readonly isAsked: () => boolean;
  /** What the command ends with: what it would have, unless it was stopped. */
  readonly exitCode: (otherwise: number) => number;
}

/** Does work that may be told to stop once it has begun; a second signal ends the process as ever. */
export async function untilStopped<T>(
  { onStop }: Pick<Io, "onStop">,
  work: (stopping: Stopping) => Promise<T>,
): Promise<T> {
  let by: StopSignal | undefined;
  let stop = () => {};
  const asked = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let takeBack: (() => void) | undefined;
  const begin = () => {
    takeBack ??= onStop((signal) => {
      by = signal;
      stop();
    });
  };
  // A promise alone keeps no process alive.
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    return await work({
      begin,
      asked,
      isAsked: () => by !== undefined,
      exitCode: (otherwise) => (by === undefined ? otherwise : STOPPED[by]),
    });
  } finally {
    clearInterval(alive);
    takeBack?.();
  }
}

const ALIVE_MS = 60_000;

export const STOPPED: Readonly<Record<StopSignal, number>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};
