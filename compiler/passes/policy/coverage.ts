/**
 * An intent that no policy can ever allow is refused. Every deciding role must allow, and a role
 * allows what one of its `permit`s holds for and none of its `forbid`s does. So an intent can never
 * be allowed where a role has no `permit` that can be about it, or a `forbid` without a condition
 * that is. What is refused here could never run; what passes may still be denied every time, by
 * conditions that only look as if they could hold. An act without a `permit` is simply denied.
 */
import { DECIDING_ROLES, type DecidingRole } from "../../../protocol/language/artifacts.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ResolvedPolicy } from "../../model.ts";
import type { TypedIntent } from "./intents.ts";
import type { CheckedPolicy } from "./statements.ts";

export interface Policies {
  readonly checked: readonly CheckedPolicy[];
  /** Those of which nothing can be said. */
  readonly faulty: readonly ResolvedPolicy[];
}

export function neverAllowed(
  intents: readonly TypedIntent[],
  { checked, faulty }: Policies,
): readonly Diagnostic[] {
  return intents.flatMap((intent) => {
    const { type } = intent.sealed;
    const at = intent.artifact.document.spanOf(["type"]);
    const unsure = new Set(faulty.filter((one) => one.intents.includes(type)).map(roleOf));
    const applying = (role: DecidingRole, effect: "permit" | "forbid") =>
      checked
        .filter(({ sealed }) => sealed.role === role)
        .flatMap(({ about }) => about)
        .filter(({ statement, types }) => statement.effect === effect && types.has(type));
    const silent = DECIDING_ROLES.filter(
      (role) => !unsure.has(role) && applying(role, "permit").length === 0,
    );
    if (silent.length > 0) {
      const roles = quoteAll(silent);
      return [diagnose("policy/never-allowed", at, { type, roles })];
    }
    const barred = DECIDING_ROLES.filter((role) =>
      applying(role, "forbid").some(({ statement }) => statement.unconditional),
    );
    if (barred.length === 0) return [];
    return [diagnose("policy/always-forbidden", at, { type, roles: quoteAll(barred) })];
  });
}

function roleOf({ artifact }: ResolvedPolicy): DecidingRole {
  return artifact.text.role;
}
