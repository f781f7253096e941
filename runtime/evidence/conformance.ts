/**
 * Whether a trace is a possible run of a sealed graph, decided record by record and without calling
 * anything: an automaton with one position for each live branch. What a branch does by itself stands
 * together; what is asked is answered in the order of asking; what takes time, in any order. It
 * compares names, outcomes, counts and times; values are compared by a full replay. Its memory is
 * that of the live branches, and of what may have to be undone.
 */
import type { Graph, GraphNode, JoinNode } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import type {
  CancelledBody,
  ExternalBody,
  LedgerRecord,
  OpenedBody,
  StepRecord,
} from "../../protocol/language/records.ts";
import { isStep } from "../../protocol/language/records.ts";
import { callKey } from "../machine/attempt.ts";
import {
  type Agenda,
  agendaOf,
  anotherTenant,
  type Impossible,
  impossible,
  type NodeRecord,
} from "./agenda.ts";
import { type Live, moveTo } from "./live-branch.ts";
import { isFork, wrongForkEnd } from "./possible-fork.ts";
import { type AtNode, wrongCancellation, wrongEnd, wrongStep } from "./possible-step.ts";
import {
  doneBy,
  takeUndone,
  type Undone,
  undoesNext,
  wrongSummary,
  wrongUndoEnd,
} from "./possible-undo.ts";
import {
  takeAttempt,
  takeRetry,
  takeSignal,
  takeTimer,
  wrongAnswer,
  wrongWaitEnd,
} from "./possible-wait.ts";

export interface Conformance {
  /** Takes the next record; says of the first that is not possible why, and of those behind it nothing. */
  readonly take: (record: LedgerRecord) => Impossible | undefined;
}

export function conformance(graph: Graph): Conformance {
  let run: Run | undefined;
  let over = false;
  return {
    take(record) {
      if (over) return undefined;
      if (record.type === "opened") run = new Run(graph, record);
      const found = record.type === "opened" ? undefined : run?.take(record);
      over = found !== undefined;
      return found;
    },
  };
}

type Opened = LedgerRecord & OpenedBody;

class Run {
  readonly #graph: Graph;
  readonly #opened: Opened;
  readonly #agenda: Agenda;
  #closed = false;
  /** What was undone last. */
  #undone: Undone | undefined;
  /** The time of the record before. */
  #before: string;

  constructor(graph: Graph, opened: Opened) {
    this.#before = opened.at;
    this.#graph = graph;
    this.#opened = opened;
    this.#agenda = agendaOf(graph);
  }

  take(record: LedgerRecord): Impossible | undefined {
    const found = this.#take(record);
    this.#before = record.at;
    return found;
  }

  #take(record: LedgerRecord): Impossible | undefined {
    if (this.#closed) {
      return { code: "path/broken", message: `\`${record.type}\` stands behind the end` };
    }
    this.#closed = record.type === "closed";
    switch (record.type) {
      case "cancelled":
        return this.#cancel(record);
      case "migrated":
        return this.#agenda.rest();
      case "closed":
      case "node":
      case "effect":
      case "external":
      case "attempted":
      case "retry":
      case "timer":
      case "signal": {
        const live = this.#agenda.next(record);
        if (!("at" in live)) return live;
        const message = this.#takeAt(live, record);
        return message === undefined ? undefined : impossible(message);
      }
      default:
        return undefined;
    }
  }

  /** Takes a record of the branch whose turn it is. */
  #takeAt(live: Live, record: NodeRecord): Impossible | string | undefined {
    const undone = undoesNext(live);
    const index = undone?.by ?? live.at;
    const node = this.#graph.nodes[index] as GraphNode;
    if (isStep(record)) {
      return undone === undefined ? this.#step(live, node, record) : this.#undo(live, node, record);
    }
    switch (record.type) {
      case "closed":
        return wrongEnd(node, record) ?? wrongSummary(node, this.#undone, record);
      case "attempted": {
        if (node.kind !== "external") return `\`${node.name}\` does not call the outside`;
        const key = callKey(this.#opened.tenant, record.trace, record.node);
        if (record.idempotency_key !== key) {
          return { code: "call/other-key", message: `the key of \`${record.node}\` is ${key}` };
        }
        return takeAttempt(live, node, record);
      }
      case "retry":
        if (node.kind !== "external") return `\`${node.name}\` does not call the outside`;
        return takeRetry(live, { node, before: this.#before }, record);
      case "timer":
        if (node.kind !== "await") return `\`${node.name}\` waits for nothing`;
        return takeTimer(live, { node, opened: this.#opened, before: this.#before }, record);
      case "signal": {
        if (node.kind !== "await") return `\`${node.name}\` waits for nothing`;
        const wrong = takeSignal(live, { node, opened: this.#opened }, record);
        if (wrong === undefined && live.enough !== undefined) this.#agenda.goes(live);
        return wrong;
      }
    }
  }

  #at(live: Live, node: GraphNode): AtNode {
    const { places } = this.#agenda;
    return { graph: this.#graph, node, tell: (index) => places.tell(index, live.branch) };
  }

  #step(live: Live, node: GraphNode, record: StepRecord): string | undefined {
    if (node.kind === "join" && record.outcome !== "VIOLATION") {
      return this.#join(live, node, record);
    }
    const led = wrongStep(this.#at(live, node), record);
    if (typeof led === "string") return led;
    const wrong = wrongMeanwhile(live, { node, payload: this.#opened.payload }, record);
    if (wrong !== undefined) return wrong;
    if (node.kind === "undo" && record.type === "node") this.#undone = { node, record };
    const done = doneBy(node, record.outcome, { told: record.node, branch: live.branch });
    if (done !== undefined) live.done.push(done);
    moveTo(live, led.index);
    this.#agenda.arrive(live);
    return undefined;
  }

  /** The end of an item or a branch: no edge leads from there to the fork. */
  #join(live: Live, node: JoinNode, record: StepRecord): string | undefined {
    const { parent } = live;
    const to = parent && this.#agenda.places.tell(parent.at, parent.branch);
    if (record.type !== "node" || record.output === undefined || "row" in record) {
      return `\`${record.node}\` ends with a result`;
    }
    if (record.outcome !== node.outcome) return `\`${record.node}\` ends with ${node.outcome}`;
    if (record.to !== to) return `\`${record.node}\` ends in \`${to}\`, not in \`${record.to}\``;
    this.#agenda.end(live, node.outcome);
    return undefined;
  }

  #undo(live: Live, node: GraphNode, record: StepRecord): string | undefined {
    const to = this.#agenda.places.tell(live.at, live.branch);
    const wrong = record.type === "external" ? answered(live, node, record) : undefined;
    const undone = wrong ?? takeUndone(live, { node, to }, record);
    if (undone === undefined) this.#agenda.undoes(live);
    return undone;
  }

  #cancel(record: LedgerRecord & CancelledBody): Impossible | undefined {
    const { tenant } = this.#opened;
    if (record.tenant !== tenant) return anotherTenant(tenant, record.tenant);
    const root = this.#agenda.cancel(record);
    if (!("at" in root)) return root;
    const node = this.#graph.nodes[root.at] as GraphNode;
    const led = wrongCancellation(this.#at(root, node), record);
    if (typeof led === "string") return impossible(led);
    moveTo(root, led.index);
    this.#agenda.arrive(root);
    return undefined;
  }
}

/** Why a step's record cannot stand behind what its branch has done at the node. */
function wrongMeanwhile(
  live: Live,
  { node, payload }: { readonly node: GraphNode; readonly payload: Json },
  record: StepRecord,
): string | undefined {
  if ("compensates" in record) return `\`${record.node}\` undoes nothing`;
  if (record.type === "external") return answered(live, node, record);
  if (record.type === "effect") return undefined;
  if (live.call !== undefined) return `\`${record.node}\` was called, and has no answer`;
  if (node.kind === "await") return wrongWaitEnd(live, node, record);
  if (isFork(node)) return wrongForkEnd(live, { node, payload }, record);
  return node.kind === "undo" ? wrongUndoEnd(live, record) : undefined;
}

function answered(live: Live, node: GraphNode, record: LedgerRecord & ExternalBody) {
  return node.kind === "external" ? wrongAnswer(live, node, record) : undefined;
}
