/**
 * A world of its own for executions of random graphs: stores, the outside and people answer by
 * dice, the same question always the same, in an order that other dice choose. What was recorded is
 * kept, with the execution as it stood at each pause.
 */

import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import type {
  Caller,
  CancelledBody,
  LedgerRecord,
  MachineRecord,
} from "../../../protocol/language/records.ts";
import { BEGINNING, drive, type Host, type Pause, type Standing } from "../../../runtime/driver.ts";
import { sealedBody } from "../../../runtime/execution.ts";
import { isCancellable } from "../../../runtime/machine/abandon.ts";
import { refusalOfSignal } from "../../../runtime/machine/await.ts";
import { instantOf } from "../../../runtime/machine/instants.ts";
import type {
  Answer,
  CallAnswer,
  CancelOrder,
  Fact,
  FinishCommand,
  PendingCommand,
  Program,
  RecordCommand,
  SignalOrder,
} from "../../../runtime/machine/program.ts";
import { askedBy, clear, playback } from "../../../runtime/playback.ts";
import { KEY_BYTES, sealingKey } from "../../../runtime/sealing/cipher.ts";
import { type Sealer, sealerOf } from "../../../runtime/sealing/sealer.ts";
import { type Dice, diceOf, oneOf } from "./forked-graph.ts";

export const BEGUN_MS = 1_790_000_000_000;

export const CONTEXT: JsonObject = Object.freeze({
  trace_id: "t1",
  tenant: "default",
  principal: "p0",
  session: null,
  started_at: instantOf(BEGUN_MS),
});

export const ACCEPTED = Object.freeze({
  ...{ kind: "accepted", identity: "operator" },
  payload: 7,
  context: CONTEXT,
}) satisfies Fact;

const KEY = sealingKey("default/t1", new Uint8Array(KEY_BYTES).fill(7));

export const SEALER: Sealer = sealerOf({ find: () => KEY, obtain: () => KEY }, "default", "t1");

/** A recorded value in the clear. */
export function clearOf(value: Json): Json {
  return clear(SEALER.open(value), "t1");
}

const BY = Object.freeze({
  snapshot: "0".repeat(64),
  tenant: "default",
  session: null,
  caller: { identity: "operator", roles: [], attributes: {} },
  policy: { decision: "allow", unmet: null, rulings: [], seen: {} },
}) as unknown as Omit<CancelOrder, "principal" | "reason">;

/** Somebody who is known by a token. */
export const BEARER: Caller = Object.freeze({ identity: "token", roles: [], attributes: {} });

export const CANCEL: CancelOrder = Object.freeze({ ...BY, principal: "p9", reason: null });

/** A pause: how many records had been made, and how the execution stood. */
export interface Stood {
  readonly records: number;
  readonly standing: Standing;
  /** What it was told next; absent at the last one. */
  fact?: Fact;
}

export interface History {
  readonly records: readonly MachineRecord[];
  readonly stood: readonly Stood[];
  readonly finish: FinishCommand;
}

export interface Going {
  readonly program: Program;
  /** How the world answers, and in which order it is asked. */
  readonly answers: number;
  readonly order: number;
  /** Ended by an order at this pause, where it can be. */
  readonly cancelAt?: number;
  /** Records of a former life. */
  readonly recorded?: readonly MachineRecord[];
}

/** More facts than any of the graphs can ask for. */
const FACTS_MAX = 5_000;

/** From its beginning, or from its records, to its end. */
export function live(going: Going): History {
  const { program, answers, recorded = [], cancelAt } = going;
  const records = [...recorded];
  const clock = { nowMs: Date.parse(recorded.at(-1)?.at ?? instantOf(BEGUN_MS)) };
  const host = hostOf(answers, records, clock);
  const driven = {
    program,
    host:
      recorded.length === 0 ? host : playback({ program, recorded, sealer: SEALER, live: host }),
  };
  const dice = diceOf(going.order);
  const stood: Stood[] = [];
  let pause: Pause = drive(driven, BEGINNING, ACCEPTED);
  for (let facts = 0; facts < FACTS_MAX; facts += 1) {
    if (pause.kind === "finished") return { records, stood, finish: pause.command };
    const standing: Standing = pause;
    const isCancelled = facts === cancelAt && isCancellable(program, standing.execution);
    const fact = isCancelled
      ? cancelOf(standing)
      : factOf(program, standing, { answers, dice, clock });
    stood.push({ records: records.length, standing, fact });
    pause = drive(driven, standing, fact);
  }
  throw new Error(`it has not ended after ${FACTS_MAX} facts`);
}

/** The ledger's time: it goes on with each record, and up to what is waited for. */
interface WorldClock {
  nowMs: number;
}

function hostOf(answers: number, records: MachineRecord[], clock: WorldClock): Host {
  return {
    invoke: ({ name }) => answerOf(diceFor(answers, name), name, ["SUCCESS", "SUCCESS", "ODD"]),
    commit: ({ name, operation }) => {
      const undoing = operation === "REMOVE" ? ["SUCCESS", "NOT_FOUND"] : ["SUCCESS"];
      return answerOf(diceFor(answers, name), name, undoing);
    },
    arm: () => instantOf(clock.nowMs),
    record(command) {
      clock.nowMs += 1;
      records.push(recordOf(command, records.length, clock));
    },
    next: () => undefined,
  };
}

/** A record as the ledger would hold it, but for the chain. */
function recordOf(command: RecordCommand, before: number, { nowMs }: WorldClock): MachineRecord {
  const body = sealedBody(command, SEALER, undefined);
  const n = before + 2;
  const at = instantOf(nowMs);
  const digest = "0".repeat(64);
  const place = { n, trace: "t1", seq: n, at, prev: digest, hash: digest };
  return { ...place, ...structuredClone(body) } as unknown as MachineRecord;
}

function diceFor(seed: number, text: string): Dice {
  let hash = seed;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  const dice = diceOf(hash);
  dice();
  return dice;
}

/** Now and then an answer that no contract has. */
function answerOf(dice: Dice, name: string, outcomes: readonly string[]): Answer {
  const odd = dice();
  if (odd < 0.03) return { fault: { code: "fault/threw", message: "no" } };
  if (odd < 0.05) return { outcome: "constructor", output: [] };
  return { outcome: oneOf(dice, outcomes), output: { id: name } };
}

function factOf(
  program: Program,
  standing: Standing,
  { answers, dice, clock }: { readonly answers: number; readonly dice: Dice; clock: WorldClock },
): Fact {
  const asked = oneOf(dice, standing.pending);
  const by = askedBy(asked);
  if (asked.kind === "call") {
    const answer = callAnswerOf(diceFor(answers, `${asked.name} ${asked.attempt}`), asked.name);
    return { kind: "answered", ...by, answer };
  }
  const untilMs = Date.parse(asked.until);
  const order = clock.nowMs < untilMs ? orderOf(dice, asked) : undefined;
  const counts =
    order !== undefined && refusalOfSignal(program, standing.execution, asked, order) === undefined;
  if (counts) return { kind: "signalled", ...by, order };
  clock.nowMs = Math.max(clock.nowMs, untilMs);
  return { kind: "elapsed", ...by };
}

function callAnswerOf(dice: Dice, name: string): CallAnswer {
  if (dice() < 0.15) return { unknown: { code: "unknown/elapsed", message: "none came" } };
  return answerOf(dice, name, ["DONE", "DONE", "DONE", "DECLINED", "BUSY", "BUSY"]);
}

function orderOf(
  dice: Dice,
  { signals }: PendingCommand & { readonly kind: "wait" },
): SignalOrder | undefined {
  if (signals.length === 0 || dice() < 0.2) return undefined;
  const principal = `p${Math.floor(dice() * 5)}`;
  const caller = dice() < 0.4 ? BY.caller : BEARER;
  return {
    ...BY,
    caller,
    principal,
    signal: oneOf(dice, signals),
    payload: { because: principal },
  };
}

export function cancelOf({ execution }: Standing): Fact {
  if (execution.status !== "waiting" && execution.status !== "forked") {
    throw new Error("it stands somewhere");
  }
  return { kind: "cancel", node: execution.at, order: CANCEL };
}

export type Cancelled = LedgerRecord & CancelledBody;
