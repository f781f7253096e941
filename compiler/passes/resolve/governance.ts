/**
 * Who may try what, by name: each intent's workflow, and what policies and tables of decisions are
 * about. An intent is named as any artifact is, or by its type; either way only where its domain may
 * be named. An act of the language's own is named by its type, from everywhere.
 */
import { ACT_REALM, ACTS, BOOT_INTENT } from "../../../protocol/language/acts.ts";
import type {
  DecisionsText,
  IntentText,
  PolicyText,
  SchemaText,
} from "../../../protocol/language/artifacts.ts";
import { member } from "../../../protocol/language/json.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { INTENT_TYPE_PATTERN } from "../../../protocol/language/names.ts";
import { append } from "../../append.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { hintAt } from "../../did-you-mean.ts";
import type {
  Artifact,
  Governance,
  ResolvedDecisions,
  ResolvedEffect,
  ResolvedIntent,
  ResolvedPolicy,
  ResolvedSubscription,
  Schema,
  Shaped,
} from "../../model.ts";
import { PLATFORM } from "../load.ts";
import type { Inline } from "./inline.ts";
import type { Search } from "./names.ts";

/** As the names lead, before any schema is touched. */
export interface LinkedGovernance {
  readonly intents: readonly {
    readonly artifact: Artifact<IntentText>;
    readonly workflow: FullName;
    /** The stream that it subscribes to. */
    readonly stream: FullName | null;
  }[];
  readonly policies: readonly ResolvedPolicy[];
  readonly decisions: readonly ResolvedDecisions[];
  readonly roles: readonly string[];
}

type ByType = ReadonlyMap<string, Artifact<IntentText>>;

export function linkGovernance(shaped: Shaped, search: Search): LinkedGovernance {
  const byType = typesOf(shaped.intents, search);
  append(search.found, shaped.intents.flatMap(realmFault));
  return {
    intents: shaped.intents.flatMap((artifact) => {
      const at = () => artifact.document.spanOf(["workflow"]);
      const { domain, text } = artifact;
      const found = search.names.find({ name: text.workflow, from: domain, kind: "workflow", at });
      const stream = streamOf(artifact, search);
      return found === null ? [] : { artifact, workflow: found.name, stream };
    }),
    policies: shaped.policies.map((artifact) => policyOf(artifact, byType, search)),
    decisions: shaped.decisions.map((artifact) => decisionsOf(artifact, byType, search)),
    roles: shaped.domains.flatMap(({ text }) => text.roles ?? []),
  };
}

/** What an intent subscribes to; null where it does not, or where that was reported. */
function streamOf({ domain, text, document }: Artifact<IntentText>, search: Search) {
  const { subscribes } = text;
  if (subscribes === undefined) return null;
  const at = () => document.spanOf(["subscribes", "stream"]);
  const effect = search.names.find({ name: subscribes.stream, from: domain, kind: "effect", at });
  if (effect === null || effect.text.semantics === "stream") return effect?.name ?? null;
  const span = effect.document.spanOf(["semantics"]);
  const related = [{ span, message: "it is declared here" }];
  const { semantics } = effect.text;
  search.found.push(
    diagnose("resolve/not-a-stream", at(), { semantics, name: effect.name }, { related }),
  );
  return null;
}

function typesOf(intents: readonly Artifact<IntentText>[], { found }: Search): ByType {
  const byType = new Map<string, Artifact<IntentText>>();
  for (const artifact of intents) {
    const { type } = artifact.text;
    const first = byType.get(type);
    if (first === undefined) {
      byType.set(type, artifact);
      continue;
    }
    // The same artifact twice is told of as such.
    if (first.name === artifact.name) continue;
    const span = first.document.spanOf(["type"]);
    const related = [{ span, message: `\`${first.name}\` has it here` }];
    const at = artifact.document.spanOf(["type"]);
    found.push(diagnose("resolve/duplicate-intent-type", at, { type }, { related }));
  }
  return byType;
}

/** The realm of the runtime itself: with an intent of its own an author could pass for it. */
function realmFault({ domain, text, document }: Artifact<IntentText>): readonly Diagnostic[] {
  const { type } = text;
  if (!type.startsWith(`${ACT_REALM}.`)) return [];
  if (domain === PLATFORM && type === BOOT_INTENT) return [];
  return [diagnose("resolve/reserved-realm", document.spanOf(["type"]), { type })];
}

function policyOf(artifact: Artifact<PolicyText>, byType: ByType, search: Search): ResolvedPolicy {
  const intents = artifact.text.intents.flatMap((name, at) => {
    const place = () => artifact.document.spanOf(["intents", at]);
    return intentOf({ name, from: artifact.domain, at: place }, byType, search) ?? [];
  });
  return { artifact, intents: [...new Set(intents)] };
}

function decisionsOf(
  artifact: Artifact<DecisionsText>,
  byType: ByType,
  search: Search,
): ResolvedDecisions {
  const intents = artifact.text.cases.flatMap(({ intent: name }, at) => {
    const place = () => artifact.document.spanOf(["cases", at, "intent"]);
    return intentOf({ name, from: artifact.domain, at: place }, byType, search) ?? [];
  });
  return { artifact, intents };
}

interface IntentMention {
  readonly name: string;
  readonly from: string;
  readonly at: () => Span;
}

/** The type of what is meant; null where there is no such intent or act, which is reported. */
function intentOf(mention: IntentMention, byType: ByType, search: Search): string | null {
  const { name, at } = mention;
  if (!INTENT_TYPE_PATTERN.test(name)) {
    return search.names.find({ ...mention, kind: "intent" })?.text.type ?? null;
  }
  if (ACT_TYPES.includes(name)) return name;
  const artifact = byType.get(name);
  if (artifact === undefined) {
    const hint = hintAt(search.suggest(name, [...byType.keys(), ...ACT_TYPES]));
    search.found.push(diagnose("resolve/unknown-intent-type", at(), { type: name }, { hint }));
    return null;
  }
  return search.names.find({ ...mention, name: artifact.name, kind: "intent" }) && name;
}

const ACT_TYPES = ACTS.map(({ type }) => type);

export function emptyGovernance(): Governance {
  return { intents: new Map(), policies: [], decisions: [], roles: [] };
}

export function resolveGovernance(
  linked: LinkedGovernance,
  effects: ReadonlyMap<FullName, ResolvedEffect>,
  inline: Inline,
): Governance {
  const intents = new Map<FullName, ResolvedIntent>();
  for (const { artifact, workflow, stream } of linked.intents) {
    const { text, document } = artifact;
    const part = (schema: SchemaText, ...path: string[]): Schema =>
      inline(schema, () => document.spanOf(path, "key"));
    const attributes = new Map<string, Schema>();
    for (const [name, schema] of Object.entries(text.requires?.attributes ?? {})) {
      attributes.set(name, part(schema, "requires", "attributes", name));
    }
    const payload = text.payload === undefined ? null : part(text.payload, "payload");
    const effect = stream === null ? undefined : effects.get(stream);
    const when = text.subscribes?.when;
    const subscription: ResolvedSubscription | null =
      effect === undefined
        ? null
        : {
            stream: effect,
            event: eventOf(effect),
            when: when === undefined ? null : part(when, "subscribes", "when"),
          };
    intents.set(artifact.name, { artifact, workflow, payload, attributes, subscription });
  }
  const { policies, decisions, roles } = linked;
  return { intents, policies, decisions, roles };
}

/** What a stream's events are, as it takes them. */
function eventOf({ operations }: ResolvedEffect): Schema {
  const taken = member(operations.APPEND?.input, "properties");
  return (member(taken, "event") ?? true) as Schema;
}
