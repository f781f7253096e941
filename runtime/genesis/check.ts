/**
 * What a gate says: its checks, each with what was expected and what was found. A check that was not
 * made is never told as one that held.
 */
import type { Gate, Phase } from "../../protocol/language/gates.ts";
import { Refusal } from "../../protocol/language/refusal.ts";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** False where it was not made, because of what `cause` names: another check. */
  readonly looked: boolean;
  readonly expected: string;
  readonly found: string;
  /** Why it does not hold: a code in words, or the check that it follows from; null where it holds. */
  readonly cause: string | null;
  /** What to do about it; a sentence of its own. */
  readonly remedy: string | null;
}

export interface PhaseReport {
  readonly phase: Phase;
  readonly gate: Gate;
  /** True where every check holds. */
  readonly ok: boolean;
  readonly ms: number;
  /** Where one does not hold: root causes first, then what follows from them, then what holds. */
  readonly checks: readonly Check[];
}

export function held(name: string, expected: string, found: string): Check {
  return { name, ok: true, looked: true, expected, found, cause: null, remedy: null };
}

/** What a check expects, and what it is called. */
export interface Expected {
  readonly name: string;
  readonly expected: string;
}

export function failed(
  { name, expected }: Expected,
  { cause, found, remedy }: { readonly cause: string; readonly found: string; remedy?: string },
): Check {
  return { name, ok: false, looked: true, expected, found, cause, remedy: remedy ?? null };
}

/** A check that could not be made before another one holds. */
export function unseen({ name, expected }: Expected, cause: string): Check {
  const found = "not looked at";
  return { name, ok: false, looked: false, expected, found, cause, remedy: null };
}

/** A refusal as what was found. */
export function refused(expected: Expected, refusal: Refusal): Check {
  const { code, message, hint, problems } = refusal;
  // One problem is the sentence itself; more of them stand behind it, each with its own place.
  const more = problems.slice(1).map(({ message: one, place }) => `${place ?? "there"}: ${one}`);
  const remedy = hint ?? problems[0]?.hint;
  return failed(expected, {
    cause: code,
    found: [message, ...more].join("; "),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Makes one check: what it gives is what was found; a refusal is what does not hold. */
export async function checked(
  expected: Expected,
  find: () => string | Promise<string>,
): Promise<Check> {
  try {
    return held(expected.name, expected.expected, await find());
  } catch (error) {
    if (error instanceof Refusal) return refused(expected, error);
    throw error;
  }
}

/** Says of a refusal at which gate of a start it was met; the first to say so is right. */
export async function atGate<T>(gate: Gate, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) error.gate ??= gate;
    throw error;
  }
}
