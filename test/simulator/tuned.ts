/**
 * Bounds that are too large to be met in a small run, made small: the bundle of the simulator puts
 * these in their place. Nothing but the simulator ever sees them.
 */
import type { Random } from "./random.ts";

declare global {
  // The bundle's replacements read it where the program has a constant.
  var simulated: { segmentBytesMax: number; recheckBytesMax: number; storedAtOnce: number };
}

globalThis.simulated = { segmentBytesMax: 1, recheckBytesMax: 1, storedAtOnce: 1 };

export function tune(random: Random): void {
  globalThis.simulated = {
    segmentBytesMax: random.pick([1_500, 4_000, 16_000, 1_000_000]),
    recheckBytesMax: random.pick([0, 3_000, 262_144]),
    storedAtOnce: random.pick([1, 1, 4, 1_000]),
  };
}
