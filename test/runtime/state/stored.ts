/** Random histories of changes, and what they lead to told another way: one plain table each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll } from "vitest";
import { NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { Checkpoint, OpenTrace } from "../../../runtime/ports.ts";
import { openStore, type Row, type SqliteStore } from "../../../runtime/state/sqlite.ts";
import { TABLES, type Table } from "../../../runtime/state/tables.ts";

const folder = mkdtempSync(join(tmpdir(), "pgs-state-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;

/** A path at which nothing stands yet. */
export function freshPath(): string {
  made += 1;
  return join(folder, `${made}.db`);
}

export function freshStore(path = freshPath()): SqliteStore {
  return openStore(path, "writing");
}

const TABLE_NAMES = Object.keys(TABLES) as Table[];

/** The rows that follow from the ledger, table by table. */
export function rowsIn(store: SqliteStore): Readonly<Record<string, readonly Row[]>> {
  const plain = ({ _metadata: _, ...row }: Row & { _metadata?: unknown }) => row as Row;
  return Object.fromEntries(TABLE_NAMES.map((table) => [table, [...store.rows(table)].map(plain)]));
}

/** Byte `n * 100` is where record `n` ends. */
export function checkpointAt(n: number, open: readonly OpenTrace[] = []): Checkpoint {
  const durable = { n, segment: 1, offset: n * 100 };
  return { watermark: { applied: n, epoch: 1, durable, hash: NO_DIGEST }, open };
}

/** One step of a history, before the state has had its say about versions and positions. */
type Step =
  | { readonly do: "open"; readonly trace: string; readonly key: string | null }
  | { readonly do: "close"; readonly trace: string; readonly fault: boolean }
  | { readonly do: "session"; readonly token: string | null }
  | { readonly do: "end"; readonly which: number }
  | { readonly do: "refuse"; readonly session: string | null }
  | { readonly do: "boot"; readonly later: number }
  | { readonly do: "wait"; readonly trace: string; readonly node: string; readonly type: string }
  | { readonly do: "move"; readonly trace: string }
  | { readonly do: "none"; readonly type: "attempted" | "external" | "node" | "cancelled" }
  | { readonly do: string; readonly place: Place; readonly key: string; readonly value: Json };

interface Place {
  readonly tenant: string;
  readonly store: string;
}

const trace = fc.constantFrom("t1", "t2", "t3", "t4");
const place = fc.record({
  tenant: fc.constantFrom("one", "two"),
  store: fc.constantFrom("d/a", "d/b"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("open" as const),
    trace,
    key: fc.option(fc.constantFrom("k1", "k2")),
  }),
  fc.record({ do: fc.constant("close" as const), trace, fault: fc.boolean() }),
  fc.record({
    do: fc.constant("session" as const),
    token: fc.option(fc.constantFrom("aa", "bb", "cc")),
  }),
  fc.record({ do: fc.constant("end" as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant("refuse" as const), session: fc.option(fc.constant("s")) }),
  fc.record({ do: fc.constant("boot" as const), later: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    do: fc.constant("none" as const),
    type: fc.constantFrom("attempted" as const, "external" as const, "node" as const, "cancelled"),
  }),
  fc.record({
    do: fc.constant("wait" as const),
    trace,
    node: fc.constantFrom("a", "each[3]/b"),
    type: fc.constantFrom("timer", "timer", "retry", "node", "attempted", "cancelled"),
  }),
  fc.record({ do: fc.constant("move" as const), trace }),
  fc.record({
    do: fc.constantFrom("REGISTER", "REVOKE", "APPEND", "PUT", "REMOVE"),
    place,
    key: fc.constantFrom("a", "b", "\u00e9 c"),
    value: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
  }),
);

/** Records that a writer could have written, as far as the state looks at them. */
export const history: fc.Arbitrary<readonly LedgerRecord[]> = fc
  .array(step, { maxLength: 60 })
  .map(recordsOf);

function recordsOf(steps: readonly Step[]): readonly LedgerRecord[] {
  const records: LedgerRecord[] = [];
  const open = new Map<string, string>();
  const known = new Set<string>();
  const standing = new Set<string>();
  const counts = new Map<string, number>();
  const put = (trace: string, body: object) => {
    const n = records.length + 1;
    const common = { n, trace, seq: 1, at: `at-${n}`, prev: NO_DIGEST, hash: NO_DIGEST };
    records.push({ ...common, ...body } as unknown as LedgerRecord);
  };
  for (const one of steps) {
    if (takeLone(one, { records, put })) continue;
    if (one.do === "open") {
      const { trace, key } = one as Step & { trace: string; key: string | null };
      if (open.has(trace)) continue;
      const tenant = records.length % 2 === 0 ? "one" : "two";
      const idempotency_key = key === null || known.has(`${tenant} ${key}`) ? null : key;
      known.add(`${tenant} ${idempotency_key}`);
      const id = `${trace}-${records.length}`;
      open.set(trace, id);
      put(id, openedBody(tenant, idempotency_key, records.length));
    } else if (one.do === "close") {
      const { trace, fault } = one as Step & { trace: string; fault: boolean };
      const id = open.get(trace);
      if (id === undefined) continue;
      open.delete(trace);
      put(id, { type: "closed", exit: "x", outcome: "SUCCESS", fault, fingerprint: NO_DIGEST });
    } else if (one.do === "wait" || one.do === "move") {
      const id = open.get((one as Step & { trace: string }).trace);
      if (id !== undefined) put(id, waitingBody(one, records.length));
    } else if (one.do === "none") {
      put("other", { type: (one as Step & { type: string }).type, outcome: "SUCCESS" });
    } else {
      const { place, key, value } = one as Step & { place: Place; key: string; value: Json };
      const id = JSON.stringify([place, one.do === "APPEND" ? 0 : key, one.do[0] === "P"]);
      if (one.do === "REGISTER" && standing.has(id)) continue;
      if (one.do === "REVOKE" && !standing.has(id)) continue;
      if (one.do === "REGISTER") standing.add(id);
      const count = (counts.get(id) ?? 0) + 1;
      counts.set(id, count);
      const output = { position: count, version: count };
      const effect = { operation: one.do, key, value, outcome: "SUCCESS", output };
      put("other", { type: "effect", ...place, ...effect });
    }
  }
  return records;
}

function waitingBody(one: Step, at: number): object {
  if (one.do === "move") return { type: "migrated", to_snapshot: `snapshot-${at}` };
  const { node, type } = one as Step & { node: string; type: string };
  const signals = at % 2 === 0 ? ["Z", "É"] : [];
  const times = { since: `at-${at}`, until: `until-${at % 5}` };
  return { type, node, ...times, ...(type === "timer" ? { signals } : {}), outcome: "SUCCESS" };
}

interface Putting {
  readonly records: readonly LedgerRecord[];
  readonly put: (trace: string, body: object) => void;
}

/** Puts the record that is a whole trace; false for a step of an execution. */
function takeLone(one: Step, { records, put }: Putting): boolean {
  const at = records.length;
  const of = { tenant: at % 2 === 0 ? "one" : "two", principal: "p", snapshot: NO_DIGEST };
  const epoch = records.reduce((last, r) => (r.type === "boot" ? r.epoch : last), 0);
  switch (one.do) {
    case "session": {
      const { token } = one as Step & { token: string | null };
      const used = records.some((r) => r.type === "session" && r.token?.sha256 === token);
      const caller = { identity: "token", roles: ["r", "é"], attributes: { z: 1, é: { b: "x" } } };
      const shown = token === null || used ? null : { issuer: "i", sha256: token };
      const expiry = { expires_at: `later-${at}`, secret_sha256: `secret-${at}` };
      put(`s-${at}`, { type: "session", ...of, epoch, caller, token: shown, ...expiry });
      return true;
    }
    case "end": {
      const { which } = one as Step & { which: number };
      const session = records.filter((r) => r.type === "session")[which]?.trace ?? "s-none";
      put(`${session}.ended`, { type: "session-ended", ...of, epoch, ended: session });
      return true;
    }
    case "refuse": {
      const { session } = one as Step & { session: string | null };
      const asked = {
        intent: "a.b",
        workflow: session === null ? null : "d::WF_V0",
        idempotency_key: session === null ? null : `k${at % 2}`,
      };
      put(`r-${at}`, { type: "refused", ...of, epoch, session, ...asked, code: "policy/denied" });
      return true;
    }
    case "boot": {
      const next = epoch + (one as Step & { later: number }).later;
      put(`boot-${next}`, { type: "boot", ...of, epoch: next, configuration: "c", like: "b" });
      return true;
    }
    default:
      return false;
  }
}

function openedBody(tenant: string, idempotency_key: string | null, n: number): object {
  // A name that reads like no name, and one that reads like two.
  const session = [null, "null", "s"][n % 3];
  const principal = ["p", "p null"][n % 2];
  const names = { tenant, session, principal, workflow: "d::WF_V0", intent: null };
  return {
    type: "opened",
    epoch: 1,
    ...names,
    snapshot: NO_DIGEST,
    idempotency_key,
    started_at: "",
  };
}

type Model = Record<Table, Map<string, Row>>;

/** The rows that records lead to, one record after the other. */
export function modelOf(records: readonly LedgerRecord[]): ReturnType<typeof rowsIn> {
  const model: Model = {
    registry: new Map(),
    document: new Map(),
    stream: new Map(),
    execution: new Map(),
    session: new Map(),
    refusal: new Map(),
    boot: new Map(),
    wait: new Map(),
  };
  for (const record of records) foldInto(model, record);
  const order = (a: Row, b: Row) => {
    const key = ({ trace, node, session, epoch, tenant, store, key, position }: Row) =>
      (node === undefined ? trace : `${trace}\u0001${node}`) ??
      (epoch === undefined ? undefined : String(epoch).padStart(9, "0")) ??
      session ??
      [tenant, store, key ?? String(position).padStart(9, "0")].join("\u0001");
    const [left, right] = [key(a), key(b)];
    return left === right ? 0 : (left as never) < (right as never) ? -1 : 1;
  };
  const sorted = TABLE_NAMES.map((table) => [table, [...model[table].values()].sort(order)]);
  return Object.fromEntries(sorted);
}

function foldInto(model: Model, record: LedgerRecord): void {
  if (record.type === "opened") {
    const { trace, tenant, session, principal, workflow, intent, snapshot, n } = record;
    const { idempotency_key, started_at } = record;
    const asked = { trace, tenant, session, principal, workflow, intent, snapshot };
    const end = { closed_at: null, exit: null, outcome: null, fault: null, fingerprint: null };
    model.execution.set(trace, {
      ...asked,
      idempotency_key,
      started_at,
      ...end,
      first: n,
      last: null,
    });
  } else if (record.type === "closed") {
    const { trace, at, exit, outcome, fault, fingerprint, n } = record;
    const end = { closed_at: at, exit, outcome, fault: Number(fault), fingerprint, last: n };
    model.execution.set(trace, { ...(model.execution.get(trace) as Row), ...end });
  } else if (record.type === "timer" || record.type === "retry") {
    const { trace, node, since, until, n } = record;
    const signals = JSON.stringify(record.type === "timer" ? record.signals : []);
    model.wait.set(`${trace} ${node}`, { trace, node, since, until, signals, first: n });
  } else if (record.type === "node" || record.type === "attempted") {
    model.wait.delete(`${record.trace} ${record.node}`);
  } else if (record.type === "cancelled") {
    for (const [key, { trace }] of model.wait) if (trace === record.trace) model.wait.delete(key);
  } else if (record.type === "migrated") {
    const row = model.execution.get(record.trace) as Row;
    model.execution.set(record.trace, { ...row, snapshot: record.to_snapshot });
  } else if (record.type === "session") {
    const { trace, tenant, principal, at, expires_at, token, secret_sha256, n } = record;
    const known = { identity: "token", roles: '["r","é"]', attributes: '{"z":1,"é":{"b":"x"}}' };
    const times = { opened_at: at, expires_at, ended_at: null };
    const digests = { token_sha256: token?.sha256 ?? null, secret_sha256 };
    const row = { session: trace, tenant, principal, ...known, ...times, ...digests, first: n };
    model.session.set(trace, row);
  } else if (record.type === "session-ended") {
    const row = model.session.get(record.ended);
    const ended_at = row?.ended_at ?? record.at;
    if (row !== undefined) model.session.set(record.ended, { ...row, ended_at });
  } else if (record.type === "refused") {
    const { trace, tenant, session, principal, intent, workflow, snapshot, code, at, n } = record;
    const what = { trace, tenant, session, principal, intent, workflow, snapshot };
    const { idempotency_key } = record;
    model.refusal.set(trace, { ...what, idempotency_key, code, at, first: n });
  } else if (record.type === "boot") {
    const { epoch, snapshot, configuration, like, at } = record;
    model.boot.set(String(epoch), { epoch, snapshot, configuration, like, at });
  } else if (record.type === "effect") {
    const { tenant, store, key = "", value = null, operation } = record;
    const id = JSON.stringify([tenant, store, key]);
    const count = (record.output as { position: number }).position;
    const stored = JSON.stringify(value);
    if (operation === "REGISTER") {
      model.registry.set(id, { tenant, store, key, value: stored, revoked: 0 });
    } else if (operation === "REVOKE") {
      model.registry.set(id, { ...(model.registry.get(id) as Row), revoked: 1 });
    } else if (operation === "APPEND") {
      model.stream.set(`${id} ${count}`, { tenant, store, position: count, event: stored });
    } else if (operation === "PUT") {
      model.document.set(id, { tenant, store, key, value: stored, version: count });
    } else {
      const row = model.document.get(id);
      if (row !== undefined) model.document.set(id, { ...row, value: null });
    }
  }
}
