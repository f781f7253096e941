/**
 * How far work has come that lasts: one line on standard error that is written over and over, for
 * who watches, and nothing at all for who does not. It never writes to standard output.
 */
import type { Io } from "./io.ts";
import { count } from "./print.ts";

/** Work that ends before says nothing. */
const QUIET_MS = 1_000;
const AGAIN_MS = 200;
const CLEAR = "\r\u001b[K";

export interface Progress<Done extends readonly unknown[]> {
  /** Cheap: most calls write nothing. */
  readonly tell: (...done: Done) => void;
  readonly end: () => void;
}

export function progressOn<Done extends readonly unknown[]>(
  io: Pick<Io, "err" | "watched">,
  text: (...done: Done) => string,
): Progress<Done> {
  let next = Date.now() + QUIET_MS;
  let told = false;
  return {
    tell(...done) {
      if (!io.watched) return;
      const now = Date.now();
      if (now < next) return;
      next = now + AGAIN_MS;
      told = true;
      io.err(`${CLEAR}${text(...done)}`);
    },
    end() {
      if (told) io.err(CLEAR);
      told = false;
    },
  };
}

/** How far a whole ledger was read; one that is being written may come to more than it was. */
export function ledgerProgress(io: Io, what: string): Progress<[number, number, number]> {
  return progressOn(io, (records, bytes, total) => {
    const percent = total === 0 ? 0 : Math.min(100, Math.floor((bytes / total) * 100));
    return `${percent} %, ${count(records, "record")} ${what}`;
  });
}
