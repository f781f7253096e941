/**
 * Where in a graph a record's name stands. Nodes that run once for each item of a list are told by
 * the item's number (`each[3]/check` of the sealed `each/check`); every other name is the sealed one.
 * It reads names and never guesses: a name that is told otherwise is none of the graph's.
 */
import { type Graph, type GraphNode, isCancelEdge } from "../../protocol/language/graph.ts";

/** A node, and in which item or branch of which, from the outermost in. */
export interface Place {
  readonly index: number;
  readonly node: GraphNode;
  /** One for each fork around the node: an item's number, or a branch's. */
  readonly branch: readonly number[];
}

/** A fork around a node; `branch` is null in a map, where the name tells which item it is. */
export interface Around {
  readonly fork: number;
  readonly branch: number | null;
}

export interface Places {
  readonly graph: Graph;
  /** The place that a record names; undefined where the graph has none of that name. */
  readonly find: (told: string) => Place | undefined;
  /** How a record names a node in a branch. */
  readonly tell: (index: number, branch: readonly number[]) => string;
  /** A name of the graph, or the beginning of one, as it is told around a node in a branch. */
  readonly tellLike: (name: string, index: number, branch: readonly number[]) => string;
  /** The forks around a node, the outermost first. */
  readonly around: (index: number) => readonly Around[];
  /** The node whose effect a node undoes. */
  readonly undoneBy: (index: number) => number | undefined;
}

const KNOWN = new WeakMap<Graph, Places>();

/** The places of a graph; made once for each. */
export function placesOf(graph: Graph): Places {
  const known = KNOWN.get(graph) ?? readPlaces(graph);
  KNOWN.set(graph, known);
  return known;
}

const NOWHERE: readonly Around[] = Object.freeze([]);
const ROOT: readonly number[] = Object.freeze([]);
const NUMBERED = /\[(0|[1-9][0-9]{0,8})\]$/;

function readPlaces(graph: Graph): Places {
  const byName = new Map(graph.nodes.map((node, index) => [node.name, index]));
  const { homes, undone } = homesOf(graph);
  const around = (index: number) => homes[index] ?? NOWHERE;
  const depthOf = ({ fork }: Around) => (graph.nodes[fork]?.name ?? "").split("/").length - 1;
  const place = (index: number | undefined, branch: readonly number[]): Place | undefined => {
    const node = index === undefined ? undefined : graph.nodes[index];
    return index === undefined || node === undefined ? undefined : { index, node, branch };
  };
  const tellLike = (name: string, index: number, branch: readonly number[]): string => {
    const home = around(index);
    if (home.length === 0) return name;
    const parts = name.split("/");
    home.forEach((one, level) => {
      const at = depthOf(one);
      if (one.branch === null && at < parts.length - 1) parts[at] += `[${branch[level]}]`;
    });
    return parts.join("/");
  };
  return {
    graph,
    around,
    undoneBy: (index) => undone.get(index),
    tellLike,
    tell: (index, branch) => tellLike(graph.nodes[index]?.name ?? "", index, branch),
    find(told) {
      const plain = told.includes("[") ? undefined : byName.get(told);
      if (plain !== undefined && around(plain).length === 0) return place(plain, ROOT);
      const parts = told.split("/");
      const numbers = parts.map((part) => NUMBERED.exec(part)?.[1]);
      const name = parts.map((part) => part.replace(NUMBERED, "")).join("/");
      const index = byName.get(name);
      if (index === undefined) return undefined;
      const home = around(index);
      const items = home.filter(({ branch }) => branch === null);
      if (numbers.filter((one) => one !== undefined).length !== items.length) return undefined;
      const branch = home.map((one) => one.branch ?? Number(numbers[depthOf(one)]));
      return branch.some(Number.isNaN) ? undefined : place(index, branch);
    },
  };
}

interface Homes {
  readonly homes: readonly (readonly Around[] | undefined)[];
  readonly undone: ReadonlyMap<number, number>;
}

/** What is reached from the beginning of a branch without leaving it belongs to the branch. */
function homesOf({ nodes, start }: Graph): Homes {
  const homes: (readonly Around[] | undefined)[] = nodes.map(() => undefined);
  const undone = new Map<number, number>();
  const reached: (readonly [index: number, home: readonly Around[]])[] = [[start, NOWHERE]];
  for (let next = reached.pop(); next !== undefined; next = reached.pop()) {
    const [index, home] = next;
    const node = nodes[index];
    if (node === undefined || homes[index] !== undefined) continue;
    homes[index] = home;
    if ("undone" in node && node.undone?.by != null) {
      undone.set(node.undone.by, index);
      homes[node.undone.by] ??= home;
    }
    for (const body of bodiesOf(node, index)) reached.push([body.body, [...home, body.around]]);
    for (const edge of node.edges) {
      // Whoever cancels ends all of it, wherever it stands.
      reached.push([edge.to, isCancelEdge(edge) ? NOWHERE : home]);
    }
  }
  return { homes, undone };
}

function bodiesOf(
  node: GraphNode,
  fork: number,
): readonly { readonly body: number; readonly around: Around }[] {
  if (node.kind === "map") return [{ body: node.body, around: { fork, branch: null } }];
  if (node.kind !== "parallel") return [];
  return node.branches.map(({ body }, branch) => ({ body, around: { fork, branch } }));
}
