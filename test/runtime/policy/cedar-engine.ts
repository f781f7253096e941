/**
 * Cedar's own engine, asked for what the governor decides: the same statements as text, the same
 * schema, the same request. For the tests that hold the one against the other; never for deciding.
 */
import type { AuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { ACTS } from "../../../protocol/language/acts.ts";
import { DECIDING_ROLES, type Verdict } from "../../../protocol/language/artifacts.ts";
import type { CedarRecord, SealedGovernance } from "../../../protocol/language/governance.ts";
import { isObject, type Json, type JsonObject } from "../../../protocol/language/json.ts";
import type { RoleRuling } from "../../../protocol/language/records.ts";
import type { Asked } from "../../../runtime/index.ts";

export interface EngineRuling {
  readonly role: string;
  readonly decision: Verdict;
  readonly determining: readonly string[];
  /** Ids of the statements that it could not evaluate. */
  readonly failed: readonly string[];
}

/** What each role says by Cedar, up to the first that denies; an error in a statement denies. */
export function rulingsOfCedar(
  governance: SealedGovernance,
  asked: Asked,
): readonly EngineRuling[] {
  const rulings: EngineRuling[] = [];
  for (const role of DECIDING_ROLES) {
    const statements = governance.policies.policies
      .filter((policy) => policy.role === role && policy.intents.includes(asked.intent))
      .flatMap((policy) => policy.statements)
      .map(({ id, cedar: text }) => [id, text] as const);
    rulings.push({ role, ...answer(callOf(governance, asked, Object.fromEntries(statements))) });
    if (rulings.at(-1)?.decision === "deny") break;
  }
  return rulings;
}

/** The governor's own, in the same words. */
export function inEngineWords(rulings: readonly RoleRuling[]): readonly EngineRuling[] {
  return rulings.map(({ role, decision, determining, errors = [] }) => {
    return {
      role,
      decision,
      determining,
      failed: errors.map((error) => error.split(": ")[0] ?? ""),
    };
  });
}

function answer(call: AuthorizationCall): Omit<EngineRuling, "role"> {
  const given = cedar.isAuthorized(call);
  if (given.type === "failure") {
    throw new Error(given.errors.map(({ message }) => message).join("; "));
  }
  const { decision, diagnostics } = given.response;
  const failed = diagnostics.errors.map(({ policyId }) => policyId).toSorted();
  if (failed.length > 0) return { decision: "deny", determining: [], failed };
  return { decision, determining: diagnostics.reason.toSorted(), failed };
}

export function callOf(
  { intents, policies }: SealedGovernance,
  { tenant, principal, caller, intent, payload }: Asked,
  statements: Readonly<Record<string, string>>,
): AuthorizationCall {
  const { entityTypes, actions } = policies.cedar[""];
  const who = { type: "Principal", id: principal };
  const where = { type: "Tenant", id: tenant };
  const known = entityTypes.Role?.enum ?? [];
  const roles = caller.roles.filter((role) => known.includes(role));
  const context = actions[intent]?.appliesTo.context;
  const sealed = intents.intents.find(({ type }) => type === intent);
  const reach = intents.workflows.find(({ workflow }) => workflow === sealed?.workflow)?.reach;
  const all = ACTS.some(({ type }) => type === intent)
    ? payload
    : { labels: sealed?.labels, payload, solution: sealed?.context, reach };
  const attributes = { ...caller.attributes, identity: caller.identity };
  const call = {
    principal: who,
    action: { type: "Action", id: intent },
    resource: where,
    context: context === undefined ? {} : shown(all as Json, context),
    schema: policies.cedar,
    validateRequest: true,
    policies: { staticPolicies: statements },
    entities: [
      {
        uid: who,
        attrs: shown(attributes, entityTypes.Principal.shape),
        parents: [...roles.map((id) => ({ type: "Role", id })), where],
      },
      { uid: where, attrs: {}, parents: [] },
    ],
  };
  return call as unknown as AuthorizationCall;
}

/** The part of a value that has a type: Cedar refuses a request that has more. */
function shown(value: Json, { attributes }: CedarRecord): JsonObject {
  if (!isObject(value)) throw new Error("the context is an object");
  const members = Object.entries(attributes)
    .filter(([name]) => Object.hasOwn(value, name))
    .map(([name, type]) => {
      const inner = value[name] as Json;
      return [name, type.type === "Record" ? shown(inner, type) : inner] as const;
    });
  return Object.fromEntries(members);
}
