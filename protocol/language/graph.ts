/**
 * The lowered graph: what the compiler seals and the machine walks. Nodes and edges are integers,
 * paths are steps, decisions and schemas are data. Nothing here is parsed or resolved at run time.
 *
 * An execution keeps its values in slots: slot 0 holds the payload, slot 1 the context, every other
 * slot the output of one node (or the payload of one inlined call). A node writes at most one slot.
 */
import type { Repeat, Semantics } from "./artifacts.ts";
import type { Json, JsonObject } from "./json.ts";
import type { FullName, Label } from "./names.ts";
import type { Query } from "./query.ts";

export const PAYLOAD_SLOT = 0;
export const CONTEXT_SLOT = 1;

/** The exit of an execution that was cancelled: every node that asks for something leads to it. */
export const ON_CANCEL = "on_cancel";
/** The outcome of the edges that lead there, and of executions that end there. */
export const CANCELLED = "CANCELLED";
/**
 * The beginning of a map's body, `<map>/on_item`, as `<parallel>/<branch>` is that of a branch. The
 * body's other nodes are called as those of a call: `<map>/<inner>`, `<parallel>/<branch>/<inner>`.
 */
export const ON_ITEM = "on_item";

/** A step into a value: a member's name or an array index (negative counts from the end). */
export type Step = string | number;

/** An expression that gives a value out of the slots. Exactly one member stands. */
export type Binding =
  | { readonly literal: Json }
  /** A singular path: the slot, then steps. A step that is not there makes the binding fail. */
  | { readonly read: readonly [slot: number, ...steps: Step[]] }
  /** A plural path: always gives an array. */
  | { readonly query: readonly [slot: number, query: Query] }
  | { readonly object: readonly (readonly [key: string, value: Binding])[] }
  | { readonly array: readonly Binding[] };

/**
 * Where labelled values stand inside a value. A step `"*"` wrapped in an object means every member
 * or item: `[{ every: true }, "email"]`. The empty path means the whole value.
 */
export type SealStep = Step | { readonly every: true };
export interface SealedPlace {
  readonly path: readonly SealStep[];
  readonly labels: readonly Label[];
}

/** An edge of the sealed graph. `engine` marks the outcomes that no contract declares. */
export interface Edge {
  readonly outcome: string;
  /** The node it leads to. */
  readonly to: number;
  readonly engine?: true;
}

/** The way out for what is cancelled; a contract of old may have declared an outcome of that name. */
export function isCancelEdge({ outcome, engine }: Edge): boolean {
  return engine === true && outcome === CANCELLED;
}

/** An index into `Graph.schemas`; `null` where the compiler proved that the check cannot fail. */
export type Check = number | null;

interface NodeCommon {
  /** Unique in the graph; `call/inner` for a node that came in by a call. */
  readonly name: string;
  /** The node's outgoing edges, one an outcome, in the contract's order, engine outcomes last. */
  readonly edges: readonly Edge[];
  /** Where the artifact and the node stand that the author wrote. */
  readonly origin: { readonly workflow: FullName; readonly node: string };
}

export interface TransformNode extends NodeCommon {
  readonly kind: "transform";
  readonly slot: number;
  readonly capability: FullName;
  readonly implementation: string;
  readonly input: Binding;
  readonly check: Check;
  /** The schema that the output of each outcome is held against, always. */
  readonly outcomes: { readonly [outcome: string]: number };
  /** Sealed places of the output, an outcome. */
  readonly seal: { readonly [outcome: string]: readonly SealedPlace[] };
  /** True where the input carries labels: a reason for a fault is then withheld. */
  readonly confidential: boolean;
}

export interface EffectNode extends NodeCommon {
  readonly kind: "effect";
  readonly slot: number;
  readonly effect: FullName;
  readonly semantics: Semantics;
  /** `domain/store`. */
  readonly store: string;
  readonly operation: string;
  /** Gives an object with the operation's input members. */
  readonly input: Binding;
  readonly check: Check;
  /** The schema that the output of each outcome is held against (what a store gives back). */
  readonly outcomes: { readonly [outcome: string]: number };
  /** Sealed places of the input (`key`, `value`, `event`) and of the output, an outcome. */
  readonly sealInput: readonly SealedPlace[];
  readonly seal: { readonly [outcome: string]: readonly SealedPlace[] };
  readonly undone?: Undone;
}

/**
 * What becomes of an effect where the execution compensates. `by` is a node of this graph that no
 * edge leads to and that has no edges: an effect, or a call to the outside, `<node>/compensate`.
 */
export type Undone =
  | {
      readonly by: number;
      /** Outcomes of the node after which there is something to undo. */
      readonly after: readonly string[];
      /** Outcomes of `by` after which nothing stands any more. */
      readonly done: readonly string[];
    }
  /** Nothing undoes it: after these outcomes it stands. */
  | { readonly by: null; readonly after: readonly string[] };

/** How a call is made again. The n-th wait is `waitMs * factor ** (n - 1)`, at most `waitMaxMs`. */
export interface Retry {
  readonly outcomes: readonly string[];
  /** With the first one. */
  readonly attempts: number;
  readonly waitMs: number;
  readonly factor: number;
  readonly waitMaxMs: number;
}

/** A call to the outside. It is made at least once; an `unsafe` one is never made a second time. */
export interface ExternalNode extends NodeCommon {
  readonly kind: "external";
  readonly slot: number;
  readonly effect: FullName;
  readonly operation: string;
  readonly implementation: string;
  /** As the contract has them; empty where it has none. */
  readonly settings: JsonObject;
  readonly repeat: Repeat;
  readonly timeoutMs: number;
  readonly input: Binding;
  readonly check: Check;
  /** The schema that the output of each declared outcome is held against, always. */
  readonly outcomes: { readonly [outcome: string]: number };
  /** Sealed places of the input, and of the output, an outcome. */
  readonly sealInput: readonly SealedPlace[];
  readonly seal: { readonly [outcome: string]: readonly SealedPlace[] };
  readonly retry?: Retry;
  readonly undone?: Undone;
}

/** What an execution that waits may be told; its name is the outcome. */
export interface AwaitedSignal {
  /** Of the payload that comes with it. */
  readonly payload: number;
  /** So many different people have to say it. */
  readonly people: number;
  readonly notRequester: boolean;
  /** Labelled places of the payload. */
  readonly seal: readonly SealedPlace[];
}

/**
 * Waits. Its output where a signal came: `{ payload, principal, principals }` of the one that was
 * enough, and of all who said so, in their order. None where time is up.
 */
export interface AwaitNode extends NodeCommon {
  readonly kind: "await";
  readonly slot: number;
  /** In the order written; empty for a timer. */
  readonly signals: readonly (readonly [name: string, signal: AwaitedSignal])[];
  readonly limit: { readonly afterMs: number } | { readonly until: Binding };
  /** TIMEOUT, or ELAPSED for a timer. */
  readonly elapsed: "TIMEOUT" | "ELAPSED";
}

/**
 * Runs a part of the graph for each item, to which no edge leads: from `body`, an `enter` node, to a
 * `join` node. What that part writes is the item's own; what stood before, all of them read. No node
 * of it has a way out for what is cancelled: that is the fork's. Its output, after each outcome:
 * `{ total, succeeded, outcomes: { <outcome>: <count> }, results?: [{ outcome, result }] }`, where
 * `outcomes` has those that came about, and no others. Outcomes SUCCESS, PARTIAL, FAILED, EMPTY;
 * VIOLATION where there is no list or too long a one, or where a record cannot hold the output. An
 * edge for EMPTY is not there where the list is proven to hold something, nor one for VIOLATION
 * where nothing of that can be.
 */
export interface MapNode extends NodeCommon {
  readonly kind: "map";
  readonly slot: number;
  readonly items: Binding;
  readonly max: number;
  readonly concurrency: number;
  /** The slot of the item. */
  readonly item: number;
  readonly body: number;
  readonly succeed: readonly string[];
  readonly threshold: number | null;
  readonly collect: boolean;
  /** Labelled places of the output. */
  readonly seal: readonly SealedPlace[];
}

/**
 * Runs parts of the graph side by side. Its output: `{ <branch>: { outcome, result } }`. Outcomes
 * SUCCESS and FAILED; VIOLATION where a record cannot hold the output.
 */
export interface ParallelNode extends NodeCommon {
  readonly kind: "parallel";
  readonly slot: number;
  readonly branches: readonly {
    readonly name: string;
    readonly body: number;
    readonly succeed: readonly string[];
  }[];
  /** Labelled places of the output. */
  readonly seal: readonly SealedPlace[];
}

/**
 * The end of an item or a branch: an exit of the workflow that ran there. Outcome and result go to
 * the node that began it; no edge says so, for it goes on only when all have ended. Its record is a
 * `node` record with the outcome, the result as its output, and that node as `to`. Its only edge,
 * VIOLATION, leads to the end of the workflow's fault route, a `join` without edges whose outcome is
 * FAULT and whose result is null. The `enter` of a body leads there, too, where its input does not fit.
 */
export interface JoinNode extends NodeCommon {
  readonly kind: "join";
  readonly outcome: string;
  readonly result: Binding;
  readonly seal: readonly SealedPlace[];
  readonly fault: boolean;
}

/**
 * Undoes what was done, the last first, of nodes whose names begin with `within`. Its output:
 * `{ compensated: [<node>], stands: [<node>] }`. Outcomes COMPENSATED and PARTLY_COMPENSATED, each
 * of which leads to an end of its own (`<exit>/compensated`, `<exit>/stands`).
 */
export interface UndoNode extends NodeCommon {
  readonly kind: "undo";
  readonly slot: number;
  readonly within: string;
}

export interface DecideNode extends NodeCommon {
  readonly kind: "decide";
  readonly input: Binding;
  /** Tried in order; the first whose schema the input fits gives the outcome. */
  readonly rows: readonly { readonly when: number; readonly outcome: string }[];
  readonly otherwise: string;
}

/** The beginning of an inlined call: binds and checks the callee's payload. Outcome `ENTERED`. */
export interface EnterNode extends NodeCommon {
  readonly kind: "enter";
  readonly slot: number;
  readonly workflow: FullName;
  readonly input: Binding;
  readonly check: Check;
  readonly seal: readonly SealedPlace[];
}

/** The end of an inlined call: an exit of the callee, whose result becomes the call's output. */
export interface LeaveNode extends NodeCommon {
  readonly kind: "leave";
  readonly slot: number;
  readonly outcome: string;
  readonly result: Binding;
  readonly seal: readonly SealedPlace[];
}

/** The end of an execution. `fault` marks the workflow's `on_fault`, `cancel` its `on_cancel`. */
export interface ExitNode extends NodeCommon {
  readonly kind: "exit";
  readonly outcome: string;
  readonly result: Binding;
  readonly seal: readonly SealedPlace[];
  readonly fault: boolean;
  readonly cancel?: true;
}

export type GraphNode =
  | TransformNode
  | EffectNode
  | ExternalNode
  | DecideNode
  | EnterNode
  | LeaveNode
  | AwaitNode
  | MapNode
  | ParallelNode
  | JoinNode
  | UndoNode
  | ExitNode;

/**
 * Where the compiler drew what; units are points, the origin is the top left corner. Boxes are
 * sized for the captions of `drawing.ts`.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** By node index: centre, width, height. */
  readonly nodes: readonly {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  }[];
  readonly edges: readonly {
    readonly from: number;
    /** Several outcomes that lead the same way share one line. */
    readonly outcomes: readonly string[];
    readonly to: number;
    /** Bézier control points: 1 + 3n of them. */
    readonly points: readonly (readonly [x: number, y: number])[];
    /** Where the label's centre stands; the outcomes stand one below the other. */
    readonly label: readonly [x: number, y: number];
    /**
     * An engine outcome that no author routed, led past the nodes on a line of its own. Many of
     * these share their way: paint them light, without label and below all else, unless taken.
     */
    readonly aside?: true;
    /**
     * No edge of the graph, and without outcomes: a line from a fork to the body that it begins, and
     * what is written at it: `each` from a `map`, from a `parallel` the branch's name. Paint it
     * otherwise than an edge. It is taken where any record belongs to the node that it leads to.
     */
    readonly says?: string;
  }[];
}

export interface Graph {
  readonly workflow: FullName;
  readonly summary: string;
  /** The payload's schema and where labelled values stand in it. */
  readonly payload: number;
  readonly sealPayload: readonly SealedPlace[];
  readonly slots: number;
  readonly start: number;
  readonly nodes: readonly GraphNode[];
  /** Self-contained JSON Schemas 2020-12: every `$ref` is local. `x-label` is kept. */
  readonly schemas: readonly (JsonObject | boolean)[];
  readonly drawing: Drawing;
}
