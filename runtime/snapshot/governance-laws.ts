/**
 * The laws of the table of intents and of the policies, beyond the form of their members: each type
 * stands once and leads to a workflow that was sealed, policies are about intents that there are,
 * and each intent has what was promised when it was compiled. Whoever decides relies on each.
 */
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import { cedarExcess } from "../../protocol/language/cedar-text.ts";
import type {
  CedarType,
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
  { intents }: IntentTable,
  workflows: readonly FullName[],
): Problem | undefined {
  const known = new Set(workflows);
  return (
    (intents.length === 0 ? problem("/intents", "expected an intent") : undefined) ??
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

/** The first law that policies of the right form break. */
export function brokenPolicyLaw(
  { cedar, policies }: PolicyTable,
  { intents }: IntentTable,
): Problem | undefined {
  const types = intents.map(({ type }) => type);
  const known = new Set(types);
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
  const names = Object.keys(actions).sort(byCodeUnits);
  if (
    !same(
      names,
      intents.map(({ type }) => type),
    )
  ) {
    return problem(below(at, "actions"), "expected an action for each intent");
  }
  const named = new Set(intents.flatMap(({ requires }) => requires.roles));
  const roles = entityTypes.Role?.enum ?? [];
  const expected = [...named].sort(byCodeUnits);
  if (!same(roles, expected) || (entityTypes.Role !== undefined && roles.length === 0)) {
    return problem(below(at, "entityTypes"), "expected the roles that intents require");
  }
  const parents = roles.length === 0 ? ["Tenant"] : ["Role", "Tenant"];
  if (!same(entityTypes.Principal.memberOfTypes, parents)) {
    return problem(below(at, "entityTypes"), "expected principals with roles, of a tenant");
  }
  return first(Object.entries(actions), ([type, { appliesTo }]) =>
    isDeep(appliesTo.context, LIMITS.policyDepthMax + 2)
      ? problem(below(below(at, "actions"), type), "nested too deeply")
      : undefined,
  );
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
    first(statements.entries(), ([index, { id, cedar }]) => {
      const place = `${at}/statements/${index}`;
      if (id !== `${policy}#${index + 1}`) return problem(`${place}/id`, "expected its place");
      const excess = cedarExcess(cedar);
      if (excess === undefined) return undefined;
      return problem(`${place}/cedar`, `expected at most ${excess.limit}, found ${excess.what}`);
    })
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
