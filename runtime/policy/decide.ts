/**
 * Whether something may be done, by the sealed policies: what the intent itself requires first, then
 * Security Guard, City Manager and Data Steward, in this order, up to the first that denies. What
 * nobody permits is denied, and so is whatever cannot be evaluated. It reads its arguments only.
 */
import {
  DECIDING_ROLES,
  type DecidingRole,
  type Verdict,
} from "../../protocol/language/artifacts.ts";
import type {
  CedarRecord,
  DecisionCase,
  SealedGovernance,
  SealedIntent,
} from "../../protocol/language/governance.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { compileSchema } from "../../protocol/language/json-schema.ts";
import type { AskCedar, CedarAnswer, CedarRequest } from "./cedar.ts";
import { type Seen, seenOf } from "./seen.ts";

export interface Ruling extends CedarAnswer {
  readonly role: DecidingRole;
}

export interface Decision {
  readonly decision: Verdict;
  /** Why no role was asked; null where they were. */
  readonly unmet: string | null;
  /** Of the roles that were asked, in their order; the last one denies, or all allow. */
  readonly rulings: readonly Ruling[];
}

export function decide(
  tried: DecisionCase,
  { intents, policies }: SealedGovernance,
  ask: AskCedar,
): Decision {
  const intent = intents.intents.find(({ type }) => type === tried.intent);
  if (intent === undefined) return refused(`there is no intent \`${tried.intent}\``);
  const unmet = unmetBy(tried, intent);
  if (unmet !== null) return refused(unmet);
  const request = requestOf(tried, intent, policies.cedar);
  if ("problem" in request) return refused(request.problem);
  const rulings: Ruling[] = [];
  for (const role of DECIDING_ROLES) {
    const statements = policies.policies
      .filter((policy) => policy.role === role && policy.intents.includes(intent.type))
      .flatMap((policy) => policy.statements);
    const ruling = { role, ...ask(request, statements, policies.cedar) };
    rulings.push(ruling);
    if (ruling.decision === "deny") return { decision: "deny", unmet: null, rulings };
  }
  return { decision: "allow", unmet: null, rulings };
}

function refused(unmet: string): Decision {
  return { decision: "deny", unmet, rulings: [] };
}

/** What the intent asks for and does not get, before any policy is asked. */
function unmetBy({ payload, principal }: DecisionCase, intent: SealedIntent): string | null {
  const misfit = problemOf(payload, intent.payload);
  if (misfit !== null) return `the payload does not fit: ${misfit}`;
  const { roles, attributes } = intent.requires;
  if (roles.length > 0 && !roles.some((role) => principal.roles.includes(role))) {
    return `it requires one of the roles ${roles.join(", ")}`;
  }
  for (const [name, schema] of Object.entries(attributes)) {
    if (!Object.hasOwn(principal.attributes, name)) return `it requires the attribute ${name}`;
    const wrong = problemOf(principal.attributes[name] ?? null, schema);
    if (wrong !== null) return `the attribute ${name} does not fit: ${wrong}`;
  }
  return null;
}

function problemOf(value: Json, schema: JsonObject | boolean): string | null {
  const [problem] = compileSchema(schema)(value) ?? [];
  return problem === undefined ? null : `${problem.pointer} ${problem.message}`.trim();
}

function requestOf(
  { principal, tenant, payload }: DecisionCase,
  intent: SealedIntent,
  { "": { entityTypes, actions } }: SealedGovernance["policies"]["cedar"],
): CedarRequest | { readonly problem: string } {
  const { shape } = entityTypes.Principal;
  const known = entityTypes.Role?.enum ?? [];
  const attributes = seenOf(principal.attributes, shape);
  if ("problem" in attributes) return { problem: `an attribute: ${attributes.problem}` };
  const { type, labels, context: solution } = intent;
  const action = actions[type];
  const all = { labels, payload, solution };
  const context: Seen = seenOf(all, action?.appliesTo.context ?? NOTHING);
  if ("problem" in context) return { problem: `the payload: ${context.problem}` };
  return {
    principal: {
      name: principal.name,
      // Others are named by no policy.
      roles: principal.roles.filter((role) => known.includes(role)),
      attributes: attributes.value as JsonObject,
    },
    tenant,
    action: type,
    context: context.value as JsonObject,
  };
}

const NOTHING: CedarRecord = { type: "Record", attributes: {} };
