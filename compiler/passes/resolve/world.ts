/**
 * The resolved world, built once every name was found: contracts and workflows with their schemas
 * inlined, callees before callers.
 */
import type { DecideNodeText, SchemaArtifactText } from "../../../protocol/language/artifacts.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import type {
  Artifact,
  ParsedDocument,
  ResolvedEffect,
  ResolvedExternal,
  ResolvedNode,
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
import type { References } from "./references.ts";
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
    if (caller !== undefined) workflows.set(name, resolveWorkflow(caller, contracts, inline));
  }
  const governance = resolveGovernance(linked.governance, contracts.effects, inline);
  return { shaped, ...contracts, workflows, governance };
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
): ResolvedWorkflow {
  const { text, document } = workflow;
  const nodes: ResolvedNode[] = [];
  for (const [name, target] of targets) {
    const node =
      target.kind === "decide"
        ? decideNode(name, target.text, inline, document)
        : contractNode(name, target, contracts);
    if (node !== null) nodes.push(node);
  }
  const payload = inline(text.payload, () => document.spanOf(["payload"], "key"));
  return { artifact: workflow, payload, nodes };
}

function contractNode(
  name: string,
  target: Exclude<NodeTarget, { kind: "decide" }>,
  { transforms, effects, externals }: Contracts,
): ResolvedNode | null {
  if (target.kind === "call") return { kind: "call", name, workflow: target.name };
  if (target.kind === "transform") {
    const transform = transforms.get(target.name);
    return transform === undefined ? null : { kind: "transform", name, transform };
  }
  const operationName = target.text.op;
  const effect = effects.get(target.name);
  if (effect !== undefined) return { kind: "effect", name, effect, operation: operationName };
  const external = externals.get(target.name);
  const operation = external?.operations.get(operationName);
  if (external === undefined || operation === undefined) return null;
  return { kind: "external", name, external, operationName, operation };
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
