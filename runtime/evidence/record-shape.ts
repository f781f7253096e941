/**
 * The members that a reader of records relies on, by type. A line whose hash is its own may still
 * come from another hand; nothing behind this check meets a member of another form.
 */
import { isDigest } from "../../protocol/language/digest.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import {
  type LedgerRecord,
  RECORD_FORMAT,
  type RecordType,
} from "../../protocol/language/records.ts";
import { allowing, caller, denyingOrNone, misgoverned } from "./governed-shape.ts";
import {
  anything,
  artifact,
  type Check,
  count,
  flag,
  given,
  intentType,
  keyOrNull,
  lasting,
  notNegative,
  objectOrNull,
  only,
  optional,
  positive,
  principal,
  someText,
  tenant,
  text,
  textOrNull,
  texts,
  trace,
  traceOrNull,
} from "./member-checks.ts";
import { misreasoned } from "./reason-codes.ts";

type Members = readonly (readonly [name: string, check: Check])[];

const problem: Check = (value) =>
  isObject(value) && only(value, 2) && text(value.pointer) && text(value.message);
const problems: Check = (value) => Array.isArray(value) && value.every(problem);
const reason: Check = (value) =>
  isObject(value) &&
  text(value.code) &&
  text(value.message) &&
  (value.problems === undefined ? only(value, 2) : only(value, 3) && problems(value.problems));
const token: Check = (value) =>
  value === null ||
  (isObject(value) && only(value, 2) && someText(value.issuer) && isDigest(value.sha256));
const cause: Check = (value) =>
  isObject(value) && only(value, 2) && text(value.store) && positive(value.position);

const distinctTexts: Check = (value) =>
  texts(value) && new Set(value as readonly Json[]).size === (value as readonly Json[]).length;
const someNames: Check = (value) => texts(value) && (value as readonly Json[]).length > 0;

/** RFC 3339, UTC, milliseconds. */
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/;
const DAY_CHARS = 10;
/** Days that were found to be real: the records of a ledger share a few. */
const DAYS = new Set<string>();
const DAYS_MAX = 4_096;

/** A time that a clock can show: there is no 30th of February, whatever a parser makes of it. */
export const isTime: Check = lasting(
  (value) => typeof value === "string" && TIME.test(value) && isDay(value.slice(0, DAY_CHARS)),
);
const isTrace: Check = lasting(trace);

function isDay(day: string): boolean {
  if (DAYS.has(day)) return true;
  const ms = Date.parse(`${day}T00:00:00.000Z`);
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(day)) return false;
  if (DAYS.size >= DAYS_MAX) DAYS.clear();
  DAYS.add(day);
  return true;
}

/** Of every record that begins a trace on somebody's behalf. */
const BEGUN: Members = [
  ["format", (value) => value === RECORD_FORMAT],
  ["epoch", positive],
  ["flushed", notNegative],
  ["snapshot", lasting(isDigest)],
  ["engine", text],
];

/** On whose behalf. */
const WHO: Members = [
  ["tenant", lasting(tenant)],
  ["session", lasting(traceOrNull)],
  ["principal", lasting(principal)],
  ["caller", lasting(caller)],
];
const WHO_ALONE: Members = WHO.filter(([name]) => name !== "session");

const MEMBERS: Readonly<Record<RecordType, Members>> = {
  opened: [
    ...BEGUN,
    ["workflow", lasting(artifact)],
    ["intent", lasting(intentType)],
    ...WHO,
    ["idempotency_key", keyOrNull],
    ["policy", lasting(allowing)],
    ["payload", given],
    ["started_at", isTime],
    ["cause", optional(cause)],
    ["clock_behind_ms", optional(positive)],
    ["changed_capabilities", optional(someNames)],
  ],
  refused: [
    ...BEGUN,
    ["code", text],
    ["message", text],
    ["intent", intentType],
    ["workflow", (value) => value === null || artifact(value)],
    ...WHO,
    ["idempotency_key", keyOrNull],
    ["policy", denyingOrNone],
    ["context", objectOrNull],
    ["cause", optional(cause)],
  ],
  session: [
    ...BEGUN,
    ...WHO_ALONE,
    ["policy", allowing],
    ["expires_at", isTime],
    ["token", token],
    ["secret_sha256", isDigest],
  ],
  "session-ended": [...BEGUN, ...WHO, ["policy", allowing], ["ended", trace]],
  boot: [...BEGUN, ["configuration", isDigest], ["like", trace]],
  cancelled: [
    ["snapshot", isDigest],
    ...WHO,
    ["policy", allowing],
    ["reason", textOrNull],
    ["node", text],
    ["in_doubt", flag],
    ["to", text],
  ],
  node: [
    ["node", text],
    ["outcome", text],
    ["output", anything],
    ["to", text],
    ["row", optional(count)],
    ["reason", optional(reason)],
  ],
  effect: [
    ["node", text],
    ["tenant", tenant],
    ["store", text],
    ["operation", text],
    ["key", optional(text)],
    ["value", anything],
    ["version", optional(positive)],
    ["from", optional(positive)],
    ["limit", optional(positive)],
    ["outcome", text],
    ["output", anything],
    ["to", text],
    ["reason", optional(reason)],
    ["compensates", optional(someText)],
  ],
  attempted: [
    ["node", text],
    ["effect", text],
    ["operation", text],
    ["idempotency_key", text],
    ["attempt", positive],
    ["input", given],
  ],
  external: [
    ["node", text],
    ["effect", text],
    ["operation", text],
    ["attempt", positive],
    ["outcome", text],
    ["output", anything],
    ["to", text],
    ["reason", optional(reason)],
    ["compensates", optional(someText)],
  ],
  retry: [
    ["node", text],
    ["effect", text],
    ["operation", text],
    ["attempt", positive],
    ["outcome", text],
    ["output", anything],
    ["reason", optional(reason)],
    ["since", isTime],
    ["until", isTime],
  ],
  timer: [
    ["node", text],
    ["since", isTime],
    ["until", isTime],
    ["signals", distinctTexts],
  ],
  signal: [
    ["snapshot", isDigest],
    ...WHO,
    ["policy", allowing],
    ["node", text],
    ["signal", someText],
    ["payload", given],
  ],
  migrated: [...WHO, ["policy", allowing], ["from", isDigest], ["to_snapshot", isDigest]],
  closed: [
    ["exit", text],
    ["outcome", text],
    ["result", given],
    ["fault", flag],
    ["records", count],
    ["fingerprint", isDigest],
  ],
  cut: [
    ["segment", text],
    ["offset", count],
    ["bytes", count],
    ["sha256", isDigest],
    ["aside", text],
  ],
};

/** Every record has these: n, trace, seq, at, type, prev, hash. */
const COMMON = new Set(["n", "trace", "seq", "at", "type", "prev", "hash"]);

/** The name of the first member that is not what a record's type asks for, or that it has not. */
export function wrongMember(record: LedgerRecord): string | undefined {
  if (!isTrace(record.trace)) return "trace";
  if (!isTime(record.at)) return "at";
  const members = Object.hasOwn(MEMBERS, record.type) ? MEMBERS[record.type] : undefined;
  if (members === undefined) return "type";
  const values = record as unknown as JsonObject;
  let known = COMMON.size;
  for (const [name, check] of members) {
    // JSON lends no value another prototype, and the usual one has none of these names.
    const value = values[name];
    if (!check(value)) return name;
    if (value !== undefined) known += 1;
  }
  const names = Object.keys(values);
  if (names.length !== known) return unknownName(names, members);
  // Nothing is on the disk before it was written.
  if ("flushed" in record && record.flushed >= record.n) return "flushed";
  return misgoverned(record) ?? misreasoned(record);
}

function unknownName(names: readonly string[], members: Members): string | undefined {
  return names.find((name) => !COMMON.has(name) && members.every(([known]) => known !== name));
}
