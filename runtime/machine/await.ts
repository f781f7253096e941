/**
 * Nodes that wait: for one of their signals until a deadline, or for a time. What time it is, that
 * time is up and what is said are all told; who says it counts once for each signal.
 */
import {
  type AwaitedSignal,
  type AwaitNode,
  CONTEXT_SLOT,
  type SealedPlace,
} from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { momentOf } from "./attempt.ts";
import { bind, Unbound } from "./bind.ts";
import { nodeAt } from "./edges.ts";
import { missing, Violation, violate } from "./inputs.ts";
import { instantOf, readInstant } from "./instants.ts";
import { isSamePerson, personOf, requesterIn } from "./people.ts";
import type {
  Branch,
  Execution,
  Person,
  Program,
  Said,
  SignalOrder,
  Wait,
  Waiting,
  Walk,
} from "./program.ts";
import { reason } from "./reasons.ts";
import { nodeRecord, signalRecord, timerRecord } from "./record.ts";
import { ask, nameOf, takenBy } from "./told.ts";
import { overweight } from "./weigh.ts";

/** Comes to a node that waits: asks what time it is. */
export function visitAwait(going: Walk, node: AwaitNode, at: number): number | Waiting {
  const until = "until" in node.limit ? untilOf(going, node.limit.until) : null;
  if (until instanceof Violation) return violate(going, node, until);
  ask(going, { kind: "arm", node: at, name: nameOf(going, node) });
  const { slots, done } = going;
  const wait: Wait = { kind: "arming", told: null };
  return { status: "waiting", at, input: until, slots, attempt: 0, done, wait, undoing: null };
}

/** A time in the data, in UTC; no later than may be waited for after the execution began. */
function untilOf(
  going: Walk,
  binding: Extract<AwaitNode["limit"], { readonly until: unknown }>["until"],
): string | Violation {
  const value = bind(binding, going.slots);
  if (value instanceof Unbound) return missing(going, value);
  const moment = typeof value === "string" ? readInstant(value) : undefined;
  if (moment === undefined) {
    return unfit("violation/unfit-time", "expected a date and time, as in RFC 3339");
  }
  const begun = readInstant(String(member(going.slots[CONTEXT_SLOT], "started_at")));
  invariant(begun !== undefined, "an execution knows when it began");
  if (moment <= begun + LIMITS.waitMsMax) return instantOf(moment);
  const days = LIMITS.waitMsMax / 86_400_000;
  return unfit(
    "violation/too-far",
    `expected a time within ${days} days of the execution's beginning`,
  );
}

function unfit(code: string, message: string): Violation {
  return new Violation(reason(code, message, { confidential: false }));
}

/** Writes down that the wait begins, and until when. */
export function armAwait(going: Walk, node: AwaitNode, waiting: Waiting, now: string): Waiting {
  const { limit } = node;
  const until = "afterMs" in limit ? instantOf(momentOf(now) + limit.afterMs) : waiting.input;
  invariant(typeof until === "string", "a time in the data was bound before");
  const signals = node.signals.map(([name]) => name);
  going.commands.push(timerRecord(nameOf(going, node), { since: now, until, signals }));
  return listen(going, node, { waiting, until, said: [] });
}

function listen(
  going: Walk,
  node: AwaitNode,
  stand: { readonly waiting: Waiting; readonly until: string; readonly said: readonly Said[] },
): Waiting {
  const { waiting, until, said } = stand;
  const signals = node.signals.map(([name]) => name);
  ask(going, { kind: "wait", node: waiting.at, name: nameOf(going, node), until, signals });
  return { ...waiting, wait: { kind: "until", until, told: null, said } };
}

/** Time is up. */
export function elapse(going: Walk, node: AwaitNode): number {
  const to = takenBy(going, node, node.elapsed);
  const found = { outcome: node.elapsed, to: to.name };
  going.commands.push(nodeRecord(nameOf(going, node), found));
  return to.index;
}

/** Writes down what was said; once it is enough, that the wait is over. */
export function hearSignal(
  going: Walk,
  node: AwaitNode,
  { waiting, order }: { readonly waiting: Waiting; readonly order: SignalOrder },
): number | Waiting {
  const { wait } = waiting;
  invariant(wait?.kind === "until", "a signal comes to a node that waits for one");
  const refusal = refusalAt(going, node, { wait, order });
  invariant(refusal === undefined, `only what counts is heard: ${refusal?.message}`);
  const { signal: name } = order;
  const signal = signalOf(node, name);
  invariant(signal !== undefined, "a signal that counts is awaited");
  const said = [...wait.said, { signal: name, by: personOf(order) }];
  going.commands.push(signalRecord(nameOf(going, node), order, signal.seal));
  const output = outputOf(said, order);
  if (output.principals.length < signal.people) {
    return listen(going, node, { waiting, until: wait.until, said });
  }
  const to = takenBy(going, node, name);
  going.slots[node.slot] = output;
  const found = { outcome: name, output, to: to.name };
  going.commands.push(nodeRecord(nameOf(going, node), found, sealOf(signal)));
  return to.index;
}

function signalOf({ signals }: AwaitNode, name: string): AwaitedSignal | undefined {
  return signals.find(([known]) => known === name)?.[1];
}

/** What the node gives once it is enough; `principals` in the order in which they said so. */
function outputOf(
  said: readonly Said[],
  { signal, payload, principal }: SignalOrder,
): { readonly payload: Json; readonly principal: string; readonly principals: readonly string[] } {
  const who = said.filter((one) => one.signal === signal).map((one) => one.by.principal);
  return Object.freeze({ payload, principal, principals: Object.freeze(who) });
}

function sealOf({ seal }: AwaitedSignal): readonly SealedPlace[] {
  return seal.map(({ path, labels }) => ({ path: ["payload", ...path], labels }));
}

/** Why a signal does not count; in words that hold nothing of its payload. */
export interface SignalRefusal {
  readonly code:
    | "signal/not-awaited"
    | "signal/said-already"
    | "signal/requester"
    | "signal/unfit-payload"
    | "signal/too-large";
  readonly message: string;
  readonly problems?: readonly Problem[];
}

/**
 * Why an execution must not be told what somebody says; undefined where it may be. The machine is
 * told nothing else, and a record that tells of more is none of ours.
 */
export function refusalOfSignal(
  program: Program,
  execution: Execution,
  { branch, node: at }: { readonly branch?: Branch | undefined; readonly node: number },
  order: SignalOrder,
): SignalRefusal | undefined {
  const waiting = waitingIn(execution, branch ?? []);
  const node = waiting && waiting.at === at ? nodeAt(program.graph, waiting.at) : undefined;
  if (waiting?.wait?.kind !== "until" || node?.kind !== "await") {
    return { code: "signal/not-awaited", message: "nothing is waited for there" };
  }
  return refusalAt({ program, slots: waiting.slots }, node, { wait: waiting.wait, order });
}

function waitingIn(execution: Execution, branch: Branch): Waiting | undefined {
  const [index, ...within] = branch;
  if (index === undefined) return execution.status === "waiting" ? execution : undefined;
  if (execution.status !== "forked") return undefined;
  const live = execution.live.find((one) => one.index === index);
  return live && waitingIn(live.execution, within);
}

function refusalAt(
  { program, slots }: { readonly program: Program; readonly slots: Waiting["slots"] },
  node: AwaitNode,
  told: { readonly wait: Wait & { readonly kind: "until" }; readonly order: SignalOrder },
): SignalRefusal | undefined {
  const { wait, order } = told;
  const { signal: name, payload } = order;
  const signal = signalOf(node, name);
  if (signal === undefined) {
    return {
      code: "signal/not-awaited",
      message: `\`${node.name}\` does not wait for \`${name}\``,
    };
  }
  const by = personOf(order);
  const requester = signal.notRequester ? requesterIn(program.graph, slots) : undefined;
  if (requester !== undefined && isSamePerson(requester, by)) {
    const message = `${toldOf(requester, by)} asked for the execution`;
    return { code: "signal/requester", message };
  }
  const before = wait.said.find((one) => one.signal === name && isSamePerson(one.by, by));
  if (before !== undefined) {
    const message = `${toldOf(before.by, by)} has said \`${name}\``;
    return { code: "signal/said-already", message };
  }
  const problems = program.fits(signal.payload, payload);
  if (problems !== null) {
    const message = `the payload does not fit what \`${name}\` is told with`;
    return { code: "signal/unfit-payload", message, problems };
  }
  const said = [...wait.said, { signal: name, by }];
  const excess = overweight(outputOf(said, order), sealOf(signal));
  return excess === null ? undefined : { code: "signal/too-large", message: excess };
}

/** Of somebody who is nobody new: by which name it is known, and that it is one. */
function toldOf(known: Person, by: Person): string {
  const { principal } = known;
  return principal === by.principal
    ? `\`${principal}\``
    : `\`${by.principal}\` is the operator, who as \`${principal}\``;
}
