/**
 * How far work has come that lasts: one line on standard error that is written over and over, for
 * who watches, and nothing at all for who does not. It never writes to standard output.
 */
import type { Io } from "./io.ts";

/** Work that ends before says nothing. */
const QUIET_MS = 1_000;
const AGAIN_MS = 200;
const CLEAR = "\r\u001b[K";

export interface Progress {
  /** Cheap: most calls write nothing. */
  readonly tell: (done: number) => void;
  readonly end: () => void;
}

export function progressOn(io: Io, text: (done: number) => string): Progress {
  let next = Date.now() + QUIET_MS;
  let told = false;
  return {
    tell(done) {
      if (!io.watched) return;
      const now = Date.now();
      if (now < next) return;
      next = now + AGAIN_MS;
      told = true;
      io.err(`${CLEAR}${text(done)}`);
    },
    end() {
      if (told) io.err(CLEAR);
      told = false;
    },
  };
}
