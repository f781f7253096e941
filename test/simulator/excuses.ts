/**
 * Refusals that speak of the work and not of the machine: each is excused where what it claims is so,
 * by the ledger and by what was asked, and nowhere else.
 */
import type { LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import { LONG, TELL } from "./long-graphs.ts";
import { MAIL, SUBSCRIBERS } from "./mail.ts";

/** What was asked for, and by whom. */
export interface Matter {
  readonly tenant: string;
  readonly principal?: string;
  /** That of an execution; of work, the one that it is to have. */
  readonly trace?: string;
  /** Of a session that is to end. */
  readonly session?: string;
  readonly key?: string;
  readonly signal?: string;
  /** Somebody showed a secret that is no session's. */
  readonly forged?: boolean;
}

/** What was so when it was asked, and when it was refused. */
export interface Then {
  /** Records that were on the disk when it was asked. */
  readonly durable: number;
  /** Those that stand now. */
  readonly records: readonly LedgerRecord[];
  /** Whether the runtime was told to close. */
  readonly closing: boolean;
  /** Submissions and errands that wait, this one among them. */
  readonly waiting: number;
  readonly queueMax: number;
  /** How often this trace id was asked for and not refused, this time included. */
  readonly named: number;
}

type Excuse = (matter: Matter, then: Then) => boolean;

type Opened = LedgerRecord & OpenedBody;

function openedOf({ trace, tenant }: Matter, { records }: Then): Opened | undefined {
  const opened = records.find((record) => record.type === "opened" && record.trace === trace);
  return opened?.type === "opened" && opened.tenant === tenant ? opened : undefined;
}

function endOf(trace: string | undefined, { records }: Then): number | undefined {
  return records.find((record) => record.type === "closed" && record.trace === trace)?.n;
}

const hasEnded: Excuse = ({ trace }, then) => endOf(trace, then) !== undefined;

/** It had not ended when it was asked: it may have meanwhile. */
function wasOpen(trace: string | undefined, then: Then): boolean {
  return (endOf(trace, then) ?? Number.POSITIVE_INFINITY) > then.durable;
}

/** It was not there when it was asked, or is somebody else's. */
const isUnknown: Excuse = (matter, then) =>
  (openedOf(matter, then)?.n ?? Number.POSITIVE_INFINITY) > then.durable;

const isNoSession: Excuse = ({ session, tenant, forged }, { records }) =>
  forged === true ||
  (session !== undefined &&
    !records.some(
      (one) => one.type === "session" && one.trace === session && one.tenant === tenant,
    ));

const isUnfinished: Excuse = ({ key, tenant }, then) =>
  then.records.some(
    (record) =>
      record.type === "opened" &&
      record.idempotency_key === key &&
      record.tenant === tenant &&
      wasOpen(record.trace, then),
  );

/** More wait than may: of what is asked, of what is open, and of what is to be delivered. */
const isFull: Excuse = (_, { records, waiting, queueMax }) => {
  const turns = new Set<string>();
  for (const record of records) {
    const { type, trace, n } = record;
    if (type === "opened") turns.add(trace);
    else if (type === "closed") turns.delete(trace);
    else if (type === "effect" && record.store === MAIL) {
      for (const { type: to } of SUBSCRIBERS) turns.add(`${n} to ${to}`);
    }
  }
  return waiting - 1 + turns.size >= queueMax;
};

const isLate: Excuse = ({ trace }, { records }) => {
  const now = records.at(-1)?.at ?? "";
  return records.some((one) => one.type === "timer" && one.trace === trace && one.until <= now);
};

const saidAlready: Excuse = ({ trace, principal }, { records }) =>
  records.some(
    (one) => one.type === "signal" && one.trace === trace && one.principal === principal,
  );

const EXCUSES: Readonly<Record<string, Excuse>> = {
  "trace/exists": ({ trace }, { named }) => trace !== undefined && named > 1,
  "trace/other-tenant": ({ trace, tenant }) =>
    trace !== undefined && (trace.includes(".") ? trace.split(".")[0] : "default") !== tenant,
  "idempotency/unfinished": isUnfinished,
  "runtime/queue-full": isFull,
  "runtime/closed": (_, { closing }) => closing,
  "cancel/unknown": isUnknown,
  "cancel/ended": hasEnded,
  "cancel/undoing": (matter, then) => openedOf(matter, then)?.workflow === LONG.saga,
  "migrate/unknown": (matter, then) => isUnknown(matter, then) || hasEnded(matter, then),
  "session/unknown": isNoSession,
  "signal/unknown": isUnknown,
  "signal/ended": hasEnded,
  "signal/late": isLate,
  "signal/not-awaited": (matter, then) =>
    matter.signal !== TELL || openedOf(matter, then)?.workflow !== LONG.wait,
  "signal/not-waiting": ({ trace }, then) => wasOpen(trace, then),
  "signal/said-already": saidAlready,
};

/** Undefined where a refusal of this code speaks of something else. */
export function excuseFor(code: string): Excuse | undefined {
  return EXCUSES[code];
}
