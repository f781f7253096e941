/**
 * The laws of the table of intents and of the policies, beyond the form of their members: each type
 * stands once and leads to a workflow that was sealed, policies are about intents that there are,
 * and each intent has what was promised when it was compiled. Whoever decides relies on each.
 */
import { ACTS, REACH_TYPE } from "../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type {
  CedarRecord,
  CedarType,
  GovernedWorkflow,
  IntentTable,
  PolicyTable,
  SealedPolicy,
} from "../../protocol/language/governance.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { below, first, problem } from "./form.ts";
import { sorted } from "./manifest-form.ts";

/** The first law that a table of intents of the right form breaks. */
export function brokenIntentLaw(
  { intents, workflows: governed }: IntentTable,
  workflows: readonly FullName[],
): Problem | undefined {
  const known = new Set(workflows);
  const names = governed.map(({ workflow }) => workflow);
  return (
    (same(names, [...workflows].sort(byCodeUnits))
      ? undefined
      : problem("/workflows", "expected every workflow of the snapshot")) ??
    first(governed.entries(), ([at, { labels, reach }]) => brokenReach(at, labels, reach)) ??
    sorted(
      "/intents",
      intents.map(({ type }) => type),
    ) ??
    first(intents.entries(), ([at, { workflow, requires, labels }]) =>
      known.has(workflow)
        ? (sorted(`/intents/${at}/requires/roles`, requires.roles) ??
          sorted(`/intents/${at}/labels`, labels))
        : problem(`/intents/${at}/workflow`, "expected a workflow of the snapshot"),
    )
  );
}

function brokenReach(
  at: number,
  labels: GovernedWorkflow["labels"],
  { effects, clearance }: GovernedWorkflow["reach"],
): Problem | undefined {
  const place = `/workflows/${at}`;
  return (
    sorted(`${place}/labels`, labels) ??
    sorted(`${place}/reach/effects`, effects) ??
    sorted(`${place}/reach/clearance`, clearance)
  );
}

/** The first law that policies of the right form break. */
export function brokenPolicyLaw(
  { cedar, policies }: PolicyTable,
  { intents }: IntentTable,
): Problem | undefined {
  const types = intents.map(({ type }) => type);
  const known = new Set([...types, ...ACTS.map(({ type }) => type)]);
  return (
    brokenSchemaLaw(cedar, intents) ??
    sorted(
      "/policies",
      policies.map(({ policy }) => policy),
    ) ??
    first(policies.entries(), ([at, policy]) => brokenPolicy(policy, known, `/policies/${at}`)) ??
    uncovered(types, policies)
  );
}

function brokenSchemaLaw(
  { "": { entityTypes, actions } }: PolicyTable["cedar"],
  intents: IntentTable["intents"],
): Problem | undefined {
  const at = below("/cedar", "");
  const types = intents.map(({ type }) => type);
  const known = new Set([...types, ...ACTS.map(({ type }) => type)]);
  const names = Object.keys(actions);
  if (
    !types.every((type) => Object.hasOwn(actions, type)) ||
    !names.every((one) => known.has(one))
  ) {
    return problem(below(at, "actions"), "expected an action for each intent, and for acts alone");
  }
  const required = intents.flatMap(({ requires }) => requires.roles);
  const roles = entityTypes.Role?.enum;
  const entities = below(at, "entityTypes");
  const wrong =
    sorted(below(entities, "Role"), roles ?? []) ??
    (required.every((role) => roles?.includes(role)) && roles?.length !== 0
      ? undefined
      : problem(entities, "expected the roles that intents require")) ??
    (same(
      entityTypes.Principal.memberOfTypes,
      roles === undefined ? ["Tenant"] : ["Role", "Tenant"],
    )
      ? undefined
      : problem(entities, "expected principals with roles, of a tenant")) ??
    (isIdentity(entityTypes.Principal.shape)
      ? undefined
      : problem(entities, "expected principals with an identity"));
  return (
    wrong ??
    first(Object.entries(actions), ([type, { appliesTo }]) =>
      brokenContext(type, appliesTo.context, below(below(at, "actions"), type)),
    )
  );
}

/** Set by the runtime for everybody; all else that policies know of a caller may be absent. */
function isIdentity({ attributes: { identity, ...others } }: CedarRecord): boolean {
  return (
    identity?.type === "String" &&
    identity.required &&
    Object.values(others).every(({ required }) => !required)
  );
}

/** What the runtime itself says of what is asked; a later one may say more than was sealed. */
function brokenContext(type: string, context: CedarRecord, at: string): Problem | undefined {
  if (isDeep(context, LIMITS.policyDepthMax + 2)) return problem(at, "nested too deeply");
  const act = ACTS.find((one) => one.type === type);
  if (act !== undefined) {
    return isPartOf(context, act.context) ? undefined : problem(at, "expected what the act has");
  }
  const { labels, reach } = context.attributes;
  const isKnown =
    (labels === undefined || isPartOf(labels, LABELS_TYPE)) &&
    (reach === undefined || isPartOf(reach, REACH_TYPE));
  return isKnown ? undefined : problem(at, "expected labels and reach as every intent has them");
}

const LABELS_TYPE: CedarType = { type: "Set", element: { type: "String" } };

/** Whether all that a type has is of the whole's types, too. */
function isPartOf(type: CedarType, whole: CedarType): boolean {
  if (type.type === "Set") return whole.type === "Set" && isPartOf(type.element, whole.element);
  if (type.type !== "Record" || whole.type !== "Record") return type.type === whole.type;
  return Object.entries(type.attributes).every(([name, inner]) => {
    const other = Object.hasOwn(whole.attributes, name) ? whole.attributes[name] : undefined;
    return other !== undefined && (other.required || !inner.required) && isPartOf(inner, other);
  });
}

function isDeep(type: CedarType, left: number): boolean {
  if (left < 0) return true;
  if (type.type === "Set") return isDeep(type.element, left - 1);
  if (type.type !== "Record") return false;
  return Object.values(type.attributes).some((inner) => isDeep(inner, left - 1));
}

function brokenPolicy(
  { policy, intents, statements }: SealedPolicy,
  known: ReadonlySet<string>,
  at: string,
): Problem | undefined {
  if (intents.length === 0) return problem(`${at}/intents`, "expected an intent");
  if (statements.length === 0) return problem(`${at}/statements`, "expected a statement");
  return (
    sorted(`${at}/intents`, intents) ??
    first(intents.entries(), ([index, type]) =>
      known.has(type) ? undefined : problem(`${at}/intents/${index}`, "expected an intent"),
    ) ??
    first(statements.entries(), ([index, { id }]) =>
      id === `${policy}#${index + 1}`
        ? undefined
        : problem(`${at}/statements/${index}/id`, "expected its place"),
    )
  );
}

/** Each role that decides has a `permit` in some policy about each intent. */
function uncovered(
  types: readonly string[],
  policies: readonly SealedPolicy[],
): Problem | undefined {
  const permitted = new Set(
    policies
      .filter(({ statements }) => statements.some(({ effect }) => effect === "permit"))
      .flatMap(({ role, intents }) => intents.map((type) => `${role} ${type}`)),
  );
  return first(types, (type) =>
    DECIDING_ROLES.every((role) => permitted.has(`${role} ${type}`))
      ? undefined
      : problem("/policies", `expected a permit of each role for \`${type}\``),
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
