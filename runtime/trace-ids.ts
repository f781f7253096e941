/**
 * New trace ids: UUIDs of version 7 (RFC 9562), ordered by time, from the ports' clock and entropy.
 */
import { V7Generator } from "uuidv7";
import type { Clock, Entropy } from "./ports.ts";

/** A clock that went back by more than this begins a new order. */
const ROLLBACK_MS = 10_000;

export function traceIds(clock: Clock, entropy: Entropy): () => string {
  const generator = new V7Generator({
    nextUint32: () => Buffer.from(entropy.bytes(4)).readUInt32BE(),
  });
  return () => generator.generateOrResetCore(clock.now(), ROLLBACK_MS).toString();
}
