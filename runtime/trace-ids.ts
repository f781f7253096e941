/**
 * New trace ids: UUIDs of version 7 (RFC 9562), ordered by time, from the ports' clock and entropy.
 */
import { V7Generator } from "uuidv7";
import type { Clock, Entropy } from "./ports.ts";

/** A clock that went back by more than this begins a new order. */
const ROLLBACK_MS = 10_000;
const PIECE_BYTES = 1_024;

export function traceIds(clock: Clock, entropy: Entropy): () => string {
  const generator = new V7Generator({ nextUint32: inPieces(entropy) });
  return () => generator.generateOrResetCore(clock.now(), ROLLBACK_MS).toString();
}

/** Asking for randomness has a price that does not depend on how much is asked for. */
function inPieces(entropy: Entropy): () => number {
  let piece = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at === piece.length) {
      piece = Buffer.from(entropy.bytes(PIECE_BYTES));
      at = 0;
    }
    at += 4;
    return piece.readUInt32BE(at - 4);
  };
}
