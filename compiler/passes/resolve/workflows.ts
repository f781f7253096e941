/**
 * The names inside of workflows: what each node runs, where each route leads, where it starts. The
 * schemas of contracts are not looked at here.
 */

import type {
  AwaitNodeText,
  CallNodeText,
  DecideNodeText,
  EffectNodeText,
  EffectText,
  MapNodeText,
  NodeText,
  ParallelNodeText,
  TransformNodeText,
  WorkflowText,
} from "../../../protocol/language/artifacts.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { operationsOf } from "../../../protocol/language/semantics.ts";
import { append } from "../../append.ts";
import { quote, quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import type { Artifact, ParsedDocument, PathStep } from "../../model.ts";
import type { Search } from "./names.ts";

/** What a node runs: an artifact, or for a decision nothing. */
export type NodeTarget =
  | { readonly kind: "transform"; readonly text: TransformNodeText; readonly name: FullName }
  | {
      readonly kind: "effect";
      readonly text: EffectNodeText;
      readonly name: FullName;
      /** The effect that undoes it; null where none does, or none of that name was found. */
      readonly undoneBy: FullName | null;
    }
  | { readonly kind: "decide"; readonly text: DecideNodeText }
  | { readonly kind: "await"; readonly text: AwaitNodeText }
  | { readonly kind: "call"; readonly text: CallNodeText; readonly name: FullName }
  | { readonly kind: "map"; readonly text: MapNodeText; readonly name: FullName }
  | {
      readonly kind: "parallel";
      readonly text: ParallelNodeText;
      /** What each branch runs. */
      readonly branches: ReadonlyMap<string, FullName>;
    };

/** The nodes of a workflow by name, those left out whose artifact was not found. */
export type NodeTargets = ReadonlyMap<string, NodeTarget>;

export function nodeTargets(workflow: Artifact<WorkflowText>, search: Search): NodeTargets {
  const { text, document } = workflow;
  append(search.found, routeFaults(text, document, search.suggest));
  const targets = new Map<string, NodeTarget>();
  for (const [name, node] of Object.entries(text.nodes)) {
    const target = targetOf(name, node, workflow, search);
    if (target !== null) targets.set(name, target);
  }
  return targets;
}

function targetOf(
  node: string,
  text: NodeText,
  workflow: Artifact<WorkflowText>,
  search: Search,
): NodeTarget | null {
  const { domain, document } = workflow;
  const { names } = search;
  const place = (key: string) => () => document.spanOf(["nodes", node, key]);
  if ("decide" in text) return { kind: "decide", text };
  if ("await" in text) return { kind: "await", text };
  if ("parallel" in text) return parallelOf(node, text, workflow, search);
  if ("transform" in text) {
    const at = place("transform");
    const transform = names.find({ name: text.transform, from: domain, kind: "transform", at });
    return transform && { kind: "transform", text, name: transform.name };
  }
  if ("call" in text) {
    const at = place("call");
    const callee = names.find({ name: text.call, from: domain, kind: "workflow", at });
    if (callee === null) return null;
    const { name } = callee;
    return "map" in text ? { kind: "map", text, name } : { kind: "call", text, name };
  }
  const asked = effectAsked({ text, at: ["nodes", node] }, workflow, search);
  if (asked === null) return null;
  const { compensate } = text;
  const path = ["nodes", node, "compensate"];
  const by =
    compensate === undefined
      ? undefined
      : effectAsked({ text: compensate, at: path }, workflow, search);
  return by === null ? null : { kind: "effect", text, name: asked, undoneBy: by ?? null };
}

function parallelOf(
  node: string,
  text: ParallelNodeText,
  { domain, document }: Artifact<WorkflowText>,
  { names }: Search,
): NodeTarget | null {
  const branches = new Map<string, FullName>();
  for (const [branch, { call }] of Object.entries(text.parallel)) {
    const at = () => document.spanOf(["nodes", node, "parallel", branch, "call"]);
    const callee = names.find({ name: call, from: domain, kind: "workflow", at });
    if (callee !== null) branches.set(branch, callee.name);
  }
  const all = branches.size === Object.keys(text.parallel).length;
  return all ? { kind: "parallel", text, branches } : null;
}

/** A node, or a compensation, that asks an effect. */
interface Asking {
  readonly text: Pick<EffectNodeText, "effect" | "op">;
  readonly at: readonly PathStep[];
}

/** The effect, or null where there is none of that name; that it has such an operation is checked. */
function effectAsked(
  { text, at }: Asking,
  { domain, document }: Artifact<WorkflowText>,
  { names, suggest, found }: Search,
): FullName | null {
  const place = (key: string) => () => document.spanOf([...at, key]);
  const from = { name: text.effect, from: domain, at: place("effect") };
  const effect = names.find({ ...from, kind: "effect" });
  if (effect === null) return null;
  const operations = operationNames(effect.text);
  if (!operations.includes(text.op)) {
    const hint = hintAt(suggest(text.op, operations)) ?? `It has ${quoteAll(operations)}.`;
    const { semantics, code } = effect.text;
    const owner = semantics === "external" ? quote(code) : `a ${semantics}`;
    const words = { operation: text.op, owner };
    found.push(diagnose("resolve/unknown-operation", place("op")(), words, { hint }));
  }
  return effect.name;
}

/** The language's own, or for calls to the outside those that the contract declares. */
function operationNames(text: EffectText): readonly string[] {
  return Object.keys(
    text.semantics === "external" ? text.operations : operationsOf(text.semantics, true, true),
  );
}

/** Where `start` and `on` lead: a route to a node or an exit, the start to a node. */
function routeFaults(
  text: WorkflowText,
  document: ParsedDocument,
  suggest: Suggest,
): readonly Diagnostic[] {
  const nodes = Object.keys(text.nodes);
  const names = [...nodes, ...Object.keys(text.exits)];
  const ends = new Set(names);
  const faults: Diagnostic[] = [];
  if (!Object.hasOwn(text.nodes, text.start)) {
    const hint = hintAt(suggest(text.start, nodes));
    const at = document.spanOf(["start"]);
    faults.push(diagnose("resolve/unknown-start", at, { name: text.start }, { hint }));
  }
  for (const [node, { on }] of Object.entries(text.nodes)) {
    for (const [outcome, target] of Object.entries(on)) {
      if (ends.has(target)) continue;
      const at = document.spanOf(["nodes", node, "on", outcome]);
      const hint = target === "on_fault" ? ON_FAULT_HINT : hintAt(suggest(target, names));
      faults.push(diagnose("resolve/unknown-target", at, { name: target }, { hint }));
    }
  }
  return faults;
}

const ON_FAULT_HINT =
  "Only the engine's own outcomes lead there, and they do by themselves; declare an exit for this outcome.";
