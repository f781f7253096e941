/**
 * The members that each kind of record must have. A line whose hash is right may still have been
 * written by a forger: what is read is believed only as far as this file checks it.
 */
import { isDigest } from "../../protocol/language/digest.ts";
import { isObject } from "../../protocol/language/json.ts";
import { isTraceId, splitName } from "../../protocol/language/names.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const nullOrText: Check = (value) => value === null || text(value);
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === "boolean";
const json: Check = (value) => value !== undefined;
const workflow: Check = (value) => typeof value === "string" && splitName(value) !== undefined;
const policy: Check = (value) => isObject(value) && text(value.decision);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const reason: Check = (value) => isObject(value) && text(value.code) && text(value.message);

type Shape = Readonly<Record<string, Check>>;

const STEP: Shape = { node: text, outcome: text, to: text, reason: optional(reason) };

const SHAPES: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    opened: {
      format: count,
      epoch: count,
      snapshot: isDigest,
      engine: text,
      workflow,
      intent: nullOrText,
      tenant: text,
      session: nullOrText,
      principal: text,
      idempotency_key: nullOrText,
      policy,
      payload: json,
      started_at: text,
    },
    node: { ...STEP, row: optional(Number.isSafeInteger) },
    effect: { ...STEP, tenant: text, store: text, operation: text, key: optional(text) },
    closed: {
      exit: text,
      outcome: text,
      result: json,
      fault: flag,
      records: count,
      fingerprint: isDigest,
    },
    cut: { segment: text, offset: count, bytes: count, sha256: isDigest, aside: text },
  }),
);

/** What of an effect's record its operation needs, where it says SUCCESS and so changes the state. */
const WRITES: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    REGISTER: { key: text, value: json },
    REVOKE: { key: text },
    APPEND: { value: json, output: (value) => isObject(value) && count(value.position) },
    PUT: { key: text, value: json, output: (value) => isObject(value) && count(value.version) },
    REPLACE: { key: text, value: json, output: (value) => isObject(value) && count(value.version) },
    REMOVE: { key: text },
  } satisfies Record<string, Shape>),
);

/** The first member that is missing or has another form; undefined where the record is whole. */
export function misshapen(record: LedgerRecord): string | undefined {
  if (!isTraceId(record.trace)) return "trace";
  const shape = SHAPES.get(record.type);
  if (shape === undefined) return "type";
  const wrong = firstWrong(record, shape);
  if (wrong !== undefined || record.type !== "effect" || record.outcome !== "SUCCESS") return wrong;
  return firstWrong(record, WRITES.get(record.operation) ?? {});
}

function firstWrong(record: LedgerRecord, shape: Shape): string | undefined {
  const members = record as unknown as Readonly<Record<string, unknown>>;
  for (const name in shape) {
    if (shape[name]?.(members[name]) !== true) return name;
  }
  return undefined;
}
