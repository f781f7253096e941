/**
 * What a node holds in the graph, calls apart. Everything that a run needs stands in it: nothing is
 * looked up later.
 */
import type { AwaitedSignal, Undone } from "../../../protocol/language/graph.ts";
import { invariant, unreachable } from "../../../protocol/language/invariant.ts";
import { ELAPSED } from "../../../protocol/language/names.ts";
import type {
  ResolvedAwait,
  ResolvedEffectNode,
  ResolvedExternalNode,
  ResolvedSignal,
  Schema,
  TypedNode,
} from "../../model.ts";
import { placesOf } from "../../types/labels.ts";
import { type Body, type Numbers, numbered, type Scope } from "./draft.ts";

/** The body of a node that runs no workflow. */
export function bodyOf(scope: Scope, typed: TypedNode, numbers: Numbers): Body {
  const { node } = typed;
  invariant(node.kind !== "call", "a call is written out");
  invariant(node.kind !== "map" && node.kind !== "parallel", "a fork is written out");
  switch (node.kind) {
    case "transform": {
      const { artifact, outcomes } = node.transform;
      return {
        kind: "transform",
        capability: artifact.name,
        implementation: artifact.text.implementation,
        ...contracted(scope, typed, numbers),
        outcomes: schemasOf([...outcomes], numbers),
        confidential: typed.sealInput.length > 0,
      };
    }
    case "effect": {
      const { artifact, store, operations } = node.effect;
      const operation = operations[node.operation];
      invariant(operation !== undefined, "an effect has its operations");
      return {
        kind: "effect",
        effect: artifact.name,
        semantics: artifact.text.semantics,
        store,
        operation: node.operation,
        ...contracted(scope, typed, numbers),
        outcomes: schemasOf(Object.entries(operation.outcomes), numbers),
        sealInput: typed.sealInput,
        ...undone(scope, node, numbers),
      };
    }
    case "external":
      return calling(scope, { ...typed, node }, numbers);
    case "decide":
      return {
        kind: "decide",
        input: numbered(scope, typed.input, numbers),
        rows: node.rows.map(({ when, outcome }) => ({ when: numbers.schema(when), outcome })),
        otherwise: node.otherwise,
      };
    case "await":
      return waiting(scope, { ...typed, node }, numbers);
    default:
      return unreachable(node);
  }
}

function calling(
  scope: Scope,
  typed: TypedNode & { readonly node: ResolvedExternalNode },
  numbers: Numbers,
): Body {
  const { node, sealInput } = typed;
  const { artifact } = node.external;
  const { repeat, timeoutMs, outcomes } = node.operation;
  return {
    kind: "external",
    effect: artifact.name,
    operation: node.operationName,
    implementation: artifact.text.implementation,
    settings: artifact.text.settings ?? {},
    repeat,
    timeoutMs,
    ...contracted(scope, typed, numbers),
    outcomes: schemasOf([...outcomes], numbers),
    sealInput,
    ...(node.retry === undefined ? {} : { retry: node.retry }),
    ...undone(scope, node, numbers),
  };
}

/** What becomes of an effect where the execution compensates, by the number of what undoes it. */
function undone(
  { prefix }: Scope,
  { undoing }: ResolvedEffectNode | ResolvedExternalNode,
  numbers: Numbers,
): { readonly undone?: Undone } {
  if (undoing === undefined) return {};
  const { by, after, done } = undoing;
  if (by === null) return { undone: { by, after } };
  return { undone: { by: numbers.node(`${prefix}${by.name}`), after, done } };
}

function waiting(
  scope: Scope,
  { node, input }: TypedNode & { readonly node: ResolvedAwait },
  numbers: Numbers,
): Body {
  const { afterMs, signals } = node;
  return {
    kind: "await",
    slot: numbers.write(`${scope.prefix}${node.name}`),
    signals: [...signals].map(([name, signal]) => [name, awaited(signal, numbers)]),
    limit: afterMs === null ? { until: numbered(scope, input, numbers) } : { afterMs },
    elapsed: signals.size === 0 ? ELAPSED : "TIMEOUT",
  };
}

function awaited(
  { payload, people, notRequester }: ResolvedSignal,
  numbers: Numbers,
): AwaitedSignal {
  return { payload: numbers.schema(payload), people, notRequester, seal: placesOf(payload) };
}

/** What transforms, effects and calls to the outside have alike. The slot is written last, after the input was read. */
function contracted(scope: Scope, { node, input, check, sealOutput }: TypedNode, numbers: Numbers) {
  const seal = [...sealOutput].filter(([, places]) => places.length > 0);
  return {
    input: numbered(scope, input, numbers),
    check: check === null ? null : numbers.schema(check),
    seal: Object.fromEntries(seal),
    slot: numbers.write(`${scope.prefix}${node.name}`),
  };
}

function schemasOf(
  outcomes: readonly (readonly [outcome: string, schema: Schema])[],
  numbers: Numbers,
): Record<string, number> {
  return Object.fromEntries(outcomes.map(([outcome, schema]) => [outcome, numbers.schema(schema)]));
}
