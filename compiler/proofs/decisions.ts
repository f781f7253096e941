/**
 * What decisions on one value say of each other: a table that is asked a second time, or another one
 * about the same value, cannot answer against the first. Only what is proven to exclude each other
 * does; what the prover cannot decide, or what would take too long, is taken to be possible.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import {
  type Binding,
  type DecideNode,
  type Graph,
  PAYLOAD_SLOT,
} from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import { placeAt } from "../types/place.ts";
import { prover } from "../types/prove.ts";
import {
  ANYTHING,
  both,
  exactArray,
  exactObject,
  literal,
  schemaOf,
  type Type,
  typeOf,
} from "../types/type.ts";
import { nodeOf, type Part } from "./part.ts";
import { sourceOf, writtenByCalls } from "./source.ts";

/** What is known of a value: schemas that it fits, and such that it does not; by their numbers. */
export interface Known {
  readonly fits: readonly number[];
  readonly unfit: readonly number[];
}
/** One of these holds; null where the value cannot be had at all. */
export type Alternatives = readonly Known[] | null;

export const NOTHING_KNOWN: Alternatives = Object.freeze([{ fits: [], unfit: [] }]);

/** Bounds of the work: what is beyond is not told apart. */
const ALTERNATIVES_MAX = 16;
const SCHEMAS_MAX = 24;
const CHECKS_MAX = 2_000;
const CHECK_STEPS = 500;
const VALUES_MAX = 30;

/** Of one part: which values are decided on more than once, and what follows from an answer. */
export class Decisions {
  /** By the number of the node: the value that it decides on. */
  readonly asks: ReadonlyMap<number, number>;
  /** False where something was left undecided for its cost. */
  wholly = true;
  readonly #types: readonly Type[];
  readonly #checked = new Map<string, boolean>();

  constructor(
    readonly graph: Graph,
    part: Part,
  ) {
    const tables = tablesByValue(graph, part).filter(({ nodes }) => nodes.length > 1);
    if (tables.length > VALUES_MAX) this.wholly = false;
    const looked = tables.slice(0, VALUES_MAX);
    this.asks = new Map(looked.flatMap(({ nodes }, at) => nodes.map((node) => [node, at])));
    this.#types = looked.map(({ source }) => typeOfSource(graph, source));
  }

  /** What is known after a decision ended so; undefined where it cannot. */
  after(known: Alternatives, index: number, outcome: string): Alternatives | undefined {
    const node = nodeOf(this.graph, index) as DecideNode;
    const value = this.asks.get(index) ?? 0;
    if (outcome === "VIOLATION")
      return known === null || known === NOTHING_KNOWN ? null : undefined;
    if (known === null) return undefined;
    const found = new Map<string, Known>();
    for (const before of known) {
      for (const row of rowsOf(node, outcome)) {
        const now = joined(before, row);
        if (now !== undefined && this.#isPossible(value, now)) found.set(keyOf(now), now);
      }
    }
    if (found.size === 0) return undefined;
    const left = [...found.values()];
    const isLong = ({ fits, unfit }: Known) => fits.length + unfit.length > SCHEMAS_MAX;
    if (left.length <= ALTERNATIVES_MAX && !left.some(isLong)) return left;
    this.wholly = false;
    // The value can be had: that much stays known.
    return HAD;
  }

  #isPossible(value: number, known: Known): boolean {
    const key = `${value}:${keyOf(known)}`;
    const answer = this.#checked.get(key);
    if (answer !== undefined) return answer;
    if (this.#checked.size >= CHECKS_MAX) {
      this.wholly = false;
      return true;
    }
    const possible = !this.#excludes(this.#types[value] ?? ANYTHING, known);
    this.#checked.set(key, possible);
    return possible;
  }

  #excludes(base: Type, { fits, unfit }: Known): boolean {
    const schemaAt = (index: number) => this.graph.schemas[index] ?? true;
    const type = fits.map(schemaAt).reduce<Type>(both, base);
    const whole = unfit.map((index) => ({ not: schemaAt(index) })).reduce<Type>(both, type);
    if (prover(CHECK_STEPS).impossible(whole)) return true;
    return unfit.some((index) => prover(CHECK_STEPS).implies(type, schemaAt(index)));
  }
}

/** The same as nothing known, but that the value can be had. */
const HAD: Alternatives = Object.freeze([{ fits: [], unfit: [] }]);

export function keyOfAlternatives(known: Alternatives): string {
  if (known === null) return "none";
  return known === NOTHING_KNOWN ? "" : `had ${known.map(keyOf).sort().join(";")}`;
}

function keyOf({ fits, unfit }: Known): string {
  return `${fits.join(",")}!${unfit.join(",")}`;
}

/** What a table asked of the value when it gave an outcome: one answer a row that gives it. */
function rowsOf({ rows, otherwise }: DecideNode, outcome: string): readonly Known[] {
  const asked = rows.map(({ when }) => when);
  const found = rows.flatMap((row, at) =>
    row.outcome === outcome ? [{ fits: [row.when], unfit: asked.slice(0, at) }] : [],
  );
  return otherwise === outcome ? [...found, { fits: [], unfit: asked }] : found;
}

/** Both at once; undefined where the one says of a schema what the other denies. */
function joined(a: Known, b: Known): Known | undefined {
  const fits = union(a.fits, b.fits);
  const unfit = union(a.unfit, b.unfit);
  return fits.some((one) => unfit.includes(one)) ? undefined : { fits, unfit };
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}

interface Tables {
  readonly source: Binding;
  readonly nodes: number[];
}

/** Decisions of a part by the value that they are about, wherever it was handed on in between. */
function tablesByValue(graph: Graph, { order }: Part): readonly Tables[] {
  const decisions = order.filter((index) => nodeOf(graph, index).kind === "decide");
  if (decisions.length < 2) return [];
  const calls = writtenByCalls(graph);
  const tables = new Map<string, Tables>();
  for (const index of decisions) {
    const source = sourceOf((nodeOf(graph, index) as DecideNode).input, calls);
    const key = canonical(source as unknown as Json);
    const known = tables.get(key);
    if (known === undefined) tables.set(key, { source, nodes: [index] });
    else known.nodes.push(index);
  }
  return [...tables.values()];
}

/** What the payload's schema and literals say of a value: never too little. */
function typeOfSource(graph: Graph, source: Binding): Type {
  if ("literal" in source) return typeOf(literal(source.literal));
  if ("object" in source) {
    const members = source.object.map(([name, inner]) => {
      return [name, schemaOf(typeOfSource(graph, inner))] as const;
    });
    return typeOf(exactObject(members));
  }
  if ("array" in source) {
    return typeOf(exactArray(source.array.map((item) => schemaOf(typeOfSource(graph, item)))));
  }
  if (!("read" in source)) return ANYTHING;
  const [slot, ...steps] = source.read;
  if (slot !== PAYLOAD_SLOT || steps.some((step) => typeof step === "number")) return ANYTHING;
  const payload = typeOf(graph.schemas[graph.payload] ?? true);
  return steps.reduce<Type>((type, step) => placeAt(type, step).type, payload);
}
