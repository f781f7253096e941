/**
 * Commands that are told to stop by SIGINT or SIGTERM and then come to an end of their own: what was
 * under way ends, the data root is let go of, and the exit code says by which it was.
 */
import { EXIT } from "./exit-codes.ts";
import type { Io, StopSignal } from "./io.ts";

export interface Stopping {
  /** From now on a signal is waited for; before, it ends the process at once. */
  readonly begin: () => void;
  /** Tells when it is asked for, at once where it was already; taken back by what it gives. */
  readonly onAsked: (told: () => void) => () => void;
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
  const listeners = new Set<() => void>();
  const onAsked = (told: () => void) => {
    listeners.add(told);
    if (by !== undefined) told();
    return () => void listeners.delete(told);
  };
  let takeBack: (() => void) | undefined;
  const begin = () => {
    takeBack ??= onStop((signal) => {
      by = signal;
      for (const told of listeners) told();
    });
  };
  // A promise alone keeps no process alive.
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    return await work({
      begin,
      onAsked,
      isAsked: () => by !== undefined,
      exitCode: (otherwise) => (by === undefined ? otherwise : STOPPED[by]),
    });
  } finally {
    clearInterval(alive);
    takeBack?.();
  }
}

const ALIVE_MS = 60_000;

/**
 * Settles with the work, or when it is told to stop, whichever comes first. It leaves nothing behind
 * in what stays for months.
 */
export async function orStopped(
  { onAsked }: Pick<Stopping, "onAsked">,
  work: Promise<void>,
): Promise<void> {
  let takeBack = () => {};
  const asked = new Promise<void>((resolve) => {
    takeBack = onAsked(resolve);
  });
  try {
    await Promise.race([work, asked]);
  } finally {
    takeBack();
  }
}

export const STOPPED: Readonly<Record<StopSignal, number>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};
