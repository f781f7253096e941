/**
 * Laws about two events on every path of a graph, the one before the other: `before`, `never`,
 * `always_followed_by`. A walk forward, in the graph's order, keeps for each node what the paths to
 * it may have done to the law, and what undoing them would do; each such thing once, with the
 * shortest path that does it. Exact for the outcomes that the graph declares; what decisions
 * exclude is not looked at.
 */
import {
  CANCELLED,
  type Graph,
  type GraphNode,
  isCancelEdge,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../protocol/language/names.ts";
import { type ForkWay, forkWays, NO_WAY, type PartWay, type PartWays } from "./fork-ways.ts";
import {
  applied,
  eventOf,
  followed,
  IDENTITY,
  isBroken,
  type LawFunction,
  type PairLaw,
} from "./law-functions.ts";
import {
  type ForkNode,
  hasSucceeded,
  isEnd,
  isFork,
  nodeOf,
  type Part,
  partsOf,
  trunkOf,
} from "./part.ts";
import { type Meant, outcomesOfNode } from "./points.ts";
import { cancelledAs, type Scopes, scopesOf, sharedScopes, stands, undoneBy } from "./scopes.ts";
import { grown, type Trail } from "./trail.ts";

export interface OrderedLaw {
  readonly kind: PairLaw;
  readonly first: Meant;
  readonly second: Meant;
  /** Outcomes of the paths on which it is held; null for all. */
  readonly endingIn: readonly string[] | null;
}

/** `breach` is a path that breaks the law; `lost` that there was too much to follow. */
export type OrderedVerdict = { readonly breach: Trail; readonly lost: boolean };

interface Walk {
  readonly graph: Graph;
  readonly scopes: Scopes;
  readonly law: OrderedLaw;
  readonly forks: Map<ForkNode, readonly PartWays[]>;
  lost: boolean;
}

/** What is still to be undone in one scope, should its end say so. */
interface Level {
  readonly undoes: LawFunction;
  readonly stands: boolean;
}

interface Way {
  readonly does: LawFunction;
  readonly levels: readonly Level[];
  readonly trail: Trail;
}

/** A part, and the scopes around it; what is left to undo at its end is the fork's. */
interface Place {
  readonly part: Part;
  readonly around: number;
  readonly base: 0 | 1;
}

const FRESH: Level = Object.freeze({ undoes: IDENTITY, stands: false });

export function holdOrdered(graph: Graph, law: OrderedLaw): OrderedVerdict {
  const walk: Walk = { graph, scopes: scopesOf(graph), law, forks: new Map(), lost: false };
  const { ends } = walked(walk, { part: trunkOf(graph), around: 0, base: 0 });
  let breach: Trail = null;
  for (const { node, way } of ends) {
    const isHeld = law.endingIn === null || law.endingIn.includes(node.outcome);
    if (!isHeld || !isBroken(law.kind, applied(way.does, 0))) continue;
    if (breach === null || lengthOf(way.trail) < lengthOf(breach)) breach = way.trail;
  }
  return { breach, lost: walk.lost };
}

function lengthOf(trail: Trail): number {
  return trail?.length ?? 0;
}

type Arrived = Map<string, Way>;

interface Walked {
  readonly ends: readonly {
    readonly node: Extract<GraphNode, { outcome: string }>;
    readonly way: Way;
  }[];
  /** What has been done on arriving at each node. */
  readonly arrived: ReadonlyMap<number, Arrived>;
}

function walked(walk: Walk, place: Place): Walked {
  const { graph } = walk;
  const { part } = place;
  const arrived = new Map<number, Arrived>();
  const ends: { node: Extract<GraphNode, { outcome: string }>; way: Way }[] = [];
  const levels = new Array<Level>(depthOf(walk, place, part.root)).fill(FRESH);
  arrive(walk, arrived, part.root, { does: IDENTITY, levels, trail: null });
  for (const index of part.order) {
    const node = nodeOf(graph, index);
    for (const way of arrived.get(index)?.values() ?? []) {
      if (isEnd(node)) {
        for (const passed of passing(walk, way, index, node.outcome))
          ends.push({ node, way: passed });
      }
      for (const edge of node.edges) {
        if (isCancelEdge(edge) && (place.base === 1 || isHeldUncancelled(walk))) continue;
        for (const passed of passing(walk, way, index, edge.outcome)) {
          const moved = moveLevels(walk, place, {
            from: index,
            to: edge.to,
            levels: passed.levels,
          });
          arrive(walk, arrived, edge.to, { ...passed, levels: moved });
        }
      }
    }
  }
  return { ends, arrived };
}

/** A cancel is an order from outside, which no path can promise anything against. */
function isHeldUncancelled({ law }: Walk): boolean {
  return law.kind === "always_followed_by";
}

function arrive(walk: Walk, arrived: Map<number, Arrived>, at: number, way: Way): void {
  let ways = arrived.get(at);
  if (ways === undefined) {
    ways = new Map();
    arrived.set(at, ways);
  }
  const key = keyOf(way);
  const known = ways.get(key);
  if (known === undefined && ways.size >= LIMITS.proofWaysMax) {
    walk.lost = true;
    return;
  }
  if (known === undefined || lengthOf(way.trail) < lengthOf(known.trail)) ways.set(key, way);
}

function keyOf({ does, levels }: Way): string {
  const rest = levels.map((level) => level.undoes * 2 + (level.stands ? 1 : 0));
  return `${does},${rest.join()}`;
}

/** What becomes of a way when it passes a node with an outcome; nothing where that cannot be. */
function* passing(walk: Walk, way: Way, index: number, outcome: string): Generator<Way> {
  const { graph } = walk;
  const node = nodeOf(graph, index);
  const { kind, first, second } = walk.law;
  const event = eventOf(kind, first(node, outcome), second(node, outcome));
  for (const fork of isFork(node) ? forkWays(node, partWays(walk, node), outcome) : [NO_WAY]) {
    const step =
      fork.inside.length === 0
        ? { node: index, outcome }
        : { node: index, outcome, inside: fork.inside };
    const within = afterFork(way, fork);
    const undone = node.kind === "undo" ? afterUndo(within, outcome) : within;
    if (undone === null) continue;
    const passed = { ...undone, does: followed(undone.does, event), trail: grown(way.trail, step) };
    yield* afterDoing(walk, passed, node, outcome);
    if (outcome !== CANCELLED) continue;
    for (const as of cancelledAs(node)) yield* afterDoing(walk, passed, node, as);
  }
}

function afterFork(way: Way, fork: ForkWay): Way {
  const top = way.levels.at(-1);
  const does = followed(way.does, fork.does);
  if (top === undefined) return { ...way, does };
  const level = { undoes: followed(fork.undoes, top.undoes), stands: top.stands || fork.stands };
  return { ...way, does, levels: [...way.levels.slice(0, -1), level] };
}

/** All of its scope is undone, and what stands still stands. */
function afterUndo(way: Way, outcome: string): Way | null {
  const top = way.levels.at(-1);
  invariant(top !== undefined, "what undoes stands in its own scope");
  if (outcome === COMPENSATED && top.stands) return null;
  if (outcome === PARTLY_COMPENSATED && !top.stands) return null;
  const level = { undoes: IDENTITY, stands: top.stands };
  return {
    ...way,
    does: followed(way.does, top.undoes),
    levels: [...way.levels.slice(0, -1), level],
  };
}

/** Adds what undoing this node would do: one way for each thing that may come of it. */
function* afterDoing(walk: Walk, way: Way, node: GraphNode, outcome: string): Generator<Way> {
  const top = way.levels.at(-1);
  if (top === undefined) {
    yield way;
    return;
  }
  const added = (level: Level): Way => ({ ...way, levels: [...way.levels.slice(0, -1), level] });
  const by = undoneBy(walk.graph, node, outcome);
  if (by !== undefined) {
    for (const one of undoings(walk, node, by)) {
      const level = {
        undoes: followed(one.undoes, top.undoes),
        stands: top.stands || one.stands,
      };
      const undoing = { node: walk.graph.nodes.indexOf(by), outcome: one.outcome };
      const { trail } = way;
      const told = trail === null ? null : grown(trail.before, { ...trail.step, undoing });
      yield { ...added(level), trail: told };
    }
    return;
  }
  yield stands(node, outcome) ? added({ ...top, stands: true }) : way;
}

interface Undoing extends Level {
  readonly outcome: string;
}

/** What may come of undoing a node: each of its outcomes does something, or leaves the node standing. */
function undoings({ law }: Walk, node: GraphNode, by: GraphNode): readonly Undoing[] {
  const done = "undone" in node && node.undone?.by != null ? node.undone.done : [];
  const levels = outcomesOfNode(by).map((outcome) => ({
    undoes: eventOf(law.kind, law.first(by, outcome), law.second(by, outcome)),
    stands: !done.includes(outcome),
    outcome,
  }));
  return [...new Map(levels.map((one) => [one.undoes * 2 + (one.stands ? 1 : 0), one])).values()];
}

interface Move {
  readonly from: number;
  readonly to: number;
  readonly levels: readonly Level[];
}

/** Scopes that are left hand on what is to be undone; those that are entered begin with nothing. */
function moveLevels(walk: Walk, place: Place, { from, to, levels }: Move): readonly Level[] {
  const [a = [], b = []] = [walk.scopes[from], walk.scopes[to]];
  const shared = place.base + sharedScopes(a, b) - place.around;
  const kept = merged(levels, shared);
  const depth = depthOf(walk, place, to);
  return depth === kept.length ? kept : [...kept, ...new Array<Level>(depth - shared).fill(FRESH)];
}

/** As so many levels: what is above them was done later, and is undone first. */
function merged(levels: readonly Level[], depth: number): readonly Level[] {
  if (levels.length <= depth) return levels;
  const kept = levels.slice(0, depth);
  const low = kept.at(-1);
  if (low === undefined) return kept;
  const all = levels.slice(depth - 1).reduceRight((above, level) => ({
    undoes: followed(above.undoes, level.undoes),
    stands: above.stands || level.stands,
  }));
  return [...kept.slice(0, -1), all];
}

function depthOf({ scopes }: Walk, { around, base }: Place, index: number): number {
  return base + (scopes[index]?.length ?? 0) - around;
}

/** What the items or branches of a fork may do, found once. */
function partWays(walk: Walk, fork: ForkNode): readonly PartWays[] {
  const known = walk.forks.get(fork);
  if (known !== undefined) return known;
  const around = walk.scopes[walk.graph.nodes.indexOf(fork)]?.length ?? 0;
  const found = partsOf(walk.graph, fork).map((part) => waysOf(walk, { part, around, base: 1 }));
  walk.forks.set(fork, found);
  return found;
}

function waysOf(walk: Walk, place: Place): PartWays {
  const { ends, arrived } = walked(walk, place);
  const whole = ends.map(({ node, way }) => {
    const succeeded = node.kind === "join" && hasSucceeded(node, place.part.succeed ?? []);
    return partWay(way, succeeded);
  });
  const broken: PartWay[] = [];
  for (const [index, ways] of arrived) {
    const node = nodeOf(walk.graph, index);
    for (const way of ways.values()) {
      const stopped = isFork(node) ? [...passing(walk, way, index, CANCELLED)] : [way];
      const begun = { ...way, trail: grown(way.trail, { node: index, outcome: CANCELLED }) };
      for (const as of cancelledAs(node)) stopped.push(...afterDoing(walk, begun, node, as));
      broken.push(...stopped.map((one) => partWay(one, false)));
    }
  }
  return { whole: distinct(whole), broken: distinct(broken) };
}

function partWay({ does, levels, trail }: Way, succeeded: boolean): PartWay {
  const [level = FRESH] = merged(levels, 1);
  return { does, undoes: level.undoes, stands: level.stands, succeeded, trail };
}

function distinct(ways: readonly PartWay[]): readonly PartWay[] {
  const found = new Map<number, PartWay>();
  for (const way of ways) {
    const flags = (way.stands ? 1 : 0) + (way.succeeded ? 2 : 0);
    const key = (way.does * 9 + way.undoes) * 4 + flags;
    const known = found.get(key);
    if (known === undefined || lengthOf(way.trail) < lengthOf(known.trail)) found.set(key, way);
  }
  return [...found.values()];
}
