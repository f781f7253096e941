/**
 * Typed workflows made by hand, for tests of the passes behind `typecheck`: real artifacts with the
 * plainest bindings, and a place that names the path it was asked for.
 */

import { durationMs } from "../../../compiler/duration.ts";
import type {
  Artifact,
  ResolvedEffect,
  ResolvedExternal,
  ResolvedNode,
  ResolvedTransform,
  ResolvedWorkflow,
  RootName,
  Schema,
  Typed,
  TypedBinding,
  TypedExit,
  TypedNode,
  TypedWorkflow,
  World,
} from "../../../compiler/model.ts";
import type {
  BindingText,
  ExitText,
  ExternalEffectText,
  InternalEffectText,
  NodeText,
  TransformText,
  WorkflowText,
} from "../../../protocol/language/artifacts.ts";
import type { Binding } from "../../../protocol/language/graph.ts";
import { isObject, type Json } from "../../../protocol/language/json.ts";
import { type FullName, fullName } from "../../../protocol/language/names.ts";
import { operationsOf } from "../../../protocol/language/semantics.ts";

export interface Texts {
  readonly transforms?: readonly TransformText[];
  readonly effects?: readonly InternalEffectText[];
  readonly externals?: readonly ExternalEffectText[];
  /** Callees before their callers. */
  readonly workflows: readonly WorkflowText[];
}

const DOMAIN = "example";

export function nameOf(code: string): FullName {
  return fullName(DOMAIN, code);
}

function artifact<T extends { readonly code: string }>(text: T): Artifact<T> {
  return {
    domain: DOMAIN,
    name: nameOf(text.code),
    text,
    document: {
      source: { file: `${text.code}.yaml`, domain: DOMAIN, text: "" },
      value: text as never,
      spanOf: (path, part = "value") => ({
        file: `${text.code}.yaml#${path.join("/")}${part === "key" ? " key" : ""}`,
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 2,
      }),
    },
  };
}

/** The texts as `typecheck` would hand them on, where every value fits. */
export function typedOf(texts: Texts): Typed {
  const transforms = new Map<FullName, ResolvedTransform>(
    (texts.transforms ?? []).map((text) => [
      nameOf(text.code),
      {
        artifact: artifact(text),
        input: text.input as Schema,
        outcomes: new Map(Object.entries(text.outcomes as Record<string, Schema>)),
      },
    ]),
  );
  const effects = new Map<FullName, ResolvedEffect>(
    (texts.effects ?? []).map((text) => [
      nameOf(text.code),
      {
        artifact: artifact(text),
        store: `${DOMAIN}/${text.store}`,
        operations: operationsOf(
          text.semantics,
          (text.key ?? { type: "string" }) as Schema,
          text.value as Schema,
        ),
      },
    ]),
  );
  const externals = externalsOf(texts.externals ?? []);
  const resolve = (name: string, node: NodeText): ResolvedNode => {
    if ("transform" in node) {
      return { kind: "transform", name, transform: found(transforms.get(nameOf(node.transform))) };
    }
    if ("effect" in node) {
      const effect = effects.get(nameOf(node.effect));
      if (effect !== undefined) return { kind: "effect", name, effect, operation: node.op };
      const external = found(externals.get(nameOf(node.effect)));
      const operation = found(external.operations.get(node.op));
      return { kind: "external", name, external, operationName: node.op, operation };
    }
    if ("call" in node) return { kind: "call", name, workflow: nameOf(node.call) };
    if (!("decide" in node)) throw new Error("such a node is made by no text of these tests");
    const last = node.decide.at(-1);
    return {
      kind: "decide",
      name,
      rows: node.decide.flatMap((row) =>
        "when" in row ? [{ when: row.when as Schema, outcome: row.outcome }] : [],
      ),
      otherwise: last !== undefined && "otherwise" in last ? last.otherwise : "",
    };
  };
  const workflows = new Map<FullName, ResolvedWorkflow>(
    texts.workflows.map((text) => [
      nameOf(text.code),
      {
        artifact: artifact(text),
        payload: text.payload as Schema,
        nodes: Object.entries(text.nodes).map(([name, node]) => resolve(name, node)),
      },
    ]),
  );
  return typedWorld({
    shaped: {
      domains: [],
      schemas: [],
      transforms: [...transforms.values()].map((one) => one.artifact),
      effects: [...effects.values(), ...externals.values()].map((one) => one.artifact),
      workflows: [...workflows.values()].map((one) => one.artifact),
      intents: [],
      policies: [],
      decisions: [],
      invariants: [],
      tests: [],
    },
    transforms,
    effects,
    externals,
    workflows,
    governance: { intents: new Map(), policies: [], decisions: [], roles: [] },
    invariants: [],
    tests: [],
  });
}

function externalsOf(texts: readonly ExternalEffectText[]): Map<FullName, ResolvedExternal> {
  return new Map(
    texts.map((text) => [
      nameOf(text.code),
      {
        artifact: artifact(text),
        operations: new Map(
          Object.entries(text.operations).map(([name, { input, outcomes, repeat, timeout }]) => [
            name,
            {
              input: input as Schema,
              outcomes: new Map(Object.entries(outcomes as Record<string, Schema>)),
              repeat,
              timeoutMs: found(durationMs(timeout)),
            },
          ]),
        ),
      },
    ]),
  );
}

/** A world whose every value fits. */
export function typedWorld(world: World): Typed {
  return {
    world,
    workflows: new Map(
      [...world.workflows].map(([name, workflow]) => [name, typedWorkflow(workflow)]),
    ),
    subscriptions: new Map(),
    undecided: [],
  };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the texts name what is not there");
  return value;
}

function typedWorkflow(workflow: ResolvedWorkflow): TypedWorkflow {
  const { nodes, exits, on_fault } = workflow.artifact.text;
  return {
    workflow,
    sealPayload: [],
    nodes: new Map(
      workflow.nodes.map((node) => [node.name, typedNode(node, found(nodes[node.name]))]),
    ),
    exits: new Map(Object.entries(exits).map(([name, exit]) => [name, typedExit(exit)])),
    onFault: typedExit(on_fault),
  };
}

function typedNode(node: ResolvedNode, text: NodeText): TypedNode {
  const input = bindingOf(("with" in text ? text.with : undefined) ?? {});
  return {
    node,
    text,
    input,
    check: null,
    mayViolate: input.fallible,
    mayFault:
      node.kind === "transform" ||
      node.kind === "external" ||
      (node.kind === "effect" && GIVES_BACK.test(node.operation)),
    sealInput: [],
    sealOutput: new Map(),
  };
}

function typedExit(exit: ExitText): TypedExit {
  return { outcome: found(exit.outcome), result: bindingOf(exit.result ?? null), seal: [] };
}

const GIVES_BACK = /^(REGISTER|RESOLVE|REVOKE|READ|GET)$/;

/** Takes singular paths with names only; one that ends in `?` can fail. */
function bindingOf(text: BindingText): TypedBinding {
  const roots: RootName[] = [];
  let fallible = false;
  const walk = (value: Json): Binding => {
    if (Array.isArray(value)) return { array: value.map(walk) };
    if (isObject(value)) {
      return { object: Object.entries(value).map(([key, inner]) => [key, walk(inner)]) };
    }
    if (typeof value !== "string" || !value.startsWith("$.")) return { literal: value };
    if (value.endsWith("?")) fallible = true;
    const [root = "", ...rest] = value.replace("?", "").slice(2).split(".");
    const name = root === "nodes" ? (`nodes.${rest.shift()}` as const) : (root as RootName);
    if (!roots.includes(name)) roots.push(name);
    return { read: [roots.indexOf(name), ...rest] };
  };
  const binding = walk(text);
  return { binding, roots, fallible };
}
