/**
 * What the parts of this pass share: where findings go, what each workflow gives to its callers,
 * and what each outcome of each node writes. Nothing here decides what is wrong.
 */
import { unreachable } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { Code, Parameters } from "../../codes.ts";
import { type Diagnostic, diagnose, type Extras, type Span } from "../../diagnostic.ts";
import type {
  PathStep,
  ResolvedAwait,
  ResolvedNode,
  ResolvedWorkflow,
  RootName,
  Schema,
  UndecidedCheck,
  World,
} from "../../model.ts";
import { merged, type Places, placesOf } from "../../types/labels.ts";
import { type Type, union } from "../../types/type.ts";
import type { Flow } from "./flow.ts";
import type { Rooted } from "./rooted.ts";
import type { Bound } from "./value.ts";

/** The name under which the fault route is a point of the flow; no node can have it. */
export const ON_FAULT = "on_fault";

/** What one outcome of a node writes: its type, and where labelled values stand in it. */
export interface Output {
  readonly schema: Schema;
  readonly places: Places;
}

export type Outputs = ReadonlyMap<string, Output>;

/** What a workflow gives to its callers. */
export interface Signature {
  readonly outputs: Outputs;
  /** True where it may end on its `on_fault`. */
  readonly mayFault: boolean;
}

/** One run of the pass over a world. */
export interface Pass {
  readonly world: World;
  readonly signatures: Map<FullName, Signature>;
  /** What contracts write, by their outcomes. */
  readonly contracts: Map<object, Outputs>;
  readonly diagnostics: Diagnostic[];
  readonly undecided: UndecidedCheck[];
  readonly paths: Map<string, Rooted>;
}

/** What is known of a path's root at a point. */
export interface Root {
  readonly type: Type;
  readonly places: Places;
}

export type Decide = Extract<ResolvedNode, { kind: "decide" }>;

/** A decision that looked at a root, and what it shows of it after each set of outcomes. */
export interface Decision {
  readonly node: Decide;
  readonly bound: Bound;
  readonly shown: Map<string, readonly Schema[]>;
}

/** One workflow under check. The maps fill as its nodes are checked, in the order of the flow. */
export interface Scope {
  readonly pass: Pass;
  readonly workflow: ResolvedWorkflow;
  readonly nodes: ReadonlyMap<string, ResolvedNode>;
  readonly flow: Flow;
  readonly outputs: Map<string, Outputs>;
  /** The decisions that look at a root. */
  readonly decisions: Map<RootName, Decision[]>;
}

/** Where a binding stands: the node or exit that it belongs to, and its place in the document. */
export interface Site {
  readonly scope: Scope;
  /** The node or exit. */
  readonly point: string;
  readonly at: readonly PathStep[];
  /** What is known of roots at this point, once it was asked. */
  readonly roots: Map<RootName, Root>;
  /** The names of the roots that are there, where they are not those of a workflow. */
  readonly rootNames?: readonly string[];
}

export function inside(site: Site, step: PathStep): Site {
  return { ...site, at: [...site.at, step] };
}

export function report<C extends Code>(
  pass: Pass,
  code: C,
  { span, ...extras }: Extras & { readonly span: Span },
  parameters: Parameters<C>,
): void {
  pass.diagnostics.push(diagnose(code, span, parameters, extras));
}

/** The place of a site's value, or of its key, in the document. */
export function spanOf({ scope, at }: Site, part: "key" | "value" = "value"): Span {
  return scope.workflow.artifact.document.spanOf(at, part);
}

/** What a node's contract says that it writes, an outcome; a decision writes nothing. */
export function contractOutputs(node: ResolvedNode, pass: Pass): Outputs {
  switch (node.kind) {
    case "transform":
      return outputsOf(node.transform.outcomes, pass);
    case "effect":
      return outputsOf(node.effect.operations[node.operation]?.outcomes ?? {}, pass);
    case "external":
      return outputsOf(node.operation.outcomes, pass);
    case "call":
      return pass.signatures.get(node.workflow)?.outputs ?? new Map();
    case "await":
      return signalOutputs(node.signals);
    case "decide":
    case "map":
    case "parallel":
      return new Map();
    default:
      return unreachable(node);
  }
}

/** What an execution knows of a signal that came: what was told, and by whom. */
function signalOutputs(signals: ResolvedAwait["signals"]): Outputs {
  return new Map(
    Array.from(signals, ([name, { payload, people }]) => {
      const schema: Schema = {
        type: "object",
        required: ["payload", "principal", "principals"],
        additionalProperties: false,
        properties: {
          payload,
          principal: { type: "string" },
          principals: { type: "array", items: { type: "string" }, minItems: people },
        },
      };
      return [name, { schema, places: placesOf(schema) }];
    }),
  );
}

type Outcomes = ReadonlyMap<string, Schema> | Readonly<Record<string, Schema>>;

/** Contracts are named by many nodes: what each writes is made once. */
function outputsOf(outcomes: Outcomes, { contracts }: Pass): Outputs {
  let outputs = contracts.get(outcomes);
  if (outputs === undefined) {
    const entries = outcomes instanceof Map ? [...outcomes] : Object.entries(outcomes);
    outputs = new Map(
      entries.map(([outcome, schema]) => [outcome, { schema, places: placesOf(schema) }]),
    );
    contracts.set(outcomes, outputs);
  }
  return outputs;
}

/** What one of several outputs writes. */
export function oneOf(outputs: readonly Output[]): Output {
  const [only] = outputs;
  if (only !== undefined && outputs.length === 1) return only;
  return {
    schema: union(outputs.map((output) => output.schema)),
    places: merged(outputs.flatMap((output) => output.places)),
  };
}
