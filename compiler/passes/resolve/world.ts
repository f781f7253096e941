/**
 * The resolved world, built once every name was found: contracts and workflows with their schemas
 * inlined, callees before callers.
 */
import type {
  AwaitNodeText,
  DecideNodeText,
  SchemaArtifactText,
} from "../../../protocol/language/artifacts.ts";
import { unreachable } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import { durationMs } from "../../duration.ts";
import type {
  Artifact,
  ParsedDocument,
  ResolvedEffect,
  ResolvedEffectNode,
  ResolvedExternal,
  ResolvedExternalNode,
  ResolvedNode,
  ResolvedParallel,
  ResolvedSignal,
  ResolvedTransform,
  ResolvedWorkflow,
  Schema,
  Shaped,
  World,
} from "../../model.ts";
import type { Caller } from "./calls.ts";
import {
  byName,
  isExternal,
  isInternal,
  resolveEffect,
  resolveExternal,
  resolveTransform,
} from "./contracts.ts";
import { emptyGovernance, type LinkedGovernance, resolveGovernance } from "./governance.ts";
import { type Inline, inlinerOf } from "./inline.ts";
import type { LinkedLaws } from "./laws.ts";
import type { References } from "./references.ts";
import { withUndoing } from "./undoing.ts";
import type { NodeTarget } from "./workflows.ts";

/** Everything that names lead to, before any schema is touched. */
export interface Linked {
  readonly references: References;
  /** Schema artifacts, those that others refer to first. */
  readonly schemaOrder: readonly FullName[];
  readonly callers: ReadonlyMap<FullName, Caller>;
  /** Workflows, callees first. */
  readonly callOrder: readonly FullName[];
  readonly governance: LinkedGovernance;
  readonly laws: LinkedLaws;
}

interface Contracts {
  readonly transforms: ReadonlyMap<FullName, ResolvedTransform>;
  readonly effects: ReadonlyMap<FullName, ResolvedEffect>;
  readonly externals: ReadonlyMap<FullName, ResolvedExternal>;
}

export function emptyWorld(shaped: Shaped): World {
  return {
    shaped,
    transforms: new Map(),
    effects: new Map(),
    externals: new Map(),
    workflows: new Map(),
    governance: emptyGovernance(),
    invariants: [],
    tests: [],
  };
}

/** The world; what is wrong with its schemas once they are inlined is added to `found`. */
export function worldOf(shaped: Shaped, linked: Linked, found: Diagnostic[]): World {
  const inline = inlineSchemas(shaped.schemas, linked, found);
  const contracts = {
    transforms: byName(shaped.transforms.map((one) => resolveTransform(one, inline, found))),
    effects: byName(
      shaped.effects.filter(isInternal).map((one) => resolveEffect(one, inline, found)),
    ),
    externals: byName(
      shaped.effects.filter(isExternal).map((one) => resolveExternal(one, inline, found)),
    ),
  };
  const workflows = new Map<FullName, ResolvedWorkflow>();
  for (const name of linked.callOrder) {
    const caller = linked.callers.get(name);
    if (caller === undefined) continue;
    workflows.set(name, resolveWorkflow(caller, contracts, inline, found));
  }
  const governance = resolveGovernance(linked.governance, contracts.effects, inline);
  return { shaped, ...contracts, workflows, governance, ...linked.laws };
}

/** Inlines every schema artifact, so that each fault is found once, and where it was written. */
function inlineSchemas(
  artifacts: readonly Artifact<SchemaArtifactText>[],
  { references, schemaOrder }: Linked,
  found: Diagnostic[],
): Inline {
  const schemas = new Map<string, Artifact<SchemaArtifactText>>();
  for (const artifact of artifacts) schemas.set(artifact.name, artifact);
  const inline = inlinerOf(references, (name) => schemas.get(name)?.text.schema, found);
  for (const name of schemaOrder) {
    const artifact = schemas.get(name);
    if (artifact === undefined) continue;
    inline(artifact.text.schema, () => artifact.document.spanOf(["schema"], "key"));
  }
  return inline;
}

function resolveWorkflow(
  { workflow, targets }: Caller,
  contracts: Contracts,
  inline: Inline,
  found: Diagnostic[],
): ResolvedWorkflow {
  const { text, document } = workflow;
  const nodes: ResolvedNode[] = [];
  for (const [name, target] of targets) {
    const node = nodeOf(name, target, { contracts, inline, document, found });
    if (node !== null) nodes.push(node);
  }
  const payload = inline(text.payload, () => document.spanOf(["payload"], "key"));
  return { artifact: workflow, payload, nodes };
}

/** What the nodes of one workflow are made of. */
interface Making {
  readonly contracts: Contracts;
  readonly inline: Inline;
  readonly document: ParsedDocument;
  readonly found: Diagnostic[];
}

function nodeOf(name: string, target: NodeTarget, making: Making): ResolvedNode | null {
  const { contracts, inline, document } = making;
  switch (target.kind) {
    case "decide":
      return decideNode(name, target.text, inline, document);
    case "await":
      return awaitNode(name, target.text, inline, document);
    case "call":
      return { kind: "call", name, workflow: target.name };
    case "map": {
      const { max, concurrency = 1, succeed, threshold = null, collect = false } = target.text;
      const bounds = { max, concurrency, threshold, collect };
      return { kind: "map", name, workflow: target.name, succeed, ...bounds };
    }
    case "parallel":
      return { kind: "parallel", name, branches: branchesOf(target) };
    case "transform": {
      const transform = contracts.transforms.get(target.name);
      return transform === undefined ? null : { kind: "transform", name, transform };
    }
    case "effect":
      return effectNode(name, target, making);
    default:
      return unreachable(target);
  }
}

function branchesOf({
  text,
  branches,
}: Extract<NodeTarget, { kind: "parallel" }>): ResolvedParallel["branches"] {
  return [...branches].map(([name, workflow]) => {
    const { succeed = [] } = text.parallel[name] ?? {};
    return { name, workflow, succeed };
  });
}

function effectNode(
  name: string,
  target: Extract<NodeTarget, { kind: "effect" }>,
  { contracts, document, found }: Making,
): ResolvedNode | null {
  const { text, undoneBy } = target;
  const { compensate } = text;
  const node = asking(name, { effect: target.name, op: text.op }, contracts);
  if (node === null) return null;
  const by =
    compensate === undefined || undoneBy === null
      ? null
      : asking(`${name}/compensate`, { effect: undoneBy, op: compensate.op }, contracts);
  return withUndoing(node, text, by, { document, at: ["nodes", name], found });
}

function asking(
  name: string,
  { effect: effectName, op }: { readonly effect: FullName; readonly op: string },
  { effects, externals }: Contracts,
): ResolvedEffectNode | ResolvedExternalNode | null {
  const effect = effects.get(effectName);
  if (effect !== undefined) return { kind: "effect", name, effect, operation: op };
  const external = externals.get(effectName);
  const operation = external?.operations.get(op);
  if (external === undefined || operation === undefined) return null;
  return { kind: "external", name, external, operationName: op, operation };
}

/** A wait; `shape` made sure that it says how long, or until when. */
function awaitNode(
  name: string,
  { await: text }: AwaitNodeText,
  inline: Inline,
  document: ParsedDocument,
): ResolvedNode {
  const signals = new Map<string, ResolvedSignal>();
  for (const [signal, said] of Object.entries("signals" in text ? text.signals : {})) {
    const place = () => document.spanOf(["nodes", name, "await", "signals", signal, "payload"]);
    signals.set(signal, {
      payload: inline(said.payload, place),
      people: said.people ?? 1,
      notRequester: said.not_requester === true,
    });
  }
  const limit = "signals" in text ? text.deadline : "after" in text ? text.after : text.until;
  return { kind: "await", name, signals, afterMs: durationMs(limit) ?? null };
}

/** A decision; `shape` made sure that its table ends with `otherwise`, and has it once. */
function decideNode(
  name: string,
  { decide }: DecideNodeText,
  inline: Inline,
  document: ParsedDocument,
): ResolvedNode {
  const rows: { when: Schema; outcome: string }[] = [];
  let otherwise = "";
  decide.forEach((row, at) => {
    if ("otherwise" in row) {
      otherwise = row.otherwise;
      return;
    }
    const place = () => document.spanOf(["nodes", name, "decide", at, "when"], "key");
    rows.push({ when: inline(row.when, place), outcome: row.outcome });
  });
  return { kind: "decide", name, rows, otherwise };
}
