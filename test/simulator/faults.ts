/**
 * What goes wrong in the life of one process, and when: counted in calls of the file system, so that
 * it can be said again. It decides; the file system and the world carry out.
 */
import type { Random } from "./random.ts";

/** Calls that change something, or make it durable. */
export type ChangingCall =
  | "create"
  | "write"
  | "flush"
  | "flushFolder"
  | "truncate"
  | "rename"
  | "unlink"
  | "mkdir"
  | "store";
export type Call = ChangingCall | "open" | "read" | "look";

export type Fault =
  | { readonly kind: "end"; readonly when: "before" | "during" | "after" }
  | { readonly kind: "error"; readonly code: "EIO" | "ENOSPC" }
  | { readonly kind: "short" };

export interface Plan {
  /** The process ends at this call that changes something, from 1. */
  readonly endsAt?: number;
  /** The process ends at this flush of a file, from 1: what it was to make durable may be torn. */
  readonly endsAtFlush?: number;
  /** The process ends behind this rename, from 1: the new name is seen, and not on the disk. */
  readonly endsAfterRename?: number;
  /** Whether the machine goes down with it. */
  readonly power: boolean;
  /** Calls of a kind that fail, counted among their kind. */
  readonly errors: readonly {
    readonly call: Call;
    readonly at: number;
    readonly code: "EIO" | "ENOSPC";
  }[];
  /** Writes that are cut short, from 1. */
  readonly shortWrites: ReadonlySet<number>;
}

export const NO_FAULTS: Plan = Object.freeze({
  power: false,
  errors: [],
  shortWrites: new Set<number>(),
});

const FAILING: Readonly<Record<Call, number>> = {
  create: 2,
  write: 6,
  flush: 8,
  flushFolder: 2,
  truncate: 2,
  rename: 2,
  unlink: 1,
  mkdir: 1,
  store: 2,
  open: 1,
  read: 2,
  look: 1,
};

/** Calls that a start makes when it has something to repair. */
const REPAIR_CALLS = 20;

/** A plan of faults; after another life, now and then for the time in which a start repairs. */
export function planOf(random: Random, repairs: boolean): Plan {
  const reach = random.pick([12, 30, 80]);
  const errors = Array.from({ length: random.chance(0.45) ? random.between(1, 2) : 0 }, () => {
    const call = random.weighed(FAILING);
    return { call, at: random.between(1, reach), code: random.pick(["EIO", "ENOSPC"] as const) };
  });
  const shortWrites = new Set(
    Array.from({ length: random.chance(0.4) ? 3 : 0 }, () => random.between(1, 20)),
  );
  return {
    ...endOf(random, repairs && random.chance(0.4) ? REPAIR_CALLS : reach),
    power: random.chance(0.6),
    errors,
    shortWrites,
  };
}

/** A first life that is torn off while it flushes, and others that are while they repair. */
export function tornPlan(random: Random, life: number): Plan {
  const end =
    life === 0 ? { endsAtFlush: random.between(1, 4) } : { endsAt: random.between(4, 18) };
  return { ...NO_FAULTS, ...end, power: true };
}

function endOf(random: Random, reach: number): Partial<Plan> {
  if (random.chance(0.3)) return {};
  if (random.chance(0.2)) return { endsAfterRename: random.between(1, 6) };
  if (random.chance(0.3)) return { endsAtFlush: random.between(1, 6) };
  return { endsAt: random.between(1, reach) };
}

const CHANGING: ReadonlySet<Call> = new Set<Call>([
  "create",
  "write",
  "flush",
  "flushFolder",
  "truncate",
  "rename",
  "unlink",
  "mkdir",
  "store",
]);

const OF_THE_DISK = /^(?:ledger|data-root|disk|state)\/([a-z-]+)$/;

/** What a disk that fails is told as. */
const TOLD_AS: Readonly<Record<string, readonly ("EIO" | "ENOSPC")[]>> = {
  "no-room": ["ENOSPC"],
  "io-error": ["EIO"],
  // Also where what had no room could not be taken back.
  "write-failed": ["EIO", "ENOSPC"],
  "flush-failed": ["EIO", "ENOSPC"],
};

/** Counts the calls of one process and says which of them fail. */
export class Faults {
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #counts = new Map<Call, number>();
  #changing = 0;
  readonly #struck = new Set<"EIO" | "ENOSPC">();

  constructor(plan: Plan, random: Random) {
    this.#plan = plan;
    this.#random = random;
  }

  /** True once something failed that was not the process's end. */
  get struck(): boolean {
    return this.#struck.size > 0;
  }

  strike(code: "EIO" | "ENOSPC"): void {
    this.#struck.add(code);
  }

  /** Whether what failed may be told with this code; that somebody else writes there, never. */
  excuses(code: string): boolean {
    const [, said = ""] = OF_THE_DISK.exec(code) ?? [];
    return (TOLD_AS[said] ?? []).some((one) => this.#struck.has(one));
  }

  next(call: Call): Fault | undefined {
    const count = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, count);
    if (CHANGING.has(call)) {
      this.#changing += 1;
      const flush = call === "flush" && count === this.#plan.endsAtFlush;
      if (flush || this.#changing === this.#plan.endsAt) {
        return { kind: "end", when: this.#random.pick(["before", "during", "after"] as const) };
      }
      if (call === "rename" && count === this.#plan.endsAfterRename) {
        return { kind: "end", when: "after" };
      }
    }
    const error = this.#plan.errors.find((one) => one.call === call && one.at === count);
    if (error !== undefined) {
      this.strike(error.code);
      return { kind: "error", code: error.code };
    }
    return call === "write" && this.#plan.shortWrites.has(count) ? { kind: "short" } : undefined;
  }
}
