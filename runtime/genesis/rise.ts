/**
 * Comes to life gate by gate: each subsystem in its order, once all that it requires holds. The
 * first gate at which a check was made and does not hold is the last one that is tried; what could
 * not be looked at is told as that, with the check that it follows from. A gate of which something
 * waits for a later one is not passed, and the start goes on to where that is told.
 */
import { GATES, type Phase, phaseBehind } from "../../protocol/language/gates.ts";
import { type Check, type PhaseReport, unseen } from "./check.ts";
import { ordered, type Ranked } from "./order.ts";

/** A part of a process: what it needs, and what it finds when it comes to life. */
export interface Subsystem<World> extends Ranked {
  /** What is expected of it, for those who could not look at it. */
  readonly expected: string;
  /** Brings it to life. None, where nothing can be said before a later gate. */
  readonly rise: (world: World) => readonly Check[] | Promise<readonly Check[]>;
}

export interface Rising<World> {
  /** In their order: see `ordered`. */
  readonly subsystems: readonly Subsystem<World>[];
  readonly world: World;
  /** The last phase to enter. */
  readonly until: Phase;
  /** Milliseconds since anything. */
  readonly elapsedMs: () => number;
}

/** One report a gate, as they are passed. */
export async function* rise<World>(of: Rising<World>): AsyncGenerator<PhaseReport, void> {
  const order = ordered(of.subsystems);
  const broken = new Map<string, string>();
  for (const gate of GATES) {
    const phase = phaseBehind(gate);
    const beganMs = of.elapsedMs();
    const gathered: Gathered = { roots: [], follow: [], hold: [], broken };
    for (const one of order) {
      if (one.phase === phase) await riseOne(one, of.world, gathered);
    }
    const { roots, follow, hold } = gathered;
    const checks = [...roots, ...follow, ...hold];
    const ok = checks.every((check) => check.ok);
    yield { phase, gate, ok, ms: rounded(of.elapsedMs() - beganMs), checks };
    if (roots.length > 0 || phase === of.until) return;
  }
}

interface Gathered {
  readonly roots: Check[];
  readonly follow: Check[];
  readonly hold: Check[];
  /** Subsystems that did not come to life, with the check that is to blame. */
  readonly broken: Map<string, string>;
}

async function riseOne<World>(
  one: Subsystem<World>,
  world: World,
  { roots, follow, hold, broken }: Gathered,
): Promise<void> {
  const { name, expected, requires } = one;
  const blamed = requires.map((needed) => broken.get(needed)).find((check) => check !== undefined);
  if (blamed !== undefined) {
    broken.set(name, blamed);
    follow.push(unseen({ name, expected }, blamed));
    return;
  }
  for (const check of await one.rise(world)) {
    const { ok, looked, cause } = check;
    (ok ? hold : looked ? roots : follow).push(check);
    if (!ok && !broken.has(name)) broken.set(name, looked ? check.name : (cause ?? check.name));
  }
}

/** To a hundredth: what is faster is not worth telling apart. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
