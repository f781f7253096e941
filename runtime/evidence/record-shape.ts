/**
 * The members that a reader of records relies on, by type. A line whose hash is its own may still
 * come from another hand; nothing behind this check meets a member of another form.
 */
import { isDigest } from "../../protocol/language/digest.ts";
import { isObject, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { isTraceId } from "../../protocol/language/names.ts";
import type { LedgerRecord, RecordType } from "../../protocol/language/records.ts";

type Check = (value: Json | undefined) => boolean;
type Members = readonly (readonly [name: string, check: Check])[];

const text: Check = (value) => typeof value === "string";
const textOrNull: Check = (value) => value === null || text(value);
const count: Check = (value) => Number.isSafeInteger(value);
const notNegative: Check = (value) => count(value) && Number(value) >= 0;
const positive: Check = (value) => count(value) && Number(value) >= 1;
const given: Check = (value) => value !== undefined;
const flag: Check = (value) => typeof value === "boolean";
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const policy: Check = (value) => isObject(value) && text(value.decision) && texts(value.policies);
const problem: Check = (value) => isObject(value) && text(value.pointer) && text(value.message);
const problems: Check = (value) => Array.isArray(value) && value.every(problem);
const reason: Check = (value) =>
  isObject(value) &&
  text(value.code) &&
  text(value.message) &&
  (value.problems === undefined || problems(value.problems));

const MEMBERS: Readonly<Record<RecordType, Members>> = {
  opened: [
    ["format", count],
    ["epoch", count],
    ["flushed", notNegative],
    ["snapshot", isDigest],
    ["engine", text],
    ["workflow", text],
    ["intent", textOrNull],
    ["tenant", text],
    ["session", textOrNull],
    ["principal", text],
    ["idempotency_key", textOrNull],
    ["policy", policy],
    ["payload", given],
    ["started_at", text],
    ["clock_behind_ms", optional(positive)],
    ["changed_capabilities", optional(texts)],
  ],
  node: [
    ["node", text],
    ["outcome", text],
    ["to", text],
    ["row", optional(count)],
    ["reason", optional(reason)],
  ],
  effect: [
    ["node", text],
    ["tenant", text],
    ["store", text],
    ["operation", text],
    ["key", optional(text)],
    ["version", optional(positive)],
    ["from", optional(positive)],
    ["limit", optional(positive)],
    ["outcome", text],
    ["to", text],
    ["reason", optional(reason)],
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
    ["to", text],
    ["reason", optional(reason)],
  ],
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

/** RFC 3339, UTC, milliseconds. */
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

/** The name of the first member that is not what a record's type asks for. */
export function wrongMember(record: LedgerRecord): string | undefined {
  if (!isTraceId(record.trace)) return "trace";
  if (!TIME.test(record.at)) return "at";
  const members = Object.hasOwn(MEMBERS, record.type) ? MEMBERS[record.type] : undefined;
  if (members === undefined) return "type";
  const values = record as unknown as JsonObject;
  for (const [name, check] of members) if (!check(values[name])) return name;
  // Nothing is on the disk before it was written.
  return record.type === "opened" && record.flushed >= record.n ? "flushed" : undefined;
}
