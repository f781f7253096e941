/**
 * The contracts of transforms and effects with their schemas inlined. What runs takes an object,
 * keys are text, and one store has one semantics.
 */
import type {
  EffectText,
  ExternalEffectText,
  InternalEffectText,
  SchemaText,
  TransformText,
} from "../../../protocol/language/artifacts.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { isObject, type Json, member } from "../../../protocol/language/json.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { operationsOf } from "../../../protocol/language/semantics.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { durationMs } from "../../duration.ts";
import type {
  Artifact,
  ExternalOperation,
  PathStep,
  ResolvedEffect,
  ResolvedExternal,
  ResolvedTransform,
  Schema,
} from "../../model.ts";
import type { Inline } from "./inline.ts";

export function isInternal(effect: Artifact<EffectText>): effect is Artifact<InternalEffectText> {
  return effect.text.semantics !== "external";
}

export function isExternal(effect: Artifact<EffectText>): effect is Artifact<ExternalEffectText> {
  return !isInternal(effect);
}

/** Two contracts may share a store, as versions do, but not say different things of how it works. */
export function storeFaults(effects: readonly Artifact<EffectText>[]): readonly Diagnostic[] {
  const first = new Map<string, Artifact<InternalEffectText>>();
  return effects.filter(isInternal).flatMap((effect) => {
    const { text, document } = effect;
    const store = storeOf(effect);
    const other = first.get(store) ?? effect;
    first.set(store, other);
    if (other.text.semantics === text.semantics) return [];
    const related = [
      {
        span: other.document.spanOf(["semantics"]),
        message: `\`${other.text.code}\` says so here`,
      },
    ];
    const names = { store, semantics: other.text.semantics };
    return diagnose("resolve/store-semantics", document.spanOf(["semantics"]), names, { related });
  });
}

function storeOf({ domain, text }: Artifact<InternalEffectText>): string {
  return `${domain}/${text.store}`;
}

export function resolveTransform(
  artifact: Artifact<TransformText>,
  inline: Inline,
  found: Diagnostic[],
): ResolvedTransform {
  return { artifact, ...resolveCallable({ artifact, text: artifact.text, at: [] }, inline, found) };
}

export function resolveExternal(
  artifact: Artifact<ExternalEffectText>,
  inline: Inline,
  found: Diagnostic[],
): ResolvedExternal {
  const operations = new Map<string, ExternalOperation>();
  for (const [name, text] of Object.entries(artifact.text.operations)) {
    const timeoutMs = durationMs(text.timeout);
    invariant(timeoutMs !== undefined, "`shape` lets no timeout by that is no duration");
    const callable = resolveCallable({ artifact, text, at: ["operations", name] }, inline, found);
    operations.set(name, { ...callable, repeat: text.repeat, timeoutMs });
  }
  return { artifact, operations };
}

/** What an implementation is asked: a transform, or one operation to the outside. */
interface Callable {
  readonly artifact: Artifact<unknown>;
  readonly text: Pick<TransformText, "input" | "outcomes">;
  readonly at: readonly PathStep[];
}

function resolveCallable(
  { artifact: { document }, text, at }: Callable,
  inline: Inline,
  found: Diagnostic[],
): Pick<ResolvedTransform, "input" | "outcomes"> {
  const input = inline(text.input, () => document.spanOf([...at, "input"]));
  if (!allOfType(input, "object")) {
    found.push(diagnose("resolve/input-not-object", document.spanOf([...at, "input"], "key"), {}));
  }
  const outcomes = new Map<string, Schema>();
  for (const [outcome, schema] of Object.entries(text.outcomes)) {
    outcomes.set(
      outcome,
      inline(schema, () => document.spanOf([...at, "outcomes", outcome])),
    );
  }
  return { input, outcomes };
}

export function resolveEffect(
  artifact: Artifact<InternalEffectText>,
  inline: Inline,
  found: Diagnostic[],
): ResolvedEffect {
  const { text, document } = artifact;
  const part = (name: string, schema: SchemaText) => inline(schema, () => document.spanOf([name]));
  const key = text.key === undefined ? true : part("key", text.key);
  if (text.key !== undefined && !allOfType(key, "string")) {
    found.push(diagnose("resolve/key-not-text", document.spanOf(["key"], "key"), {}));
  }
  const operations = operationsOf(text.semantics, key, part("value", text.value));
  return { artifact, store: storeOf(artifact), operations };
}

/** True where every value that fits is of this type, as the schema says it in so many words. */
function allOfType(schema: Schema, type: "object" | "string"): boolean {
  if (!isObject(schema)) return false;
  if (schema.type === type || Object.hasOwn(schema, "const")) {
    return schema.type === type || isOfType(schema.const, type);
  }
  if (Array.isArray(schema.enum)) return schema.enum.every((value) => isOfType(value, type));
  const list = (keyword: string) => member(schema, keyword) as readonly Schema[] | undefined;
  return (
    (list("allOf") ?? []).some((inner) => allOfType(inner, type)) ||
    ["anyOf", "oneOf"].some((k) => list(k)?.every((inner) => allOfType(inner, type)) ?? false)
  );
}

function isOfType(value: Json | undefined, type: "object" | "string"): boolean {
  return type === "object" ? isObject(value) : typeof value === "string";
}

/** Contracts by name. */
export function byName<T extends { readonly artifact: Artifact<unknown> }>(
  resolved: readonly T[],
): ReadonlyMap<FullName, T> {
  return new Map(resolved.map((item) => [item.artifact.name, item]));
}
