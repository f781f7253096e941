/**
 * Whose turn it is: which branch the next record of a trace must be of, or may be. A step of the
 * machine goes through its branches in a fixed order, and everything that it asks is answered in the
 * order of asking before anything else is heard; only then may any branch that waits go on.
 */
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type {
  CancelledBody,
  ClosedBody,
  LedgerRecord,
  MachineBody,
} from "../../protocol/language/records.ts";
import { type Places, placesOf } from "../traces/told-name.ts";
import { type Done, type Live, liveAt } from "./live-branch.ts";
import { forkOf, isFork, nextBody, takeEnd } from "./possible-fork.ts";
import { beginUndoing, isInDoubt, leaveUndone, undoesNext } from "./possible-undo.ts";

/** Why a record cannot stand where it does. */
export interface Impossible {
  readonly code: string;
  readonly message: string;
}

export function anotherTenant(tenant: string, other: string): Impossible {
  return { code: "tenant/another", message: `\`${tenant}\` asked, and \`${other}\` cancels` };
}

export function impossible(found: string | Impossible): Impossible {
  return typeof found === "string" ? { code: "path/not-in-graph", message: found } : found;
}

/** A record of a branch. */
export type NodeRecord = LedgerRecord & (Exclude<MachineBody, CancelledBody> | ClosedBody);

export interface Agenda {
  readonly places: Places;
  /** The branch that a record is of; or why it is not the turn of any that could have it. */
  readonly next: (record: NodeRecord) => Live | Impossible;
  /** A branch has come to a node: what it does there is its next turn. */
  readonly arrive: (live: Live) => void;
  /** A branch goes on by itself. */
  readonly goes: (live: Live) => void;
  /** A branch has ended: its fork goes on. */
  readonly end: (live: Live, outcome: string) => void;
  /** A branch goes on to undo what is left. */
  readonly undoes: (live: Live) => void;
  /** Whether an execution may be left as it stands: nothing goes on by itself. */
  readonly rest: () => Impossible | undefined;
  /** Ends every branch but the whole, which is given, at what it stands at. */
  readonly cancel: (record: CancelledBody) => Live | Impossible;
}

/**
 * What the step that is being made has yet to do. `go`: the branch goes on by itself. `perhaps`: it
 * asks, unless it cannot. `fill`: a fork begins what it may.
 */
interface Frame {
  readonly kind: "go" | "perhaps" | "fill";
  readonly live: Live;
}

export function agendaOf(graph: Graph): Agenda {
  return new Turns(graph);
}

class Turns implements Agenda {
  readonly places: Places;
  readonly #graph: Graph;
  readonly #root: Live;
  readonly #frames: Frame[] = [];
  /** What was asked and not answered, in the order of asking. */
  readonly #asks = new Set<Live>();
  /** By the name of what is called next: who is about to undo something. */
  readonly #undoing = new Map<string, Live>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.places = placesOf(graph);
    this.#root = liveAt(graph.start);
    this.arrive(this.#root);
  }

  readonly next = (record: NodeRecord): Live | Impossible => {
    const told = record.type === "closed" ? record.exit : record.node;
    const live = this.#turn(record, { told });
    if ("at" in live || this.places.find(told) !== undefined) return live;
    return { code: "path/unknown-node", message: `the graph has no node \`${told}\`` };
  };

  #turn(record: NodeRecord, of: Told): Live | Impossible {
    const within = this.#withinStep(record, of);
    if (within !== undefined) return within;
    const [asked] = this.#asks;
    if (asked !== undefined) {
      if (this.#nameOf(asked) !== of.told) return this.#broken([asked], of.told);
      if (record.type === "node" && record.outcome === "VIOLATION") {
        return impossible(`\`${of.told}\` was asked: it cannot have been unfit to be`);
      }
      this.#asks.delete(asked);
      return asked;
    }
    return this.#waiting(of) ?? this.#broken(this.#alive(), of.told);
  }

  /** What the step that is being made does next; undefined where it has nothing left to do. */
  #withinStep(record: NodeRecord | undefined, of: Told | undefined): Live | Impossible | undefined {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const { kind, live } = frame;
      const isOwn = of !== undefined && this.#nameOf(live) === of.told;
      if (kind === "go") {
        if (!isOwn) return this.#broken([live], of?.told);
        this.#frames.pop();
        return live;
      }
      if (kind === "fill") {
        const begun = this.#fill(live, of);
        if (begun !== undefined) return begun;
        continue;
      }
      this.#frames.pop();
      const cannot = isOwn && record?.type === "node" && record.outcome === "VIOLATION";
      if (cannot) {
        this.#asks.delete(live);
        return live;
      }
    }
    return undefined;
  }

  /** Begins the next item or branch where the record is of it; else goes on behind the fork's turn. */
  #fill(live: Live, of: Told | undefined): Live | Impossible | undefined {
    const node = this.#node(live.at);
    const { fork } = live;
    invariant(isFork(node) && fork !== undefined, "a fork has branches");
    const body = nextBody(node, fork);
    const branch = [...live.branch, fork.begun];
    if (body !== undefined) {
      const told = this.places.tell(body.body, branch);
      if (of?.told === told) {
        const child = liveAt(body.body, live, branch);
        fork.live.set(fork.begun, child);
        fork.begun += 1;
        return child;
      }
      if (body.must) return comesNext([told], of?.told);
      fork.exhausted = true;
    }
    this.#frames.pop();
    if (fork.live.size === 0) this.goes(live);
    return undefined;
  }

  readonly end = ({ parent, branch, done }: Live, outcome: string): void => {
    invariant(parent?.fork !== undefined, "a branch is of a fork");
    const fork = this.#node(parent.at);
    invariant(isFork(fork), "a branch is of a fork");
    takeEnd(fork, parent.fork, branch.at(-1) ?? 0, outcome);
    for (const one of done) parent.done.push(one);
    const last = this.#frames.at(-1);
    if (last?.kind !== "fill" || last.live !== parent) {
      this.#frames.push({ kind: "fill", live: parent });
    }
  };

  readonly arrive = (live: Live): void => {
    const node = this.#node(live.at);
    switch (node.kind) {
      case "transform":
      case "effect":
      case "await":
        this.#asks.add(live);
        this.#frames.push({ kind: "perhaps", live });
        return;
      case "map":
      case "parallel":
        live.fork = forkOf(node);
        this.#frames.push({ kind: "fill", live });
        return;
      case "undo":
        beginUndoing(live, this.places.tellLike(node.within, live.at, live.branch));
        this.undoes(live);
        return;
      default:
        this.goes(live);
    }
  };

  readonly goes = (live: Live): void => {
    this.#frames.push({ kind: "go", live });
  };

  readonly undoes = (live: Live): void => {
    const next = undoesNext(live);
    const by = next?.by == null ? undefined : this.#node(next.by);
    if (next === undefined || by === undefined || next.by === null) {
      this.goes(live);
      return;
    }
    if (by.kind !== "external") {
      this.#asks.add(live);
      this.#frames.push({ kind: "perhaps", live });
      return;
    }
    this.#undoing.set(this.places.tell(next.by, next.branch), live);
    this.goes(live);
  };

  readonly rest = (): Impossible | undefined => {
    const going = this.#withinStep(undefined, undefined);
    if (going === undefined) return undefined;
    return "at" in going ? this.#broken([going], undefined) : going;
  };

  readonly cancel = (record: CancelledBody): Live | Impossible => {
    const going = this.rest();
    if (going !== undefined) return going;
    const root = this.#root;
    if (this.#nameOf(root) !== record.node) return this.#broken([root], record.node);
    const doubtful = this.#alive().some(isInDoubt);
    if (doubtful !== record.in_doubt) {
      const found = doubtful ? "a call was begun there" : "no call was begun there";
      const message = `\`${record.node}\`: ${found}, and its record says otherwise`;
      return { code: "chain/call", message };
    }
    root.done = this.#leftBy(root);
    this.#asks.clear();
    this.#undoing.clear();
    return root;
  };

  /** What may have to be undone of a branch and of all that it forked into, in order. */
  #leftBy(live: Live): Done[] {
    const at = undoesNext(live)?.by ?? live.at;
    const left = [...leaveUndone(live, this.#node(at), this.#nameOf(live))];
    for (const one of live.fork?.live.values() ?? []) {
      for (const done of this.#leftBy(one)) left.push(done);
    }
    return left;
  }

  /** A branch that waits for what takes time. */
  #waiting({ told }: Told): Live | undefined {
    const undoing = this.#undoing.get(told);
    if (undoing !== undefined && this.#nameOf(undoing) === told) return undoing;
    const place = this.places.find(told);
    if (place === undefined) return undefined;
    let live: Live | undefined = this.#root;
    for (const [level, { fork }] of this.places.around(place.index).entries()) {
      if (live?.at !== fork) return undefined;
      live = live.fork?.live.get(place.branch[level] ?? -1);
    }
    return live !== undefined && this.#nameOf(live) === told ? live : undefined;
  }

  /** The name of the node whose record comes next in a branch. */
  #nameOf(live: Live): string {
    const undone = undoesNext(live);
    return undone?.by == null
      ? this.places.tell(live.at, live.branch)
      : this.places.tell(undone.by, undone.branch);
  }

  /** All branches that are live, each behind the one around it. */
  #alive(): Live[] {
    const found = [this.#root];
    for (const live of found) found.push(...(live.fork?.live.values() ?? []));
    return found;
  }

  #broken(lives: readonly Live[], told: string | undefined): Impossible {
    const standing = lives.filter(({ fork }) => fork === undefined || fork.live.size === 0);
    return comesNext(
      standing.map((live) => this.#nameOf(live)),
      told,
    );
  }

  #node(index: number): GraphNode {
    const node = this.#graph.nodes[index];
    invariant(node !== undefined, "an edge leads to a node of the graph");
    return node;
  }
}

/** The node that a record names. */
interface Told {
  readonly told: string;
}

/** So many names a message tells. */
const NAMES_MAX = 3;

function comesNext(names: readonly string[], told: string | undefined): Impossible {
  const shown = names.slice(0, NAMES_MAX).map((name) => `\`${name}\``);
  const more = names.length > NAMES_MAX ? ` or one of ${names.length - NAMES_MAX} others` : "";
  const found = told === undefined ? "something else" : `\`${told}\``;
  const next = shown.length === 0 ? "nothing" : shown.join(" or ") + more;
  return { code: "path/broken", message: `${next} comes next and ${found} stands here` };
}
