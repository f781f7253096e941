/**
 * A decision as a person is told it: each statement that made it, with what it says. What is told of
 * a statement comes from the sealed policies; where those are not at hand, it is only named.
 */
import type { DecidingRole, Verdict } from "../../protocol/language/artifacts.ts";
import type { SealedPolicy } from "../../protocol/language/governance.ts";
import type { JsonObject } from "../../protocol/language/json.ts";
import type { Decision, RoleRuling } from "../../protocol/language/records.ts";

export interface ToldStatement {
  readonly id: string;
  /** Null where the policy is not at hand, as are the others. */
  readonly effect: "permit" | "forbid" | null;
  /** Its policy's. */
  readonly summary: string | null;
  readonly cedar: string | null;
}

export interface ToldRuling {
  readonly role: DecidingRole;
  readonly decision: Verdict;
  readonly determining: readonly ToldStatement[];
  readonly errors: readonly string[];
}

export interface ToldDecision {
  readonly decision: Verdict;
  readonly unmet: string | null;
  readonly rulings: readonly ToldRuling[];
  readonly seen: JsonObject;
}

export function toldDecision(
  { decision, unmet, rulings, seen }: Decision,
  policies: readonly SealedPolicy[],
): ToldDecision {
  return { decision, unmet, rulings: rulings.map((ruling) => told(ruling, policies)), seen };
}

function told(
  { role, decision, determining, errors = [] }: RoleRuling,
  policies: readonly SealedPolicy[],
): ToldRuling {
  return { role, decision, determining: determining.map((id) => statement(id, policies)), errors };
}

function statement(id: string, policies: readonly SealedPolicy[]): ToldStatement {
  const policy = policyOf(id, policies);
  const sealed = policy?.statements.find((one) => one.id === id);
  return {
    id,
    effect: sealed?.effect ?? null,
    summary: sealed === undefined ? null : (policy?.summary ?? null),
    cedar: sealed?.cedar ?? null,
  };
}

/** The policy that a statement belongs to: its id begins with the policy's name. */
export function policyOf(id: string, policies: readonly SealedPolicy[]): SealedPolicy | undefined {
  const name = id.slice(0, id.lastIndexOf("#"));
  return policies.find(({ policy }) => policy === name);
}
