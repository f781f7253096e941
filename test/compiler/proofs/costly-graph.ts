/**
 * Small random graphs made by hand, as the compiler would lower them: calls written out, maps and
 * parallels with parts of their own, retries, waits, compensations and exits that undo, each with
 * numbers of its own. They are right in form, not in sense: bindings and schemas say next to nothing.
 */
import fc from "fast-check";
import {
  type AwaitNode,
  CANCELLED,
  type Edge,
  type EffectNode,
  type EnterNode,
  type ExternalNode,
  type Graph,
  type GraphNode,
  ON_CANCEL,
  type Undone,
} from "../../../protocol/language/graph.ts";

/** Numbers in 0..1 that steer every choice; shrinking makes them small, and the graph simple. */
export type Dice = () => number;

export interface GraphTraits {
  /** Nodes of each part, at most. */
  readonly size: number;
  readonly forks?: boolean;
  readonly undoes?: boolean;
}

type Route = readonly [outcome: string, name: string];

/** A node whose edges lead to names; those of a compensation by the name of what undoes it. */
interface Draft {
  readonly node: GraphNode;
  readonly to: readonly Route[];
  readonly undone?: { readonly by: string | null; readonly after: readonly string[] };
}

const ENGINE = new Set(["VIOLATION", "FAULT", "IN_DOUBT", CANCELLED]);
const NOTHING = { literal: null } as const;
const ENTER: Omit<EnterNode, keyof Common> = {
  ...{ kind: "enter", slot: 2, workflow: "t::WF_T_V0", input: NOTHING, check: null, seal: [] },
};

/** What one workflow's nodes are written into. */
interface Scope {
  readonly prefix: string;
  readonly kind: "exit" | "leave" | "join";
  /** Where the ends of a called workflow lead. */
  readonly onward: readonly string[];
  readonly depth: number;
}

type To = (...outcomes: string[]) => Route[];

class GraphDice {
  readonly drafts: Draft[] = [];

  constructor(
    readonly dice: Dice,
    readonly traits: GraphTraits,
  ) {}

  upTo(most: number): number {
    return Math.min(Math.floor(this.dice() * (most + 1)), most);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.upTo(list.length - 1)] as T;
  }

  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.dice() > 0.5);
  }

  /** The nodes and ends of one workflow; gives the name of its first node. */
  workflow(scope: Scope): string {
    const count = 1 + this.upTo(this.traits.size - 1);
    const names = Array.from({ length: count }, (_, at) => `${scope.prefix}n${at}`);
    const fault = `${scope.prefix}on_fault`;
    const ends = this.ends(scope, fault);
    for (const [at, name] of names.entries()) {
      const later = names.slice(at + 1, at + 3);
      this.node(name, { ...scope, onward: [...later, ...ends] }, fault);
    }
    return names[0] as string;
  }

  ends(scope: Scope, fault: string): string[] {
    const { prefix } = scope;
    const made = ["done", "other"].slice(0, 1 + this.upTo(1)).map((name) => `${prefix}${name}`);
    for (const [at, name] of made.entries()) this.end(scope, name, ["DONE", "OTHER"][at] ?? "DONE");
    if (this.traits.undoes === true && this.dice() > 0.2) {
      const undo = `${prefix}back`;
      this.end(scope, `${undo}/compensated`, "COMPENSATED");
      this.end(scope, `${undo}/stands`, "PARTLY_COMPENSATED");
      this.push({ ...this.common(undo), kind: "undo", slot: 2, within: prefix }, [
        ["COMPENSATED", `${undo}/compensated`],
        ["PARTLY_COMPENSATED", `${undo}/stands`],
      ]);
      made.push(undo);
    }
    this.end(scope, fault, "FAULTED", true);
    return made;
  }

  end({ kind, onward, prefix }: Scope, name: string, outcome: string, fault = false): void {
    const common = { ...this.common(name), outcome, result: NOTHING, seal: [] };
    if (kind === "leave") this.push({ ...common, kind, slot: 2 }, [[outcome, this.pick(onward)]]);
    else this.push({ ...common, kind, fault }, fault ? [] : [["VIOLATION", `${prefix}on_fault`]]);
  }

  node(name: string, scope: Scope, fault: string): void {
    const { onward, depth } = scope;
    const kinds = ["transform", "decide", "effect", "external", "await"];
    if (this.traits.undoes === true) kinds.push("effect", "external");
    if (depth > 0) kinds.push("call");
    if (depth > 0 && this.traits.forks === true) kinds.push("map", "parallel");
    // Parts begin with this mark, and no node of one is cancelled by itself.
    const cancel: Route[] = name.includes("#") ? [] : [[CANCELLED, ON_CANCEL]];
    const to: To = (...outcomes) => outcomes.map((outcome) => [outcome, this.pick(onward)]);
    switch (this.pick(kinds)) {
      case "decide":
        this.push(decision(this.common(name)), to("LOW", "HIGH"));
        break;
      case "effect":
        this.effect(name, to, [["VIOLATION", fault], ...cancel]);
        break;
      case "external":
        this.external(name, to, [["VIOLATION", fault], ["FAULT", fault], ...cancel]);
        break;
      case "await":
        this.push(this.wait(name), [...to("APPROVE", "TIMEOUT"), ...cancel]);
        break;
      case "call":
        this.enter(
          name,
          this.workflow({ prefix: `${name}/`, kind: "leave", onward, depth: depth - 1 }),
          fault,
        );
        break;
      case "map": {
        const ended = to("SUCCESS", "PARTIAL", "FAILED", "EMPTY");
        this.map(name, depth, [...ended, ["VIOLATION", fault], ...cancel]);
        break;
      }
      case "parallel":
        this.parallel(name, depth, [...to("SUCCESS", "FAILED"), ...cancel]);
        break;
      default:
        this.push(transform(this.common(name)), [...to("YES", "NO"), ["FAULT", fault], ...cancel]);
    }
  }

  effect(name: string, to: To, engine: readonly Route[]): void {
    const operation = this.pick(["REGISTER", "RESOLVE", "REVOKE"]);
    const outcomes = ["SUCCESS", operation === "REGISTER" ? "ALREADY_EXISTS" : "NOT_FOUND"];
    const undone = this.undone(name, operation !== "RESOLVE", ["SUCCESS"]);
    this.push(
      effect(this.common(name), operation, outcomes),
      [...to(...outcomes), ...engine],
      undone,
    );
  }

  external(name: string, to: To, engine: readonly Route[]): void {
    const node = this.call(name, this.dice() > 0.5);
    const undone = this.undone(name, true, ["OK", "IN_DOUBT"]);
    this.push(node, [...to("OK", "BUSY", "IN_DOUBT"), ...engine], undone);
  }

  /** What undoes a node: a node of its own that no edge leads to. */
  undone(name: string, may: boolean, after: readonly string[]): Draft["undone"] {
    if (!may || this.traits.undoes !== true || this.dice() < 0.2) return undefined;
    if (this.dice() < 0.2) return { by: null, after };
    const by = `${name}/compensate`;
    const inside = this.dice() > 0.5;
    const revoke = effect(this.common(by), "REVOKE", ["SUCCESS", "NOT_FOUND"]);
    this.push(inside ? revoke : this.call(by, true), []);
    return { by, after: [after[0] ?? "SUCCESS", ...this.some(after.slice(1))] };
  }

  call(name: string, again: boolean): ExternalNode {
    const retry = {
      outcomes: ["BUSY", ...this.some(["OK"])],
      attempts: 2 + this.upTo(2),
      waitMs: 10 * (1 + this.upTo(3)),
      factor: this.pick([1, 2, 3]),
      waitMaxMs: 60,
    };
    return {
      ...{ ...this.common(name), kind: "external", slot: 2, effect: "t::CS_OUT_V0" },
      ...{ operation: "CALL", implementation: "call", settings: {}, repeat: "unsafe" },
      timeoutMs: 100 * (1 + this.upTo(3)),
      ...{ input: NOTHING, check: null, outcomes: { OK: 0, BUSY: 0 }, sealInput: [], seal: {} },
      ...(again ? { retry } : {}),
    };
  }

  wait(name: string): AwaitNode {
    const signal = { payload: 0, people: 1, notRequester: false, seal: [] };
    const afterMs = 1_000 * (1 + this.upTo(4));
    const limit = this.dice() > 0.85 ? { until: { read: [0] as const } } : { afterMs };
    return {
      ...{ ...this.common(name), kind: "await", slot: 2, signals: [["APPROVE", signal]] },
      ...{ limit, elapsed: "TIMEOUT" },
    };
  }

  map(name: string, depth: number, to: Draft["to"]): void {
    const prefix = `${name}/#`;
    const body = `${prefix}on_item`;
    const start = this.workflow({ prefix, kind: "join", onward: [], depth: depth - 1 });
    this.enter(body, start, `${prefix}on_fault`);
    this.push(
      {
        ...{ ...this.common(name), kind: "map", slot: 2, items: NOTHING, item: 2 },
        ...{ body: this.at(body), max: 1 + this.upTo(2), concurrency: 1 + this.upTo(1) },
        succeed: this.pick([["DONE"], ["DONE", "OTHER"], ["OTHER"]]),
        threshold: this.pick([null, 0.5, 0.3, 0, 1]),
        ...{ collect: false, seal: [] },
      },
      to,
    );
  }

  parallel(name: string, depth: number, to: Draft["to"]): void {
    const branches = ["left", "right"].slice(0, 1 + this.upTo(1)).map((branch) => {
      const body = `${name}/#${branch}`;
      const prefix = `${body}/`;
      const start = this.workflow({ prefix, kind: "join", onward: [], depth: depth - 1 });
      this.enter(body, start, `${prefix}on_fault`);
      const succeed = this.pick([["DONE"], ["OTHER"], ["DONE", "COMPENSATED"]]);
      return { name: branch, body: this.at(body), succeed };
    });
    this.push({ ...this.common(name), kind: "parallel", slot: 2, branches, seal: [] }, to);
  }

  enter(name: string, start: string, fault: string): void {
    this.push({ ...this.common(name), ...ENTER }, [
      ["ENTERED", start],
      ["VIOLATION", fault],
    ]);
  }

  at(name: string): number {
    return this.drafts.findIndex(({ node }) => node.name === name);
  }

  common(name: string): Common {
    return { name, edges: [], origin: { workflow: "t::WF_T_V0", node: name } };
  }

  push(node: GraphNode, to: Draft["to"], undone?: Draft["undone"]): void {
    this.drafts.push({ node, to, ...(undone === undefined ? {} : { undone }) });
  }

  graph(): Graph {
    const start = this.workflow({ prefix: "", kind: "exit", onward: [], depth: 2 });
    const end = { outcome: CANCELLED, result: NOTHING, seal: [], fault: false } as const;
    if (this.traits.undoes === true && this.dice() > 0.5) {
      for (const outcome of ["COMPENSATED", "PARTLY_COMPENSATED"]) {
        const name = `${ON_CANCEL}/${outcome === "COMPENSATED" ? "compensated" : "stands"}`;
        this.push({ ...this.common(name), kind: "exit", ...end, outcome }, []);
      }
      this.push({ ...this.common(ON_CANCEL), kind: "undo", slot: 2, within: "" }, [
        ["COMPENSATED", `${ON_CANCEL}/compensated`],
        ["PARTLY_COMPENSATED", `${ON_CANCEL}/stands`],
      ]);
    } else this.push({ ...this.common(ON_CANCEL), kind: "exit", ...end, cancel: true }, []);
    const nodes = this.drafts.map(({ node, to, undone }) => ({
      ...node,
      edges: to.map(([outcome, name]) => edge(outcome, this.at(name))),
      ...(undone === undefined ? {} : { undone: this.#undone(undone) }),
    })) as GraphNode[];
    return {
      ...{ workflow: "t::WF_T_V0", summary: "By chance.", payload: 0, sealPayload: [], slots: 3 },
      ...{ start: this.at(start), nodes, schemas: [true] },
      drawing: { width: 0, height: 0, nodes: [], edges: [] },
    };
  }

  #undone({ by, after }: NonNullable<Draft["undone"]>): Undone {
    if (by === null) return { by, after };
    const index = this.at(by);
    const done = this.drafts[index]?.node.kind === "effect" ? ["SUCCESS"] : ["OK"];
    return { by: index, after, done };
  }
}

function edge(outcome: string, to: number): Edge {
  return { outcome, to, ...(ENGINE.has(outcome) ? { engine: true as const } : {}) };
}

type Common = Pick<GraphNode, "name" | "edges" | "origin">;

function decision(common: Common): GraphNode {
  const rows = [{ when: 0, outcome: "LOW" }];
  return { ...common, kind: "decide", input: { literal: common.name }, rows, otherwise: "HIGH" };
}

function transform(common: Common): GraphNode {
  return {
    ...{ ...common, kind: "transform", slot: 2, capability: "t::CT_T_V0", implementation: "t" },
    ...{ input: NOTHING, check: null, outcomes: { YES: 0, NO: 0 }, seal: {}, confidential: false },
  };
}

function effect(common: Common, operation: string, outcomes: readonly string[]): EffectNode {
  return {
    ...{ ...common, kind: "effect", slot: 2, effect: "t::CS_T_V0", semantics: "registry" },
    ...{ store: "t/t", operation, input: NOTHING, check: null, sealInput: [], seal: {} },
    outcomes: Object.fromEntries(outcomes.map((outcome) => [outcome, 0])),
  };
}

/** Without bias: what is small here is simple, not an edge case. */
export function costlyGraph(traits: GraphTraits): fc.Arbitrary<Graph> {
  const numbers = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 60, maxLength: 120 });
  return fc.noBias(numbers).map((list) => {
    let at = 0;
    const dice = () => (list[at++ % list.length] ?? 0) / 1_000;
    return new GraphDice(dice, traits).graph();
  });
}
