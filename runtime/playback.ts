/**
 * The host of an execution that was recorded before: answers come from its records as long as there
 * are any, and every record that the machine makes again must be the one that stands there. After
 * the last one it hands over to another host, which is how an interrupted execution goes on.
 */
import type { Json } from "../protocol/language/json.ts";
import type {
  CancelledBody,
  ExternalBody,
  LedgerRecord,
  MachineRecord,
  RetryBody,
  SignalBody,
  StepRecord,
} from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Asking, Host, Standing } from "./driver.ts";
import { sealedBody } from "./execution.ts";
import { refusalOfSignal } from "./machine/await.ts";
import { equal } from "./machine/compare.ts";
import { cancelTargetOf, nodeAt, targetOf } from "./machine/edges.ts";
import { readInstant } from "./machine/instants.ts";
import type {
  Answer,
  CallAnswer,
  CancelFact,
  CancelOrder,
  Fact,
  PendingCommand,
  Program,
  SignalOrder,
} from "./machine/program.ts";
import type { Opened, Sealer } from "./sealing/sealer.ts";

export interface PlaybackOptions {
  readonly program: Program;
  readonly recorded: readonly MachineRecord[];
  readonly sealer: Sealer;
  /** Who goes on after the last record. */
  readonly live: Host;
  /**
   * Given to end the execution after the last record, before anything is asked anew. One that undoes
   * what was done has no way out: it goes on, and stands where it waits next.
   */
  readonly order?: CancelOrder;
}

export function playback({ program, recorded, sealer, live, order }: PlaybackOptions): Host {
  let at = 0;
  let stored: Json | undefined;
  /** Calls that were begun before the records ended, by the records of their attempts. */
  const begun = new Set<string>();
  const answer = ({ node, name }: Asking): Answer | undefined => {
    const record = recorded[at];
    if (record === undefined) return undefined;
    if (record.node !== name || (record.type !== "node" && record.type !== "effect")) {
      return diverged(record, `expected node \`${name}\``);
    }
    const { answer, output } = answerIn(record, sealer);
    const misfit = misfitIn(program, node, { record, answer });
    if (misfit !== undefined) return diverged(record, misfit.found);
    stored = record.type === "effect" ? output : undefined;
    return answer;
  };
  return {
    cancel(standing) {
      const record = recorded[at];
      return record === undefined
        ? cancelledBy(program, standing, order)
        : cancelledAt(program, standing, record);
    },
    invoke: (command) => answer(command) ?? live.invoke(command),
    commit: (command) => answer(command) ?? live.commit(command),
    arm(command) {
      const record = recorded[at];
      if (record === undefined) return live.arm(command);
      return armedIn(record, command) ?? diverged(record, `expected node \`${command.name}\``);
    },
    next(standing) {
      const record = recorded[at];
      if (record !== undefined) {
        const told = toldIn(record, standing, { program, sealer });
        return told ?? diverged(record, `expected node \`${awaitedIn(standing)}\``);
      }
      return interruptedOf(standing, begun) ?? live.next(standing);
    },
    record(command) {
      const record = recorded[at];
      if (record === undefined) {
        at += 1;
        live.record(command);
        return;
      }
      const again = sealedBody(command, sealer, stored);
      if (!equal(again as unknown as Json, bodyOf(record))) {
        diverged(record, "made again from the records before it, it is another");
      }
      stored = undefined;
      if (record.type === "attempted") begun.add(`${record.node} ${record.attempt}`);
      at += 1;
    },
  };
}

/** What is being undone has no way out: it is undone to its end. */
function cancelledBy(
  { graph }: Program,
  { node }: Asking,
  order: CancelOrder | undefined,
): CancelFact | undefined {
  const hasWayOut = cancelTargetOf(graph, nodeAt(graph, node)) !== undefined;
  return order && hasWayOut ? { kind: "cancel", node, order } : undefined;
}

function cancelledAt(
  program: Program,
  { node, name }: Asking,
  record: MachineRecord,
): CancelFact | undefined {
  if (record.type !== "cancelled") return undefined;
  if (record.node !== name) return diverged(record, `expected node \`${name}\``);
  return cancelIn(program, node, record) ?? diverged(record, "this node leads to no such end");
}

/** The first of the calls that were begun before the process stopped, which is then told of it. */
function interruptedOf({ pending }: Standing, begun: Set<string>): Fact | undefined {
  const call = pending.find(
    (one) => one.kind === "call" && begun.delete(`${one.name} ${one.attempt}`),
  );
  return call && { kind: "interrupted", ...askedBy(call) };
}

/** When a wait began that a record tells of; undefined where it tells of none, or of another. */
export function armedIn(record: LedgerRecord, { name }: Asking): string | undefined {
  const began = record.type === "timer" || record.type === "retry";
  if (!began || record.node !== name) return undefined;
  return readInstant(record.since) === undefined ? undefined : record.since;
}

/**
 * What was told of a command that is pending, by the record that came of it; undefined where it can
 * have come of none of them.
 */
export function toldIn(
  record: LedgerRecord,
  { execution, pending }: Standing,
  { program, sealer }: { readonly program: Program; readonly sealer: Sealer },
): Fact | undefined {
  const node = "node" in record ? record.node : null;
  const asked = pending.find(({ name }) => name === node);
  const fact = asked && factIn(record, asked, sealer);
  if (fact?.kind !== "signalled") return fact;
  // The machine relies on it that only what counts is told.
  return refusalOfSignal(program, execution, fact, fact.order) === undefined ? fact : undefined;
}

/** The nodes whose answers are waited for, in words. */
export function awaitedIn({ pending }: Standing): string {
  return pending.map(({ name }) => name).join(", ");
}

function factIn(record: LedgerRecord, asked: PendingCommand, sealer: Sealer): Fact | undefined {
  const by = askedBy(asked);
  if (asked.kind === "call") {
    if (record.type === "attempted") return { kind: "interrupted", ...by };
    if (record.type !== "external" && record.type !== "retry") return undefined;
    return { kind: "answered", ...by, answer: callAnswerIn(record, sealer) };
  }
  if (record.type === "signal") return { kind: "signalled", ...by, order: orderIn(record, sealer) };
  if (record.type === "attempted" || record.type === "node") return { kind: "elapsed", ...by };
  return undefined;
}

/** To which node and branch a fact belongs that answers a command. */
export function askedBy({ node, branch }: PendingCommand): Pick<PendingCommand, "node" | "branch"> {
  return branch === undefined ? { node } : { node, branch };
}

/** What somebody told an execution, in the clear. */
function orderIn(record: LedgerRecord & SignalBody, sealer: Sealer): SignalOrder {
  const { signal, payload, snapshot, tenant, session, principal, caller, policy } = record;
  const opened = clear(sealer.open(payload), record.trace);
  return { signal, payload: opened, snapshot, tenant, session, principal, caller, policy };
}

/** The order that a record tells of; undefined where the sealed graph has no way for it. */
export function cancelIn(
  program: Program,
  node: number,
  { reason, snapshot, tenant, session, principal, caller, policy }: CancelledBody,
): CancelFact | undefined {
  const { graph } = program;
  if (cancelTargetOf(graph, nodeAt(graph, node)) === undefined) return undefined;
  const order = { reason, snapshot, tenant, session, principal, caller, policy };
  return { kind: "cancel", node, order };
}

/** What of a recorded answer no node of the graph gives. */
export interface Misfit {
  /** A JSON Pointer. */
  readonly field: string;
  readonly expected: Json;
  readonly found: string;
}

/**
 * Why the machine must not be told what a record says: it relies on the sealed graph and on the
 * language's own contract of stores, and a record may come from another hand. Undefined where it
 * may be told; what it then makes of it is compared.
 */
export function misfitIn(
  program: Program,
  at: number,
  { record, answer }: { readonly record: StepRecord; readonly answer: Answer },
): Misfit | undefined {
  const node = nodeAt(program.graph, at);
  if (!("outcomes" in node)) return undefined;
  const { outcome } = record;
  const schema = Object.hasOwn(node.outcomes, outcome) ? node.outcomes[outcome] : undefined;
  if ("fault" in answer || schema === undefined) {
    // Whatever the machine made of it would be a FAULT, which not every node has; what undoes an
    // effect leads on by no edge.
    if (node.edges.length === 0 || targetOf(node, "FAULT") !== undefined) return undefined;
    const found = `\`${node.name}\` gives no`;
    return schema === undefined
      ? { field: "/outcome", expected: outcome, found: `${found} ${outcome}` }
      : { field: "/output", expected: null, found: `${found} ${outcome} without an output` };
  }
  if (node.kind !== "effect") return undefined;
  const [problem] = program.fits(schema, answer.output) ?? [];
  if (problem === undefined) return undefined;
  const found = `does not fit its schema: ${problem.message}`;
  return { field: `/output${problem.pointer}`, expected: null, found };
}

/** The answer that a call's record holds, in the clear. */
export function callAnswerIn(
  record: LedgerRecord & (ExternalBody | RetryBody),
  sealer: Sealer,
): CallAnswer {
  const { outcome, reason } = record;
  const unknown = (outcome === "TIMEOUT" || outcome === "IN_DOUBT") && reason !== undefined;
  return unknown ? { unknown: reason } : answerIn(record, sealer).answer;
}

/** The answer that a record holds, in the clear; and its output as it stands there. */
export function answerIn(
  record: StepRecord | (LedgerRecord & RetryBody),
  sealer: Sealer,
): { answer: Answer; output?: Json } {
  const { outcome, output, reason } = record;
  if (output === undefined) {
    const fault = reason ?? { code: "fault/unknown", message: "the record gives no reason" };
    return { answer: { fault } };
  }
  return { answer: { outcome, output: clear(sealer.open(output), record.trace) }, output };
}

/** A recorded value in the clear. Without its key an execution cannot go on. */
export function clear(opened: Opened, trace: string): Json {
  if ("value" in opened) return opened.value;
  const keys = opened.erased.map((key) => `\`${key}\``).join(", ");
  const message = `trace \`${trace}\` holds values that the key ${keys} does not open`;
  throw new Refusal("evidence", "sealing/erased", message);
}

/** A record without what the ledger added to it. */
export function bodyOf(record: LedgerRecord): Json {
  const { n: _n, trace: _t, seq: _s, at: _a, prev: _p, hash: _h, ...body } = record;
  return body as unknown as Json;
}

function diverged(record: MachineRecord, why: string): never {
  throw new Refusal(
    "evidence",
    "ledger/diverged",
    `record ${record.seq} of trace \`${record.trace}\`, node \`${record.node}\`: ${why}`,
    { hint: "Replay the trace in full mode to see where it differs." },
  );
}
