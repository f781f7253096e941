/**
 * Every run of a small graph, one by one: what is slow and plainly right. Items and branches are
 * interleaved in every order; what is undone is undone from what was done. The proofs are held
 * against it.
 */
import type {
  Graph,
  GraphNode,
  JoinNode,
  MapNode,
  ParallelNode,
} from "../../../protocol/language/graph.ts";

export interface Event {
  readonly node: GraphNode;
  readonly outcome: string;
}

/** One thing that happened; what belongs together is not interleaved. */
interface Atom extends Event {
  readonly id: number;
  /** A call that was cancelled is taken to have ended so, by those who undo. */
  readonly as?: string;
  /** No record tells of it: it was under way where all was cancelled. */
  readonly hidden?: true;
}

export interface Run {
  readonly events: readonly Event[];
  readonly end: GraphNode;
  readonly cancelled: boolean;
}

interface Going {
  /** Groups of events: a group is never interrupted. */
  readonly groups: readonly (readonly Atom[])[];
  /** Ids of what was undone, and names of what stands. */
  readonly undone: ReadonlySet<number>;
  readonly standing: readonly string[];
  readonly cancelled: boolean;
}

interface Ended {
  readonly going: Going;
  readonly end: GraphNode;
}

export class TooMany extends Error {}

export interface Rules {
  /** Whether an undoing may end either way, whatever came of it. */
  readonly loose: boolean;
  readonly runsMax: number;
}

export function everyRun(graph: Graph, rules: Rules): Run[] {
  let ids = 0;
  let made = 0;
  const nodeAt = (index: number) => graph.nodes[index] as GraphNode;
  const outcomesOf = (node: GraphNode) => ("outcomes" in node ? Object.keys(node.outcomes) : []);

  function from(index: number, going: Going, inFork: boolean): Ended[] {
    made += 1;
    if (made > rules.runsMax) throw new TooMany();
    const node = nodeAt(index);
    const found: Ended[] = [];
    if (node.kind === "exit" || node.kind === "join") {
      found.push({ going: with1(going, node, node.outcome), end: node });
    }
    for (const { outcome, to, engine } of node.edges) {
      const isCancel = engine === true && outcome === "CANCELLED";
      for (const passed of pass(node, outcome, going)) {
        const next = isCancel ? { ...passed, cancelled: true } : passed;
        found.push(...from(to, next, inFork));
      }
    }
    return found;
  }

  function with1(going: Going, node: GraphNode, outcome: string): Going {
    ids += 1;
    return { ...going, groups: [...going.groups, [{ node, outcome, id: ids }]] };
  }

  function pass(node: GraphNode, outcome: string, going: Going): Going[] {
    if (node.kind === "undo") return undo(node, outcome, going);
    const ran =
      node.kind === "map" || node.kind === "parallel" ? forked(node, outcome, going) : [going];
    return ran.flatMap((one) => {
      const passed = with1(one, node, outcome);
      const cancelled = node.kind === "external" && outcome === "CANCELLED";
      const known = doneAs(passed, node, outcome);
      return cancelled ? [known, doneAs(passed, node, "IN_DOUBT")] : [known];
    });
  }

  /** What stands of a node that ended so, or what is there to undo of it. */
  function doneAs(going: Going, node: GraphNode, as: string): Going {
    const [last = []] = going.groups.slice(-1);
    const groups = [...going.groups.slice(0, -1), last.map((atom) => ({ ...atom, as }))];
    return standsAs(node, as)
      ? { ...going, groups, standing: [...going.standing, node.name] }
      : { ...going, groups };
  }

  function undo(
    node: Extract<GraphNode, { kind: "undo" }>,
    outcome: string,
    going: Going,
  ): Going[] {
    let ways: { readonly events: Event[]; readonly going: Going }[] = [{ events: [], going }];
    for (const atom of going.groups.flat().reverse()) {
      const { node: did } = atom;
      if (!isActing(did) || did.undone == null || did.undone.by === null) continue;
      const { after, done, by } = did.undone;
      const isIn = did.name.startsWith(node.within) && after.includes(atom.as ?? atom.outcome);
      if (!isIn || going.undone.has(atom.id)) continue;
      const undoing = nodeAt(by);
      ways = ways.flatMap((way) =>
        [...outcomesOf(undoing), "VIOLATION", "FAULT"].map((came) => ({
          events: [...way.events, { node: undoing, outcome: came }],
          going: {
            ...way.going,
            undone: new Set([...way.going.undone, atom.id]),
            standing: done.includes(came) ? way.going.standing : [...way.going.standing, did.name],
          },
        })),
      );
      made += ways.length;
      if (made > rules.runsMax) throw new TooMany();
    }
    return ways.flatMap((way) => {
      const isLeft = way.going.standing.some((name) => name.startsWith(node.within));
      if (!rules.loose && isLeft !== (outcome === "PARTLY_COMPENSATED")) return [];
      const group = [...way.events, { node, outcome }].map((event) => {
        ids += 1;
        return { ...event, id: ids };
      });
      return [{ ...way.going, groups: [...way.going.groups, group] }];
    });
  }

  function forked(node: MapNode | ParallelNode, outcome: string, going: Going): Going[] {
    const bodies = node.kind === "map" ? [node.body] : node.branches.map(({ body }) => body);
    const each = bodies.map((body) => from(body, { ...EMPTY }, true));
    const tuples: Ended[][] = [];
    if (node.kind === "map") {
      for (let k = 0; k <= node.max; k += 1)
        tuples.push(...product(new Array<Ended[]>(k).fill(each[0] ?? [])));
    } else tuples.push(...product(each));
    const succeed = node.kind === "map" ? node.succeed : (node.branches[0]?.succeed ?? []);
    const threshold = node.kind === "map" ? node.threshold : null;
    const fitting = tuples.filter((tuple) => fits(outcome, tuple, { succeed, threshold }));
    const found: Going[] = [];
    for (const tuple of fitting) {
      const lists = tuple.map(({ going: one }) => fresh(one));
      const cut = outcome === "CANCELLED" ? product(lists.map(prefixes)) : [lists];
      for (const some of cut) {
        for (const order of shuffles(some.map(({ groups }) => groups))) {
          made += 1;
          if (made > rules.runsMax) throw new TooMany();
          found.push({
            groups: [...going.groups, ...order],
            undone: new Set([...going.undone, ...some.flatMap(({ undone }) => [...undone])]),
            standing: [...going.standing, ...some.flatMap(({ standing }) => standing)],
            cancelled: going.cancelled,
          });
        }
      }
    }
    return found;
  }

  /** Two items that went alike are two items. */
  function fresh(going: Going): Going {
    const renamed = new Map<number, number>();
    const groups = going.groups.map((group) =>
      group.map((atom) => {
        ids += 1;
        renamed.set(atom.id, ids);
        return { ...atom, id: ids };
      }),
    );
    return {
      ...going,
      groups,
      undone: new Set([...going.undone].map((id) => renamed.get(id) ?? id)),
    };
  }

  /** Where it may have been stopped: what was undone and what stood by then. */
  function prefixes(going: Going): Going[] {
    return Array.from({ length: going.groups.length + 1 }, (_, length) => {
      const groups = going.groups.slice(0, length);
      const seen = groups.flat();
      const undoings = new Set(seen.map(({ node }) => node.name));
      const undone = new Set(
        [...going.undone].filter((id) => {
          const atom = going.groups.flat().find((one) => one.id === id);
          return atom !== undefined && undoings.has(`${atom.node.name}/compensate`);
        }),
      );
      const standing = going.standing.filter((name) => {
        const atom = seen.find(({ node }) => node.name === name);
        if (atom === undefined || !isActing(atom.node)) return false;
        return standsAs(atom.node, atom.as ?? atom.outcome) || undoings.has(`${name}/compensate`);
      });
      return { ...going, groups, undone, standing };
    }).flatMap((stopped) => [stopped, ...underWay(going, stopped)]);
  }

  /** The call that comes next may have been begun. */
  function underWay(whole: Going, stopped: Going): Going[] {
    const next = whole.groups[stopped.groups.length]?.[0];
    if (next?.node.kind !== "external") return [];
    ids += 1;
    const atom: Atom = { node: next.node, outcome: "CANCELLED", id: ids, hidden: true };
    return [doneAs({ ...stopped, groups: [...stopped.groups, [atom]] }, next.node, "IN_DOUBT")];
  }

  return from(graph.start, EMPTY, false).map(({ going, end }) => ({
    events: going.groups.flat().filter(({ hidden }) => hidden !== true),
    end,
    cancelled: going.cancelled,
  }));
}

type Acting = Extract<GraphNode, { kind: "effect" | "external" }>;

function isActing(node: GraphNode): node is Acting {
  return node.kind === "effect" || node.kind === "external";
}

/** Nothing undoes it, or nobody knows what became of it. */
function standsAs(node: GraphNode, as: string): boolean {
  if (!isActing(node) || node.undone === undefined) return false;
  const { by, after } = node.undone;
  if (after.includes(as)) return by === null;
  return node.kind === "external" && (as === "IN_DOUBT" || as === "FAULT");
}

const EMPTY: Going = { groups: [], undone: new Set(), standing: [], cancelled: false };

function fits(
  outcome: string,
  tuple: readonly Ended[],
  { succeed, threshold }: Pick<MapNode, "succeed" | "threshold">,
): boolean {
  const won = tuple.filter(({ end }) => succeed.includes((end as JoinNode).outcome)).length;
  const isEnough = threshold !== null && won / tuple.length >= threshold;
  switch (outcome) {
    case "EMPTY":
      return tuple.length === 0;
    case "SUCCESS":
      return tuple.length > 0 && won === tuple.length;
    case "PARTIAL":
      return won < tuple.length && isEnough;
    case "FAILED":
      return won < tuple.length && !isEnough;
    default:
      return true;
  }
}

/** One of each, in every combination. */
function product<T>(lists: readonly (readonly T[])[]): T[][] {
  const size = lists.reduce((all, list) => all * list.length, 1);
  if (size > COMBINATIONS_MAX) throw new TooMany();
  return lists.reduce<T[][]>(
    (all, list) => all.flatMap((some) => list.map((one) => [...some, one])),
    [[]],
  );
}

const COMBINATIONS_MAX = 3_000;
/** Things in a row that are put in every order. */
const SHUFFLED_MAX = 8;

function shuffles<T>(lists: readonly (readonly T[])[]): T[][] {
  const open = lists.filter((list) => list.length > 0);
  if (open.length === 0) return [[]];
  if (open.length === 1) return [[...(open[0] ?? [])]];
  if (open.flat().length > SHUFFLED_MAX) throw new TooMany();
  return open.flatMap((list, at) => {
    const [head, ...tail] = list;
    const rest = open.map((other, index) => (index === at ? tail : other));
    return shuffles(rest).map((order) => [head as T, ...order]);
  });
}
