/**
 * The state in SQLite, and a lock that the kernel takes back from a process that dies: the one file
 * that knows SQLite. It holds a projection: it decides nothing, and whoever deletes the file loses
 * nothing that the ledger does not give back.
 */
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { deepFreeze, type Json } from "../../protocol/language/json.ts";
import type {
  Change,
  DocumentEntry,
  ExecutionRow,
  LedgerPosition,
  RegistryEntry,
  Store,
  StorePlace,
  Watermark,
} from "../ports.ts";
import { isBusy, lockFailure, storeFailure, unreadable } from "./failure.ts";
import { READS, SCHEMA, STATE_FORMAT, TABLES, type Table, WRITES } from "./tables.ts";

/** A row as SQLite gives it: integers as numbers, JSON as text. */
export type Row = Readonly<Record<string, string | number | null>>;
type Value = string | number | null;
type Statement = Database.Statement;

export interface SqliteStore extends Store {
  /** The rows of a table in their order, for comparing and for listing. */
  readonly rows: (table: Table) => Iterable<Row>;
}

/** Thrown by `openStore` for a file of another format: delete it and fold the ledger anew. */
export class OtherFormat extends Error {}

/** Opens the state for the one who writes it, or (`reading`) for one of many who only read. */
export function openStore(path: string, use: "writing" | "reading"): SqliteStore {
  const database = connect(path, use);
  try {
    if (use === "writing") prepareToWrite(database, path);
    else if (formatOf(database) !== STATE_FORMAT) throw new OtherFormat();
    return storeOn(database, path);
  } catch (error) {
    database.close();
    throw storeFailure(path, error);
  }
}

const BUSY_MS = 5_000;

/** Who only reads makes no file, and changes none. */
function connect(path: string, use: "writing" | "reading"): Database.Database {
  try {
    const place = use === "writing" ? path : `${pathToFileURL(path).href}?mode=ro`;
    const database = new Database(place);
    // The writer before may still be closing: SQLite then tidies up under a lock of its own.
    database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    return database;
  } catch (error) {
    throw storeFailure(path, error);
  }
}

function formatOf(database: Database.Database): unknown {
  return (database.prepare("PRAGMA user_version").get() as Row).user_version;
}

/**
 * Commits need not be durable one by one: what a power cut takes, the ledger gives back. (By way of
 * MEMORY, the change to WAL of a new file costs one flush instead of four.)
 */
function prepareToWrite(database: Database.Database, path: string): void {
  const tables = tablesIn(database);
  const isNew = formatOf(database) === 0 && tables.length === 0;
  // A file that never was a state is somebody's: it is neither written to nor put away.
  if (!isNew && !tables.includes("watermark")) throw unreadable(path, "it holds no state");
  if (isNew) database.exec("PRAGMA journal_mode = MEMORY");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (isNew) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  else if (formatOf(database) !== STATE_FORMAT) throw new OtherFormat();
}

function tablesIn(database: Database.Database): readonly unknown[] {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return (rows as Row[]).map(({ name }) => name);
}

function storeOn(database: Database.Database, path: string): SqliteStore {
  const known = new Map<string, Statement>();
  const statement = (sql: string): Statement => {
    let prepared = known.get(sql);
    if (prepared === undefined) {
      prepared = database.prepare(sql);
      known.set(sql, prepared);
    }
    return prepared;
  };
  // A table or a column that is missing is found now, and not in the middle of an execution.
  for (const sql of [...Object.values(READS), ...Object.values(WRITES)]) statement(sql);
  const all: All = (sql, ...values) =>
    told(path, () => statement(sql).all(...values) as readonly Row[]);
  const one: One = (sql, ...values) =>
    told(path, () => statement(sql).get(...values) as Row | undefined);
  return {
    ...readsOn(one, all, (text) => parse(text, path)),
    apply(changes, watermark) {
      told(path, () => {
        database.exec("BEGIN IMMEDIATE");
        try {
          for (const change of changes) statement(WRITES[change.kind]).run(...valuesOf(change));
          statement(WRITES.watermark).run(...watermarkValues(watermark));
          database.exec("COMMIT");
        } catch (error) {
          // A full disk has rolled back already.
          if (database.inTransaction) database.exec("ROLLBACK");
          throw error;
        }
      });
    },
    rows: (table) =>
      told(path, () => {
        const sql = `SELECT * FROM ${table} ORDER BY ${TABLES[table]}`;
        return database.prepare(sql).all() as Row[];
      }),
    close: () => void database.close(),
  };
}

/** What SQLite throws, as a refusal. */
function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFailure(path, error);
  }
}

type One = (sql: string, ...values: Value[]) => Row | undefined;
type All = (sql: string, ...values: Value[]) => readonly Row[];
type Parse = (text: Value | undefined) => Json;

function readsOn(one: One, all: All, parsed: Parse): Omit<Store, "apply" | "close"> {
  return {
    registry({ tenant, store }: StorePlace, key: string): RegistryEntry | undefined {
      const row = one(READS.registry, tenant, store, key);
      return row && { value: parsed(row.value), revoked: row.revoked === 1 };
    },
    document({ tenant, store }: StorePlace, key: string): DocumentEntry | undefined {
      const row = one(READS.document, tenant, store, key);
      if (row === undefined) return undefined;
      const value = row.value === null ? undefined : parsed(row.value);
      return { value, version: Number(row.version) };
    },
    streamLength: ({ tenant, store }) => Number(one(READS.length, tenant, store)?.length ?? 0),
    events: ({ tenant, store }, from, limit) =>
      all(READS.events, tenant, store, from, limit).map(({ event }) => parsed(event)),
    execution(trace) {
      const row = one(READS.execution, trace);
      return row && executionOf(row);
    },
    watermark() {
      const row = one(READS.watermark);
      return row && watermarkOf(row);
    },
  };
}

function parse(text: Value | undefined, path: string): Json {
  try {
    return deepFreeze(JSON.parse(String(text)) as Json);
  } catch {
    throw unreadable(path, "a value in it is no JSON");
  }
}

/** A row of the table `execution` as a value. */
export function executionOf(row: Row): ExecutionRow {
  const { _metadata: _, ...members } = row as Row & { _metadata?: unknown };
  const fault = members.fault === null ? null : members.fault === 1;
  return { ...members, fault } as unknown as ExecutionRow;
}

/** In the order of the statement's parameters. SQLite takes no booleans. */
function valuesOf(change: Change): readonly Value[] {
  switch (change.kind) {
    case "register":
      return [change.tenant, change.store, change.key, JSON.stringify(change.value)];
    case "revoke":
    case "remove":
      return [change.tenant, change.store, change.key];
    case "append":
      return [change.tenant, change.store, change.position, JSON.stringify(change.event)];
    case "put": {
      const value = JSON.stringify(change.value);
      return [change.tenant, change.store, change.key, value, change.version];
    }
    case "opened":
      return openedValues(change.row);
    case "closed": {
      const { closed_at, exit, outcome, fault, fingerprint, last, trace } = change;
      return [closed_at, exit, outcome, Number(fault), fingerprint, last, trace];
    }
  }
}

function openedValues(row: ExecutionRow): readonly Value[] {
  const { trace, tenant, session, principal, workflow, intent, snapshot, started_at, first } = row;
  const asked = [trace, tenant, session, principal, workflow, intent, snapshot, started_at];
  return [...asked, null, null, null, null, null, first, null];
}

function watermarkValues({ applied, epoch, resume, durable }: Watermark): readonly Value[] {
  const position = ({ n, segment, offset }: LedgerPosition) => [n, segment, offset];
  return [applied, epoch, ...position(resume), ...position(durable)];
}

function watermarkOf(row: Row): Watermark {
  const position = (name: string): LedgerPosition => ({
    n: Number(row[`${name}_n`]),
    segment: Number(row[`${name}_segment`]),
    offset: Number(row[`${name}_offset`]),
  });
  return {
    applied: Number(row.applied),
    epoch: Number(row.epoch),
    resume: position("resume"),
    durable: position("durable"),
  };
}

/** A lock on a file that no other process can have at a time; undefined while another has it. */
export function tryLock(path: string): { readonly release: () => void } | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(path);
    database.exec("BEGIN EXCLUSIVE");
    const held = database;
    return { release: () => void held.close() };
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    throw lockFailure(path, error);
  }
}
