/** A mistake that can be built into the simulator. */
import type { Replacement } from "../simulator/bundle.ts";

export interface Mistake extends Replacement {
  readonly name: string;
}
