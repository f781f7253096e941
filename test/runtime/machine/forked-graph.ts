/**
 * Random graphs made by hand, as the compiler would lower them: waits, forks within forks, retries,
 * and ends that undo what was done. The same seed gives the same graph.
 */
import {
  type Binding,
  CANCELLED,
  type Graph,
  type GraphNode,
  ON_CANCEL,
  ON_ITEM,
  type SealedPlace,
  type Undone,
} from "../../../protocol/language/graph.ts";
import { ANY, type Linked, linkedGraph, OUTSIDE, STORE, WORKFLOW } from "./linked-graph.ts";

/** Numbers in 0..1, always the same ones for a seed. */
export type Dice = () => number;

/** Mulberry32. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function oneOf<T>(dice: Dice, all: readonly T[]): T {
  const one = all[Math.floor(dice() * all.length)];
  if (one === undefined) throw new Error("there is something to choose from");
  return one;
}

/** Where a part of a graph stands: its names' beginning, and how deep inside of forks. */
interface Part {
  readonly prefix: string;
  readonly depth: number;
  /** The slot of the item, or the payload's. */
  readonly given: number;
}

class Maker {
  readonly #dice: Dice;
  readonly #made: Linked[] = [];
  #slots = 2;

  constructor(seed: number) {
    this.#dice = diceOf(seed);
  }

  graph(): Graph {
    const start = this.#part({ prefix: "", depth: 0, given: 0 }, "");
    this.#cancelEnd();
    return linkedGraph(this.#made, start, this.#slots);
  }

  #chance(share: number): boolean {
    return this.#dice() < share;
  }

  #slot(): number {
    this.#slots += 1;
    return this.#slots - 1;
  }

  #add(
    kind: GraphNode["kind"],
    name: string,
    more: Record<string, unknown>,
    to: Record<string, string>,
    refers: Pick<Linked, "body" | "by"> = {},
  ): void {
    this.#made.push({ node: { kind, name, ...more }, to, ...refers });
  }

  /** Steps one after the other, and their ends; gives the first one's name. */
  #part(part: Part, enter: string): string {
    const { prefix, depth } = part;
    const count = depth === 0 ? 2 + Math.floor(this.#dice() * 4) : 1 + Math.floor(this.#dice() * 2);
    const names = Array.from({ length: count }, (_, at) => `${prefix}s${at}`);
    const first = names[0] ?? `${prefix}done`;
    if (enter !== "") {
      const input: Binding = { read: [part.given] };
      const more = { slot: this.#slot(), workflow: WORKFLOW, input, check: null, seal: [] };
      this.#add("enter", enter, more, { ENTERED: first, VIOLATION: `${prefix}on_fault` });
    }
    for (const [at, name] of names.entries()) {
      this.#step(part, name, names[at + 1] ?? `${prefix}done`);
    }
    this.#end(part, "done", { outcome: "SUCCESS", fault: false, undoes: false });
    this.#end(part, "failed", { outcome: "REFUSED", fault: false, undoes: this.#chance(0.6) });
    this.#end(part, "on_fault", { outcome: "FAULT", fault: true, undoes: this.#chance(0.5) });
    return enter === "" ? first : enter;
  }

  #end(
    { prefix, depth }: Part,
    name: string,
    end: { outcome: string; fault: boolean; undoes: boolean },
  ): void {
    const { outcome, fault, undoes } = end;
    const kind = depth === 0 ? "exit" : "join";
    const whole = `${prefix}${name}`;
    const result: Binding = { literal: whole };
    if (!undoes) {
      this.#add(kind, whole, { outcome, result, seal: [], fault }, {});
      return;
    }
    const slot = this.#slot();
    const to = { COMPENSATED: `${whole}/compensated`, PARTLY_COMPENSATED: `${whole}/stands` };
    this.#add("undo", whole, { slot, within: prefix }, to);
    const told: Binding = { read: [slot] };
    for (const [undone, exit] of Object.entries(to)) {
      this.#add(kind, exit, { outcome: undone, result: told, seal: [], fault }, {});
    }
  }

  #cancelEnd(): void {
    const end = { outcome: CANCELLED, result: { literal: null }, seal: [], fault: false };
    if (this.#chance(0.5)) {
      this.#add("exit", ON_CANCEL, { ...end, cancel: true }, {});
      return;
    }
    const to = { COMPENSATED: `${ON_CANCEL}/done`, PARTLY_COMPENSATED: `${ON_CANCEL}/done` };
    this.#add("undo", ON_CANCEL, { slot: this.#slot(), within: "" }, to);
    this.#add("exit", `${ON_CANCEL}/done`, { ...end, cancel: true }, {});
  }

  #step(part: Part, name: string, next: string): void {
    const kinds = ["transform", "effect", "effect", "external", "external", "await"];
    const forks = part.depth < 2 ? ["map", "map", "parallel"] : [];
    const kind = oneOf(this.#dice, [...kinds, ...forks]);
    const other = () => `${part.prefix}${oneOf(this.#dice, ["failed", "on_fault", "failed"])}`;
    const cancel = part.depth === 0 ? { [CANCELLED]: ON_CANCEL } : {};
    const ways = { next, other, cancel: { VIOLATION: `${part.prefix}on_fault`, ...cancel } };
    if (kind === "transform") this.#transform(part, name, ways);
    else if (kind === "effect") this.#effect(part, name, ways);
    else if (kind === "external") this.#external(part, name, ways);
    else if (kind === "await") this.#await(name, ways);
    else if (kind === "map") this.#map(part, name, ways);
    else this.#parallel(part, name, ways);
  }

  #transform({ given }: Part, name: string, { next, other, cancel }: Ways): void {
    const more = {
      ...{ slot: this.#slot(), capability: "test::CT_TEST_V0", implementation: "echo" },
      ...{ input: { read: [given] }, check: null, outcomes: { SUCCESS: ANY, ODD: ANY } },
      ...{ seal: {}, confidential: false },
    };
    this.#add("transform", name, more, { SUCCESS: next, ODD: other(), FAULT: other(), ...cancel });
  }

  #effect({ given }: Part, name: string, { next, other, cancel }: Ways): void {
    const slot = this.#slot();
    const { undone, refers } = this.#undone(name, slot, ["SUCCESS"]);
    const more = {
      ...STORE,
      ...{ slot, operation: "PUT", outcomes: { SUCCESS: ANY } },
      input: {
        object: [
          ["key", { literal: name }],
          ["value", { read: [given] }],
        ],
      },
      ...undone,
    };
    this.#add("effect", name, more, { SUCCESS: next, FAULT: other(), ...cancel }, refers);
  }

  #external({ given }: Part, name: string, { next, other, cancel }: Ways): void {
    const slot = this.#slot();
    const repeat = this.#chance(0.5) ? "safe" : "unsafe";
    const unknown = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
    const after = this.#chance(0.5) ? ["DONE"] : ["DONE", unknown];
    const { undone, refers } = this.#undone(name, slot, after);
    const more = {
      ...OUTSIDE,
      ...{ slot, repeat, input: { read: [given] } },
      ...(this.#chance(0.5) ? { retry: this.#retry(repeat) } : {}),
      ...undone,
    };
    const to = { DONE: next, DECLINED: other(), BUSY: other(), FAULT: other(), [unknown]: other() };
    this.#add("external", name, more, { ...to, ...cancel }, refers);
  }

  #retry(repeat: string): object {
    const outcomes = repeat === "safe" ? ["BUSY", "TIMEOUT"] : ["BUSY"];
    const attempts = 2 + Math.floor(this.#dice() * 3);
    return { outcomes, attempts, waitMs: 1_000, factor: 2, waitMaxMs: 3_000 };
  }

  /** What undoes a node, as a node of its own that no edge leads to. */
  #undone(
    name: string,
    slot: number,
    after: readonly string[],
  ): { undone: { undone?: Undone }; refers: Pick<Linked, "by"> } {
    const dice = this.#dice();
    if (dice < 0.2) return { undone: {}, refers: {} };
    if (dice < 0.35) return { undone: { undone: { by: null, after } }, refers: {} };
    const by = `${name}/compensate`;
    const inside = this.#chance(0.5);
    const key: Binding = { read: [slot, "id"] };
    if (inside) {
      const more = { ...STORE, operation: "REMOVE", outcomes: { SUCCESS: ANY, NOT_FOUND: ANY } };
      this.#add(
        "effect",
        by,
        { ...more, slot: this.#slot(), input: { object: [["key", key]] } },
        {},
      );
    } else {
      const repeat = this.#chance(0.5) ? "safe" : "unsafe";
      const retry = this.#chance(0.5) ? { retry: this.#retry(repeat) } : {};
      this.#add(
        "external",
        by,
        { ...OUTSIDE, slot: this.#slot(), repeat, input: key, ...retry },
        {},
      );
    }
    const done = inside ? ["SUCCESS"] : ["DONE"];
    return { undone: { undone: { by: -1, after, done } }, refers: { by } };
  }

  #await(name: string, { next, other, cancel }: Ways): void {
    const slot = this.#slot();
    const afterMs = 1_000 + Math.floor(this.#dice() * 10_000);
    const isPast = this.#chance(0.3);
    const limit = isPast ? { until: { literal: "2020-02-29T23:30:00+01:00" } } : { afterMs };
    if (this.#chance(0.3)) {
      this.#add(
        "await",
        name,
        { slot, signals: [], limit, elapsed: "ELAPSED" },
        { ELAPSED: next, ...cancel },
      );
      return;
    }
    const signal = (people: number) => ({
      ...{ payload: ANY, people, notRequester: this.#chance(0.5), seal: [] },
    });
    const signals = [
      ["APPROVE", signal(1 + Math.floor(this.#dice() * 3))],
      ["REJECT", signal(1)],
    ];
    const to = { APPROVE: next, REJECT: other(), TIMEOUT: other(), ...cancel };
    this.#add("await", name, { slot, signals, limit, elapsed: "TIMEOUT" }, to);
  }

  #map(part: Part, name: string, { next, other, cancel }: Ways): void {
    const length = Math.floor(this.#dice() * 5);
    const item = this.#slot();
    const isLong = this.#chance(0.05);
    const more = {
      ...{
        slot: this.#slot(),
        item,
        max: isLong ? 2 : 5,
        concurrency: 1 + Math.floor(this.#dice() * 3),
      },
      items: { literal: Array.from({ length }, (_, at) => ({ item: at })) },
      ...{ succeed: ["SUCCESS"], threshold: this.#chance(0.5) ? 0.5 : null },
      ...{ collect: this.#chance(0.5), seal: [] },
    };
    const to = { SUCCESS: next, PARTIAL: next, FAILED: other(), EMPTY: next, ...cancel };
    this.#add("map", name, more, to, { body: `${name}/${ON_ITEM}` });
    const inner = { prefix: `${name}/`, depth: part.depth + 1, given: item };
    this.#part(inner, `${name}/${ON_ITEM}`);
  }

  #parallel(part: Part, name: string, { next, other, cancel }: Ways): void {
    const count = 1 + Math.floor(this.#dice() * 3);
    const branches = ["a", "b", "c"].slice(0, count);
    const more = {
      branches: branches.map((branch) => ({ name: branch, body: -1, succeed: ["SUCCESS"] })),
      ...{ slot: this.#slot(), seal: [] },
    };
    this.#add("parallel", name, more, { SUCCESS: next, FAILED: other(), ...cancel });
    for (const branch of branches) {
      const inner = { prefix: `${name}/${branch}/`, depth: part.depth + 1, given: part.given };
      this.#part(inner, `${name}/${branch}`);
    }
  }
}

interface Ways {
  readonly next: string;
  readonly other: () => string;
  /** Of the engine's own outcomes that each of them may have. */
  readonly cancel: Record<string, string>;
}

/** Every fourth of them has labels wherever something can have them. */
export function forkedGraph(seed: number): Graph {
  const graph = new Maker(seed).graph();
  return seed % 4 === 0 ? { ...graph, nodes: graph.nodes.map(labelled) } : graph;
}

const all = (...path: SealedPlace["path"]): readonly SealedPlace[] => [{ path, labels: ["pii"] }];

function labelled(node: GraphNode): GraphNode {
  const outcomes = ["SUCCESS", "ODD", "NOT_FOUND", "DONE", "DECLINED", "BUSY"];
  const seal = Object.fromEntries(outcomes.map((outcome) => [outcome, all("id")]));
  switch (node.kind) {
    case "effect":
      return { ...node, seal, sealInput: node.operation === "PUT" ? all("value") : [] };
    case "external":
      return { ...node, seal, sealInput: all() };
    case "transform":
      return { ...node, seal };
    case "await":
      return {
        ...node,
        signals: node.signals.map(([name, signal]) => [name, { ...signal, seal: all("because") }]),
      };
    case "enter":
      return { ...node, seal: all() };
    case "join":
      return { ...node, seal: node.fault ? [] : all() };
    case "map":
      return { ...node, seal: all("results", { every: true }, "result") };
    case "parallel":
      return { ...node, seal: all({ every: true }, "result") };
    default:
      return node;
  }
}
