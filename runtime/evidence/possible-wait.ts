/**
 * What a branch that waits may be told: the answer of a call or another attempt at it, what somebody
 * says who may, that time is up. Times are held against what was sealed and against the times of the
 * records; a wait until a time in the data is held against the data by a full replay.
 */
import type {
  AwaitedSignal,
  AwaitNode,
  ExternalNode,
  Retry,
} from "../../protocol/language/graph.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type {
  AttemptedBody,
  ExternalBody,
  LedgerRecord,
  NodeBody,
  OpenedBody,
  RetryBody,
  SignalBody,
  TimerBody,
} from "../../protocol/language/records.ts";
import { instantOf, readInstant } from "../machine/instants.ts";
import { misplacedCall } from "./call-order.ts";
import { isSameInClear, readOfPayload } from "./clear-value.ts";
import type { Live, Speaker } from "./live-branch.ts";
import { unknownOf, wrongCall } from "./possible-step.ts";

type At<Body> = LedgerRecord & Body;

/** Takes an attempt at a call, or says why it cannot be made. */
export function takeAttempt(
  live: Live,
  node: ExternalNode,
  record: At<AttemptedBody>,
): string | undefined {
  const again = live.call?.type === "attempted";
  const wrong =
    wrongCall(node, record) ??
    misplacedCall(live.call, record, live.first) ??
    (again && node.repeat === "unsafe" ? repeated(node, record) : undefined);
  if (wrong === undefined) {
    live.call = record;
    live.first ??= record;
  }
  return wrong;
}

function repeated({ name }: ExternalNode, { attempt }: AttemptedBody): string {
  return `\`${name}\` must not be repeated, and attempt ${attempt} was made`;
}

/** Takes what came of an attempt after which another is made, or says why none can be. */
export function takeRetry(
  live: Live,
  { node, before }: { readonly node: ExternalNode; readonly before: string },
  record: At<RetryBody>,
): string | undefined {
  const wrong =
    wrongCall(node, record) ??
    misplacedCall(live.call, record) ??
    wrongSince(record, before) ??
    wrongRetry(node, record);
  if (wrong === undefined) live.call = record;
  return wrong;
}

/** A wait begins when its record is made: not behind it, and not before what stands before it. */
function wrongSince({ since, at }: At<RetryBody | TimerBody>, before: string): string | undefined {
  if (since > at) return `the wait begins at ${since}, after the record`;
  return since < before
    ? `the wait begins at ${since}, and the record before it is of ${before}`
    : undefined;
}

function wrongRetry({ name, retry }: ExternalNode, record: At<RetryBody>): string | undefined {
  const { outcome, attempt, until, since } = record;
  if (retry === undefined) return `\`${name}\` is not tried again`;
  if (!retry.outcomes.includes(outcome)) return `\`${name}\` is not tried again after ${outcome}`;
  if (attempt >= retry.attempts) {
    return `\`${name}\` is tried ${retry.attempts} times, and ${attempt} went before`;
  }
  const due = later(since, waitMs(retry, attempt));
  return until === due ? undefined : `the next attempt is due at ${due}, not at ${until}`;
}

/** How long is waited after an attempt. */
function waitMs({ waitMs, factor, waitMaxMs }: Retry, attempt: number): number {
  return Math.round(Math.min(waitMs * factor ** (attempt - 1), waitMaxMs));
}

/** A time so many milliseconds after another. */
function later(since: string, afterMs: number): string {
  return instantOf(Date.parse(since) + afterMs);
}

/** Why a call cannot have been answered like this; its outcome has an edge. */
export function wrongAnswer(
  live: Live,
  node: ExternalNode,
  record: At<ExternalBody>,
): string | undefined {
  const misplaced = misplacedCall(live.call, record);
  if (misplaced !== undefined) return misplaced;
  const { retry } = node;
  const { outcome, attempt, reason } = record;
  if (outcome === other(unknownOf(node)) && reason !== undefined) {
    return `\`${node.name}\` has no outcome \`${outcome}\``;
  }
  if (retry?.outcomes.includes(outcome) && attempt < retry.attempts) {
    return `after ${outcome} \`${node.name}\` is tried again: ${attempt} of ${retry.attempts} went before`;
  }
  return undefined;
}

function other(unknown: string): string {
  return unknown === "TIMEOUT" ? "IN_DOUBT" : "TIMEOUT";
}

/** Takes the beginning of a wait, or says why it is none of the node's. */
export function takeTimer(
  live: Live,
  { node, opened, before }: Coming<AwaitNode> & { readonly before: string },
  record: At<TimerBody>,
): string | undefined {
  const { since, until, signals } = record;
  if (live.timer !== undefined) return `\`${record.node}\` waits already`;
  const names = node.signals.map(([name]) => name);
  if (names.join(" ") !== signals.join(" ")) {
    return `\`${node.name}\` waits for ${listed(names)}, not for ${listed(signals)}`;
  }
  const wrong = wrongSince(record, before) ?? wrongUntil(node, { since, opened }, until);
  if (wrong === undefined) live.timer = record;
  return wrong;
}

/** A node, and how the execution began that has come to it. */
interface Coming<Node> {
  readonly node: Node;
  readonly opened: OpenedBody;
}

function wrongUntil(
  { limit }: AwaitNode,
  { since, opened }: { readonly since: string; readonly opened: OpenedBody },
  until: string,
): string | undefined {
  if ("afterMs" in limit) {
    const due = later(since, limit.afterMs);
    return due === until ? undefined : `time is up at ${due}, not at ${until}`;
  }
  const told = readOfPayload(limit.until, opened.payload);
  const moment = typeof told === "string" ? readInstant(told) : undefined;
  if (moment !== undefined && instantOf(moment) !== until) {
    return `time is up at ${instantOf(moment)}, not at ${until}`;
  }
  const last = later(opened.started_at, LIMITS.waitMsMax);
  return until <= last ? undefined : `nothing is waited for after ${last}, and this until ${until}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing but time" : names.map((name) => `\`${name}\``).join(", ");
}

/** Takes what somebody said, or says why nobody waits for that. */
export function takeSignal(
  live: Live,
  { node, opened }: Coming<AwaitNode>,
  record: At<SignalBody>,
): string | undefined {
  if (live.timer === undefined) return `\`${record.node}\` does not wait yet`;
  const [, signal] = node.signals.find(([name]) => name === record.signal) ?? [];
  if (signal === undefined) return `\`${record.node}\` does not wait for \`${record.signal}\``;
  if (live.enough !== undefined) return `\`${live.enough}\` was enough for \`${record.node}\``;
  if (record.at >= live.timer.until) {
    return `time was up at ${live.timer.until}, and \`${record.signal}\` was said at ${record.at}`;
  }
  live.said ??= new Map();
  const said = live.said.get(record.signal) ?? [];
  const wrong = wrongPerson(signal, { said, opened }, record);
  if (wrong !== undefined) return wrong;
  said.push({ principal: record.principal, isOperator: isByOperator(record) });
  live.heard = record.payload;
  live.said.set(record.signal, said);
  if (said.length >= signal.people) live.enough = record.signal;
  return undefined;
}

function wrongPerson(
  { notRequester }: AwaitedSignal,
  { said, opened }: { readonly said: readonly Speaker[]; readonly opened: OpenedBody },
  record: SignalBody,
): string | undefined {
  const { principal, signal, tenant } = record;
  if (tenant !== opened.tenant)
    return `\`${opened.tenant}\` asked, and \`${tenant}\` says \`${signal}\``;
  const shell = isByOperator(record);
  const named = said.some((one) => one.principal === principal);
  if (named) return `\`${principal}\` has said \`${signal}\` before`;
  const other = shell ? said.find(({ isOperator }) => isOperator) : undefined;
  if (other !== undefined) {
    return `\`${principal}\` is the operator, who has said \`${signal}\` before, as \`${other.principal}\``;
  }
  if (!notRequester) return undefined;
  if (principal === opened.principal) {
    return `\`${principal}\` asked for it, and may not say \`${signal}\``;
  }
  return shell && isByOperator(opened)
    ? `\`${principal}\` is the operator, who asked for it as \`${opened.principal}\`, and may not say \`${signal}\``
    : undefined;
}

/** All operators are one person, whatever each is called. */
function isByOperator({ caller }: SignalBody | OpenedBody): boolean {
  return caller.identity === "operator";
}

/** Why a wait cannot have ended like this; its outcome has an edge. */
export function wrongWaitEnd(
  live: Live,
  node: AwaitNode,
  record: At<NodeBody>,
): string | undefined {
  const { outcome, at, output } = record;
  if (outcome === "VIOLATION") {
    return live.timer === undefined ? undefined : `\`${record.node}\` waits already`;
  }
  if (live.timer === undefined) return `\`${record.node}\` has not begun to wait`;
  if (outcome !== node.elapsed) {
    if (live.enough !== outcome) return `not enough people said \`${outcome}\``;
    const said = (live.said?.get(outcome) ?? []).map(({ principal }) => principal);
    return wrongTold(output ?? null, { outcome, said, payload: live.heard ?? null });
  }
  if (live.enough !== undefined) return `\`${live.enough}\` was enough for \`${record.node}\``;
  if (output !== undefined) return `nobody said anything that \`${outcome}\` could tell`;
  return at < live.timer.until ? `time is up at ${live.timer.until}, not at ${at}` : undefined;
}

/** Why what a wait gives is not what was said there last, and by whom. */
function wrongTold(
  output: Json,
  {
    outcome,
    said,
    payload,
  }: {
    readonly outcome: string;
    readonly said: readonly string[];
    readonly payload: Json;
  },
): string | undefined {
  const told = member(output, "principals");
  const same = Array.isArray(told) && told.join("\n") === said.join("\n");
  if (!same || member(output, "principal") !== said.at(-1)) {
    return `\`${outcome}\` was said by ${listed(said)}`;
  }
  return isSameInClear(member(output, "payload") ?? null, payload)
    ? undefined
    : `\`${outcome}\` was said with another payload`;
}
