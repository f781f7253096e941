/**
 * Decisions that need no second look: nothing that was read for them can be another thing when the
 * same caller asks for the same. They are kept with the caller and are gone with it; what is told is
 * what a fresh look would tell. Of a caller that somebody could change, nothing is kept.
 */
import type { Caller, Decision } from "../../protocol/language/records.ts";
import type { Asked, Ruled } from "./asked.ts";
import type { Told } from "./subject.ts";

/** Of one caller: types of intents, times the names that it goes by. */
const KEPT_MAX = 64;

export function memoised(decide: (asked: Asked) => Told): (asked: Asked) => Ruled {
  const kept = new WeakMap<Caller, Map<string, Decision>>();
  return (asked) => {
    const { caller, intent, tenant, principal, fixed } = asked;
    const own = kept.get(caller);
    const key = JSON.stringify([intent, tenant, principal, fixed]);
    const known = own?.get(key);
    if (known !== undefined) return { decision: known, context: null };
    const { varied, decision, context } = decide(asked);
    // What policies could see of a denied request is another thing with each of them.
    const isFresh = varied && fixed === undefined;
    const same = !isFresh && (decision.decision === "allow" || decision.unmet !== null);
    if (same && (own !== undefined || isFixed(caller))) {
      const mine = own ?? new Map<string, Decision>();
      if (mine.size >= KEPT_MAX) mine.clear();
      mine.set(key, decision);
      kept.set(caller, mine);
    }
    return { decision, context };
  };
}

/** Frozen to the last value of it. */
function isFixed(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFixed);
}
