/**
 * Decisions that need no second look: nothing that was read for them can be another thing when the
 * same caller asks for the same. They are kept with the caller and are gone with it; what is told is
 * what a fresh look would tell.
 */
import type { Caller, Decision } from "../../protocol/language/records.ts";
import type { Asked, Ruled } from "./asked.ts";
import type { Told } from "./subject.ts";

/** Of one caller: types of intents, times the names that it goes by. */
const KEPT_MAX = 64;

export function memoised(decide: (asked: Asked) => Told): (asked: Asked) => Ruled {
  const kept = new WeakMap<Caller, Map<string, Decision>>();
  return (asked) => {
    const { caller, intent, tenant, principal } = asked;
    const own = kept.get(caller) ?? new Map<string, Decision>();
    const key = JSON.stringify([intent, tenant, principal]);
    const known = own.get(key);
    if (known !== undefined) return { decision: known, context: null };
    const { varied, decision, context } = decide(asked);
    // What policies could see of a denied request is another thing with each of them.
    if (!varied && (decision.decision === "allow" || decision.unmet !== null)) {
      if (own.size >= KEPT_MAX) own.clear();
      own.set(key, decision);
      kept.set(caller, own);
    }
    return { decision, context };
  };
}
