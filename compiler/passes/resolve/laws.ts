/**
 * The names in invariants and tests: workflows, effects with their operations, intents. Nodes and
 * outcomes are those of the lowered graph, and are looked up when something is proven of it.
 */
import type {
  EffectText,
  InvariantText,
  PointText,
  TestText,
} from "../../../protocol/language/artifacts.ts";
import { type FullName, INTENT_TYPE_PATTERN } from "../../../protocol/language/names.ts";
import { operationsOf } from "../../../protocol/language/semantics.ts";
import { quote, quoteAll } from "../../codes/quote.ts";
import { diagnose } from "../../diagnostic.ts";
import { hintAt } from "../../did-you-mean.ts";
import type {
  Artifact,
  PathStep,
  ResolvedInvariant,
  ResolvedLaw,
  ResolvedPoint,
  ResolvedTest,
  Shaped,
} from "../../model.ts";
import type { Search } from "./names.ts";

export interface LinkedLaws {
  readonly invariants: readonly ResolvedInvariant[];
  readonly tests: readonly ResolvedTest[];
}

/** Those whose names were all found; of the others it is reported what was not. */
export function linkLaws(shaped: Shaped, search: Search): LinkedLaws {
  return {
    invariants: shaped.invariants.flatMap(
      (artifact) => invariantOf(artifact, shaped, search) ?? [],
    ),
    tests: shaped.tests.flatMap((artifact) => testOf(artifact, search) ?? []),
  };
}

function testOf(artifact: Artifact<TestText>, { names }: Search): ResolvedTest | null {
  const { domain, text, document } = artifact;
  const at = () => document.spanOf(["workflow"]);
  const workflow = names.find({ name: text.workflow, from: domain, kind: "workflow", at });
  return workflow && { artifact, workflow: workflow.name };
}

function invariantOf(
  artifact: Artifact<InvariantText>,
  shaped: Shaped,
  search: Search,
): ResolvedInvariant | null {
  const { domain, text, document } = artifact;
  const workflows = text.workflows.map((name, index) => {
    const at = () => document.spanOf(["workflows", index]);
    return search.names.find({ name, from: domain, kind: "workflow", at })?.name ?? null;
  });
  const law = lawOf(artifact, shaped, search);
  if (law === null || !isWhole(workflows)) return null;
  return { artifact, workflows, law };
}

function lawOf(
  artifact: Artifact<InvariantText>,
  shaped: Shaped,
  search: Search,
): ResolvedLaw | null {
  const { text } = artifact;
  const point = (said: PointText, ...path: string[]) => pointOf(said, path, artifact, search);
  for (const kind of ["before", "never", "always_followed_by"] as const) {
    const pair = text[kind];
    if (pair === undefined) continue;
    const first = point(pair.first, kind, "first");
    const then = point(pair.then, kind, "then");
    return first && then && { kind, first, second: then };
  }
  for (const kind of ["at_most", "exactly"] as const) {
    const count = text[kind];
    if (count === undefined) continue;
    const of = point(count.of, kind, "of");
    return of && { kind, times: count.times, of };
  }
  if (text.independent !== undefined) {
    const { label } = text.independent;
    const of = point(text.independent.of, "independent", "of");
    return of && { kind: "independent", of, label };
  }
  if (text.only_from === undefined) return null;
  const of = point(text.only_from.of, "only_from", "of");
  const intents = intentsOf(artifact, text.only_from.intents, shaped, search);
  return of && intents && { kind: "only_from", of, intents };
}

function pointOf(
  text: PointText,
  at: readonly PathStep[],
  { domain, document }: Artifact<InvariantText>,
  search: Search,
): ResolvedPoint | null {
  if (text.effect === undefined) return { text, effect: null, at };
  const place = () => document.spanOf([...at, "effect"]);
  const { effect: name, op } = text;
  const effect = search.names.find({ name, from: domain, kind: "effect", at: place });
  if (effect === null) return null;
  const operations = operationNames(effect.text);
  if (op === undefined || operations.includes(op)) return { text, effect: effect.name, at };
  const { semantics, code } = effect.text;
  const owner = semantics === "external" ? quote(code) : `a ${semantics}`;
  const hint = hintAt(search.suggest(op, operations)) ?? `It has ${quoteAll(operations)}.`;
  const span = document.spanOf([...at, "op"]);
  search.found.push(
    diagnose("resolve/unknown-operation", span, { operation: op, owner }, { hint }),
  );
  return null;
}

/** The language's own, or for calls to the outside those that the contract declares. */
function operationNames(text: EffectText): readonly string[] {
  return Object.keys(
    text.semantics === "external" ? text.operations : operationsOf(text.semantics, true, true),
  );
}

/** By type, or by name. An act of the language's own is none: it runs whatever policies let it. */
function intentsOf(
  artifact: Artifact<InvariantText>,
  said: readonly string[],
  { intents }: Shaped,
  { names, suggest, found }: Search,
): readonly FullName[] | null {
  const { domain, document } = artifact;
  const resolved = said.map((name, index) => {
    const at = () => document.spanOf(["only_from", "intents", index]);
    if (!INTENT_TYPE_PATTERN.test(name)) {
      return names.find({ name, from: domain, kind: "intent", at })?.name ?? null;
    }
    const meant = intents.find(({ text }) => text.type === name);
    if (meant !== undefined) {
      return names.find({ name: meant.name, from: domain, kind: "intent", at })?.name ?? null;
    }
    const types = intents.map(({ text }) => text.type);
    const hint = hintAt(suggest(name, types));
    found.push(diagnose("resolve/unknown-intent-type", at(), { type: name }, { hint }));
    return null;
  });
  return isWhole(resolved) ? resolved : null;
}

function isWhole(names: readonly (FullName | null)[]): names is readonly FullName[] {
  return !names.includes(null);
}
