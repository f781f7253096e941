/**
 * Information flow over a sealed graph: where what stands at a place may end up, and what happens
 * only depending on it. Values carry what they were made of; and a node whose outcome depends on a
 * value passes that on to all that happens on one of its sides only, until they come together again.
 * Of the engine's own outcomes those are sides that answer what a node was given (`answers.ts`). What
 * an answer from outside, or a store, gives back of what it was given is as its contract labels it.
 * What undoes tells of what was done, though the ways on which it was done have long met.
 */
import type {
  EffectNode,
  ExternalNode,
  Graph,
  GraphNode,
  SealedPlace,
  SealStep,
  TransformNode,
} from "../../protocol/language/graph.ts";
import { isCancelEdge, PAYLOAD_SLOT } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Label } from "../../protocol/language/names.ts";
import { Answers } from "./answers.ts";
import {
  asImplicit,
  bound,
  type Held,
  heldAt,
  heldByEach,
  heldInEach,
  heldUnder,
  isExplicit,
  sourceIn,
  type Token,
  together,
  tokensIn,
} from "./flow-values.ts";
import { allParts, isEnd, nodeOf, type Part, partsOf } from "./part.ts";
import { END, postDominators } from "./post-dominators.ts";

/** Something whose way is followed. */
export interface FlowSource {
  /** `$.payload.person.email`, `$.nodes.ask.payload`. */
  readonly name: string;
  readonly slot: number;
  readonly path: readonly SealStep[];
  /** None for a place that is followed because somebody asked. */
  readonly labels: readonly Label[];
}

/** What a node holds of a source. */
export interface FlowAt {
  readonly node: number;
  readonly source: number;
  /** Its input, or its result, was made of it. */
  readonly explicit: boolean;
  /** It happens, or is what it is, only on some of the ways between which the source decided. */
  readonly implicit: boolean;
}

export interface Flows {
  readonly sources: readonly FlowSource[];
  readonly at: readonly FlowAt[];
  /** Nodes whose contract sheds a label that they were given. */
  readonly declassified: readonly { readonly node: number; readonly source: number }[];
}

/** Follows the labelled places of a graph, and those that are asked for. */
export function flowsOf(graph: Graph, asked: readonly FlowSource[] = []): Flows {
  const sources = [...labelledSources(graph), ...asked];
  const walk = new FlowWalk(graph, sources);
  return walk.result();
}

/** Labelled places of what comes in: the payload, signals, and answers that nobody computed. */
function labelledSources(graph: Graph): readonly FlowSource[] {
  const payload = graph.sealPayload.map(({ path, labels }) => ({
    name: placeText("$.payload", path),
    slot: PAYLOAD_SLOT,
    path,
    labels,
  }));
  const others = graph.nodes.flatMap((node) => {
    const places = incoming(node);
    const root = `$.nodes.${node.name}`;
    return places.map(({ path, labels }) => ({
      name: placeText(root, path),
      slot: "slot" in node ? node.slot : PAYLOAD_SLOT,
      path,
      labels,
    }));
  });
  const distinct = new Map([...payload, ...others].map((one) => [one.name, one]));
  return [...distinct.values()];
}

function incoming(node: GraphNode): readonly SealedPlace[] {
  if (node.kind === "await") {
    return node.signals.flatMap(([, { seal }]) =>
      seal.map(({ path, labels }) => ({ path: ["payload", ...path], labels })),
    );
  }
  const given = node.kind === "effect" || node.kind === "external";
  return given ? Object.values(node.seal).flat() : [];
}

export function placeText(root: string, path: readonly SealStep[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "object") return `${text}[*]`;
    return typeof step === "number" ? `${text}[${step}]` : `${text}.${step}`;
  }, root);
}

type Asking = TransformNode | EffectNode | ExternalNode;

class FlowWalk {
  readonly #graph: Graph;
  readonly #sources: readonly FlowSource[];
  readonly #parts: readonly Part[];
  readonly #answers: Answers;
  readonly #meets: ReadonlyMap<Part, ReadonlyMap<number, number>>;
  readonly #slots: Held[];
  /** By node: what its happening depends on, and what its input or result is made of. */
  readonly #context = new Map<number, ReadonlySet<Token>>();
  readonly #held = new Map<number, ReadonlySet<Token>>();
  /** By node of which something may be undone: what its outcome depends on. */
  readonly #telling = new Map<number, ReadonlySet<Token>>();
  readonly #shed = new Map<string, { readonly node: number; readonly source: number }>();
  /** By the root of a part: what all of it depends on, from around its fork. */
  readonly #around = new Map<number, ReadonlySet<Token>>();
  #changed = false;

  constructor(graph: Graph, sources: readonly FlowSource[]) {
    this.#graph = graph;
    this.#sources = sources;
    this.#parts = allParts(graph);
    this.#answers = new Answers(graph);
    const meetsOf = (part: Part) => postDominators(graph, part, this.#answers);
    this.#meets = new Map(this.#parts.map((part) => [part, meetsOf(part)]));
    this.#slots = new Array<Held>(graph.slots).fill([]);
    sources.forEach(({ slot, path }, index) => {
      this.#slots[slot] = together(this.#slots[slot] ?? [], heldAt(path, [`explicit ${index}`]));
    });
    do {
      this.#changed = false;
      for (const part of this.#parts) this.#walk(part);
    } while (this.#changed);
  }

  result(): Flows {
    const at: FlowAt[] = [];
    for (const [node, held] of this.#held) {
      const context = this.#context.get(node) ?? NONE;
      this.#sources.forEach((_, source) => {
        const explicit = held.has(`explicit ${source}`);
        const implicit = held.has(`implicit ${source}`) || context.has(`implicit ${source}`);
        if (explicit || implicit) at.push({ node, source, explicit, implicit });
      });
    }
    return { sources: this.#sources, at, declassified: [...this.#shed.values()] };
  }

  /** One pass through a part: what is open at a node is what decided on the ways to it, and has not met. */
  #walk(part: Part): void {
    const meets = this.#meets.get(part);
    invariant(meets !== undefined, "every part was looked at");
    const open = new Map<number, Map<Token, number>>();
    const around = this.#around.get(part.root) ?? NONE;
    part.order.forEach((index, position) => {
      const node = nodeOf(this.#graph, index);
      const here = open.get(index) ?? new Map<Token, number>();
      for (const [token, until] of here) if (until <= position) here.delete(token);
      for (const token of around) here.set(token, END);
      this.#happens(index, here.keys());
      const decides = this.#visit(index, node, this.#context.get(index) ?? NONE);
      const pass = (to: number, leaves: boolean) => {
        const next = open.get(to) ?? new Map<Token, number>();
        for (const [token, until] of here) {
          next.set(token, leaves ? END : Math.max(next.get(token) ?? 0, until));
        }
        open.set(to, next);
      };
      const answers = node.edges.filter((edge) => this.#answers.has(index, edge));
      // Who leaves by another way does not come to where the ways of what is open meet.
      for (const edge of node.edges) {
        if (!answers.includes(edge) && !isCancelEdge(edge)) pass(edge.to, true);
      }
      const sides = new Set(answers.map(({ to }) => to));
      const meet = meets.get(index) ?? END;
      if (sides.size + (isEnd(node) ? 1 : 0) > 1) {
        for (const token of asImplicit(decides))
          here.set(token, Math.max(here.get(token) ?? 0, meet));
      }
      for (const to of sides) pass(to, false);
    });
  }

  /** Adds to what it depends on that a node happens. */
  #happens(index: number, tokens: Iterable<Token>): void {
    const known = this.#context.get(index) ?? NONE;
    const all = new Set([...known, ...tokens]);
    if (all.size > known.size || !this.#context.has(index)) this.#context.set(index, all);
    if (all.size > known.size) this.#changed = true;
  }

  /** What a node does to the slots; what its outcome depends on. */
  #visit(index: number, node: GraphNode, context: ReadonlySet<Token>): ReadonlySet<Token> {
    switch (node.kind) {
      case "transform":
      case "effect":
      case "external":
        return this.#ask(index, node);
      case "decide":
        return this.#keep(index, bound(node.input, this.#slots));
      case "enter": {
        const payload = bound(node.input, this.#slots);
        this.#write(node.slot, payload);
        return this.#keep(index, payload);
      }
      case "leave": {
        const result = bound(node.result, this.#slots);
        // Which of the ways out was taken shows in what is given.
        this.#write(node.slot, together(result, heldAt([], context)));
        return this.#keep(index, result);
      }
      case "exit":
      case "join":
        return this.#keep(index, bound(node.result, this.#slots));
      case "await":
        return this.#keep(index, "until" in node.limit ? bound(node.limit.until, this.#slots) : []);
      case "map":
      case "parallel":
        return this.#fork(index, node, context);
      case "undo": {
        const told = this.#undo(node.within, context);
        this.#write(node.slot, heldAt([], told));
        return told;
      }
    }
  }

  /** What is undone tells of what was done, and of how that ended; and so does what undoes it. */
  #undo(within: string, context: ReadonlySet<Token>): ReadonlySet<Token> {
    const told = new Set(context);
    for (const [did, node] of this.#graph.nodes.entries()) {
      if (node.kind !== "effect" && node.kind !== "external") continue;
      if (node.undone === undefined || !node.name.startsWith(within)) continue;
      const of = [...(this.#context.get(did) ?? NONE), ...(this.#telling.get(did) ?? NONE)];
      for (const token of of) told.add(token);
      if (node.undone.by === null) continue;
      this.#happens(node.undone.by, [...context, ...of]);
      for (const token of this.#telling.get(node.undone.by) ?? NONE) told.add(token);
    }
    return told;
  }

  #ask(index: number, node: Asking): ReadonlySet<Token> {
    const input = bound(node.input, this.#slots);
    const tokens = this.#keep(index, input);
    const places = Object.values(node.seal).flat();
    const telling = new Set<Token>();
    // A store keeps what it is given, and answers by the key and what else it is asked with.
    const asked =
      node.kind === "effect" ? tokensIn(input.filter(({ path }) => !isKept(path))) : tokens;
    for (const token of tokens) {
      const labels = isExplicit(token) ? (this.#sources[sourceIn(token)]?.labels ?? []) : [];
      const carrying = places.filter((place) => place.labels.some((one) => labels.includes(one)));
      for (const { path } of carrying) this.#write(node.slot, heldAt(path, [token]));
      if (carrying.length === 0 && labels.length > 0 && node.kind === "transform") {
        const shed = { node: index, source: sourceIn(token) };
        this.#shed.set(`${index} ${shed.source}`, shed);
      } else if (asked.has(token)) {
        telling.add(token);
        // An answer tells of what it was asked with, whatever its contract labels.
        const isLabelled = labels.length > 0;
        const told = isLabelled ? asImplicit([token]) : [token];
        this.#write(node.slot, heldAt([], told));
      }
    }
    // What does not fit is refused by all that it is given, kept or not, and before it is declassified.
    const isChecked = node.edges.some(
      (edge) => edge.outcome === "VIOLATION" && this.#answers.has(index, edge),
    );
    if (isChecked) for (const token of tokens) telling.add(token);
    if ("undone" in node && node.undone !== undefined) {
      this.#tells(index, telling);
      if (node.undone.by !== null) this.#compensation(node.undone.by);
    }
    return telling;
  }

  #tells(index: number, tokens: ReadonlySet<Token>): void {
    const known = this.#telling.get(index) ?? NONE;
    const all = new Set([...known, ...asImplicit(tokens)]);
    this.#telling.set(index, all);
    if (all.size > known.size) this.#changed = true;
  }

  /** What undoes a node may be given all that it is bound to, if it runs. */
  #compensation(index: number): void {
    const node = nodeOf(this.#graph, index);
    if (node.kind !== "effect" && node.kind !== "external") return;
    const tokens = this.#keep(index, bound(node.input, this.#slots));
    this.#tells(index, tokens);
  }

  #fork(
    index: number,
    node: Extract<GraphNode, { kind: "map" | "parallel" }>,
    context: ReadonlySet<Token>,
  ): ReadonlySet<Token> {
    const items: Held = node.kind === "map" ? bound(node.items, this.#slots) : [];
    // How many items there are is told by the list itself, not by what is in its items.
    const length = tokensIn(items.filter(({ path }) => path.length === 0));
    this.#keep(index, items);
    if (node.kind === "map") this.#write(node.item, heldInEach(items));
    const around = new Set([...context, ...asImplicit(length)]);
    const told: Set<Token> = new Set(asImplicit(length));
    partsOf(this.#graph, node).forEach((part, at) => {
      this.#around.set(part.root, around);
      for (const end of part.order) {
        const join = nodeOf(this.#graph, end);
        if (join.kind !== "join") continue;
        for (const token of this.#context.get(end) ?? NONE) told.add(token);
        const result = heldUnder("result", bound(join.result, this.#slots));
        if (node.kind === "map") {
          if (node.collect) this.#write(node.slot, heldUnder("results", heldByEach(result)));
        } else this.#write(node.slot, heldUnder(node.branches[at]?.name ?? "", result));
      }
    });
    this.#write(node.slot, heldAt([], told));
    return told;
  }

  #keep(index: number, held: Held): ReadonlySet<Token> {
    const tokens = tokensIn(held);
    const known = this.#held.get(index) ?? NONE;
    const all = new Set([...known, ...tokens]);
    if (all.size > known.size || !this.#held.has(index)) this.#held.set(index, all);
    return all;
  }

  #write(slot: number, held: Held): void {
    if (held.length === 0) return;
    const known = this.#slots[slot] ?? [];
    const all = together(known, held);
    if (JSON.stringify(all) === JSON.stringify(known)) return;
    this.#slots[slot] = all;
    this.#changed = true;
  }
}

const NONE: ReadonlySet<Token> = new Set();

/** The members of an input that a store keeps: what they hold changes no answer of it. */
function isKept([member]: readonly SealStep[]): boolean {
  return member === "value" || member === "event";
}
