/**
 * What a piece of a path does to a law about two events, as one of nine functions on the law's two
 * states. A third state, broken, is never left. Functions compose, so what an item, a branch or an
 * undoing does is found once and applied wherever it is passed.
 */

/** Broken; the other two states are 0, in which every law begins, and 1. */
export const BROKEN = 2;

/** `at0 + 3 * at1`: the states that 0 and 1 become. */
export type LawFunction = number;

export const IDENTITY: LawFunction = made(0, 1);

function made(at0: number, at1: number): LawFunction {
  return at0 + 3 * at1;
}

export function applied(f: LawFunction, state: number): number {
  if (state === BROKEN) return BROKEN;
  return state === 0 ? f % 3 : Math.floor(f / 3);
}

/** First `f`, then `g`. */
export function followed(f: LawFunction, g: LawFunction): LawFunction {
  return made(applied(g, applied(f, 0)), applied(g, applied(f, 1)));
}

export type PairLaw = "before" | "never" | "always_followed_by";

/** What comes of an event that is the law's first, its second, or both: as the second it comes first. */
export function eventOf(law: PairLaw, isFirst: boolean, isSecond: boolean): LawFunction {
  const second = isSecond ? SECOND[law] : IDENTITY;
  return isFirst ? followed(second, made(1, 1)) : second;
}

const SECOND: Readonly<Record<PairLaw, LawFunction>> = {
  // Not yet passed: broken. Passed: it may come.
  before: made(BROKEN, 1),
  // Nothing passed: it may come.
  never: made(0, BROKEN),
  // What was owed is paid.
  always_followed_by: made(0, 0),
};

/** Whether a path that ends in a state has broken the law. */
export function isBroken(law: PairLaw, state: number): boolean {
  return state === BROKEN || (law === "always_followed_by" && state === 1);
}
