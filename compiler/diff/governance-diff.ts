/**
 * What changed in who may try what: intents by their type, policies by their name. An intent that is
 * gone, or takes or asks for other than before, breaks who relies on it; what policies decide
 * otherwise is told, for nobody was promised it.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import type { SealedGovernance, SealedIntent } from "../../protocol/language/governance.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { type ChangedNames, changedNames } from "./changed-names.ts";
import { takesAll } from "./contract.ts";
import { type MemberChange, memberChanges } from "./member-changes.ts";
import { budgetRaised, clearanceWidened } from "./safeguards.ts";
import { type Breaking, payloadBreaks } from "./workflow-diff.ts";

export interface GovernanceDiff {
  readonly intents: ChangedNames & {
    /** By changed intent: what it says otherwise, its budget too. */
    readonly members: Readonly<Record<string, readonly MemberChange[]>>;
  };
  readonly policies: ChangedNames;
}

type Governed = SealedGovernance | undefined;

export function compareGovernance(
  before: Governed,
  after: Governed,
): { readonly diff: GovernanceDiff; readonly breaking: readonly Breaking[] } {
  const [old, now] = [intentsOf(before), intentsOf(after)];
  const intents = changedNames(textsOf(old), textsOf(now));
  const members = intents.changed.map((type) => {
    const [one, two] = [old.get(type), now.get(type)] as unknown as [JsonObject, JsonObject];
    return [type, memberChanges(one, two)] as const;
  });
  const diff = {
    intents: { ...intents, members: Object.fromEntries(members) },
    policies: changedNames(textsOf(policiesOf(before)), textsOf(policiesOf(after))),
  };
  const removed = diff.intents.removed.map((of): Breaking => {
    return { code: "intent-removed", of, reason: "nobody can ask for it any more" };
  });
  const changed = diff.intents.changed.flatMap((type) => {
    const [one, two] = [old.get(type), now.get(type)];
    return one === undefined || two === undefined ? [] : intentBreaks(one, two);
  });
  const wider = clearanceWidened(before, after).map(({ of, label }): Breaking => {
    const reason = `its effects may now be given what is labelled \`${label}\``;
    return { code: "safeguard", of, reason };
  });
  return { diff, breaking: [...removed, ...changed, ...wider] };
}

function intentsOf(governance: Governed): ReadonlyMap<string, SealedIntent> {
  return new Map((governance?.intents.intents ?? []).map((one) => [one.type, one]));
}

function policiesOf(governance: Governed): ReadonlyMap<string, unknown> {
  return new Map((governance?.policies.policies ?? []).map((one) => [one.policy, one]));
}

function textsOf(all: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  return new Map([...all].map(([name, one]) => [name, canonical(one as Json)]));
}

function intentBreaks(before: SealedIntent, after: SealedIntent): readonly Breaking[] {
  const of = after.type;
  return [
    ...payloadBreaks(of, takesAll(before.payload, after.payload)),
    ...requiresBreaks(before, after).map((reason): Breaking => {
      return { code: "intent-requires-more", of, reason };
    }),
    ...budgetRaised(before, after).map((reason): Breaking => ({ code: "safeguard", of, reason })),
  ];
}

function requiresBreaks(before: SealedIntent, after: SealedIntent): readonly string[] {
  const { roles, attributes } = after.requires;
  const lost =
    roles.length === 0 ? [] : before.requires.roles.filter((role) => !roles.includes(role));
  const anybody = roles.length > 0 && before.requires.roles.length === 0;
  return [
    ...(anybody ? [`it now asks for one of the roles ${roles.join(", ")}`] : []),
    ...lost.map((role) => `the role \`${role}\` is no longer enough`),
    ...Object.entries(attributes).flatMap(([name, schema]) => {
      const was = before.requires.attributes[name];
      if (was === undefined) return [`it now asks for the attribute \`${name}\``];
      return takesAll(was, schema).kept === "yes"
        ? []
        : [`the attribute \`${name}\` may no longer be as it was`];
    }),
  ];
}
