/**
 * The snapshots that executions began with, as far as they are still there: the current one, and
 * older ones that have to be opened. One that is gone is refused by name, never replaced.
 */
import type { Digest } from "../protocol/language/digest.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Snapshot } from "./ports.ts";
import { type Programs, programsOf } from "./programs.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

type Options = Pick<RuntimeOptions, "snapshots" | "capabilities" | "allowChangedCapabilities">;

export class AtHand {
  readonly #current: Programs;
  readonly #options: Options;
  /** Of older snapshots: many executions may have begun under one. */
  readonly #older = new Map<string, Programs>();

  constructor(current: Programs, options: Options) {
    this.#current = current;
    this.#options = options;
  }

  snapshot(id: string): Snapshot {
    const { snapshot } = this.#current;
    return id === snapshot.id ? snapshot : this.#options.snapshots(id as Digest);
  }

  /** Its programs, where all capabilities that it was sealed with are there, too. */
  programs(id: string): Programs {
    const { capabilities, allowChangedCapabilities } = this.#options;
    if (id === this.#current.snapshot.id) return this.#current;
    const known = this.#older.get(id);
    if (known !== undefined) return known;
    const allowChanged = allowChangedCapabilities === true;
    const programs = programsOf(this.snapshot(id), capabilities, { allowChanged });
    this.#older.set(id, programs);
    return programs;
  }

  /** Without its snapshot a trace cannot be drawn; that is told by whoever verifies. */
  has(id: string): boolean {
    try {
      return this.snapshot(id).id === id;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }
}
