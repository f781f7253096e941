/**
 * The state in SQLite, and a lock that the kernel takes back from a process that dies: the one file
 * that knows SQLite. It holds a projection: it decides nothing, and whoever deletes the file loses
 * nothing that the ledger does not give back.
 */
import { pathToFileURL } from "node:url";
import Database from "libsql";
import type { Change, Checkpoint, LedgerPosition, SessionRow, Store } from "../ports.ts";
import { isBusy, lockFailure, storeFailure, unreadable } from "./failure.ts";
import { type Asking, parsedIn, readsOn } from "./reads.ts";
import {
  openTracesOf,
  positionOf,
  type Row,
  sessionOf,
  watermarkOf,
  watermarkValues,
} from "./rows.ts";
import { StoredPlaces } from "./stored-places.ts";
import {
  INSERTS,
  insertion,
  READS,
  SCHEMA,
  STATE_FORMAT,
  TABLES,
  type Table,
  WRITES,
} from "./tables.ts";
import { deliveredWritesOf, placeWritesOf, type Write, writesOf } from "./writes.ts";

export { executionOf, type Row } from "./rows.ts";

type Statement = Database.Statement;

export interface SqliteStore extends Store {
  /** As for any store; with it, marks of places at or before the checkpoint. */
  readonly apply: (
    changes: readonly Change[],
    checkpoint: Checkpoint,
    marks?: readonly LedgerPosition[],
  ) => void;
  /** The rows of a table in their order, one by one, for comparing and for listing. */
  readonly rows: (table: Table) => Iterable<Row>;
  /** All of them, whosever they are. */
  readonly sessions: () => readonly SessionRow[];
  /** What others stored since is seen from now on. */
  readonly refresh: () => void;
  /** Moves what the log holds into the file, as closing does, and tells when the disk refuses that. */
  readonly settle: () => void;
  /** What is read inside is as of one moment, whatever a writer stores meanwhile. */
  readonly asOfNow: <T>(read: () => T) => T;
}

/** Thrown by `openStore` for a file of another format: delete it and fold the ledger anew. */
export class OtherFormat extends Error {}

/**
 * `writing`: by the one who does. `reading`: by one of many, beside the one who writes; SQLite keeps a
 * file beside it for that. `alone`: as it stands, without a lock and another file; what is read holds
 * only where nobody wrote meanwhile.
 */
export type Use = "writing" | "reading" | "alone";

export function openStore(path: string, use: Use): SqliteStore {
  const database = connect(path, use);
  try {
    if (use === "writing") prepareToWrite(database, path);
    else if (formatOf(database) !== STATE_FORMAT) throw new OtherFormat();
    return storeOn(database, path, use);
  } catch (error) {
    database.close();
    throw storeFailure(path, error);
  }
}

const BUSY_MS = 5_000;

const ASKED: Readonly<Record<Exclude<Use, "writing">, string>> = {
  reading: "mode=ro",
  alone: "mode=ro&immutable=1",
};

function connect(path: string, use: Use): Database.Database {
  try {
    const place = use === "writing" ? path : `${pathToFileURL(path).href}?${ASKED[use]}`;
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
 * Keys come in no order: with room for the pages they are on, and a write-ahead log that is moved
 * into the file less often (everybody waits for its two flushes), a page is written once for many of
 * them. Neither grows beyond that.
 */
const ROOM = `PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 16384;
  PRAGMA journal_size_limit = ${64 * 1_024 * 1_024};`;

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
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${ROOM}`);
  if (isNew) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  else if (formatOf(database) !== STATE_FORMAT) throw new OtherFormat();
}

function tablesIn(database: Database.Database): readonly unknown[] {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return (rows as Row[]).map(({ name }) => name);
}

function storeOn(database: Database.Database, path: string, use: Use): SqliteStore {
  const statement = preparedOn(database);
  const reading = standingRead(database);
  const asked = (sql: string): Statement => {
    // The one who writes sees nobody else's changes; who only reads, sees the newest each time.
    if (use === "writing") reading.begin();
    return statement(sql);
  };
  const asking: Asking = {
    all: (sql, ...values) => told(path, () => asked(sql).all(values) as readonly Row[]),
    one: (sql, ...values) => told(path, () => asked(sql).get(values) as Row | undefined),
  };
  const { apply, forget } = applyOn(database, statement);
  const rows = (table: Table): Iterable<Row> => {
    const sql = `SELECT * FROM ${table} ORDER BY ${TABLES[table]}`;
    return oneByOne(
      path,
      told(path, () => database.prepare(sql).iterate()),
    );
  };
  return {
    ...readsOn(asking, path),
    apply: (changes, checkpoint, marks = checkpoint.marks ?? []) =>
      told(path, () => {
        reading.end();
        apply(changes, checkpoint, marks);
      }),
    rows,
    sessions: () => [...rows("session")].map((row) => sessionOf(row, parsedIn(path))),
    asOfNow(read) {
      const own = reading.begin();
      try {
        return read();
      } finally {
        if (own && use !== "writing") reading.end();
      }
    },
    refresh: () =>
      told(path, () => {
        reading.end();
        forget();
      }),
    settle: () =>
      told(path, () => {
        reading.end();
        database.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
      }),
    close() {
      try {
        told(path, reading.end);
      } finally {
        database.close();
      }
    },
  };
}

/** Not all at once: a table may hold more than memory does. */
function* oneByOne(path: string, rows: Iterator<unknown>): Generator<Row> {
  for (;;) {
    const { done, value } = told(path, () => rows.next());
    if (done === true) return;
    yield value as Row;
  }
}

interface StandingRead {
  /** Whether it was this call that began it. */
  readonly begin: () => boolean;
  readonly end: () => void;
}

/** One transaction for many looks: the file is not locked and unlocked for each, nor changes. */
function standingRead(database: Database.Database): StandingRead {
  let stands = false;
  return {
    begin() {
      if (stands) return false;
      database.exec("BEGIN");
      stands = true;
      return true;
    },
    end() {
      if (!stands) return;
      stands = false;
      if (database.inTransaction) database.exec("COMMIT");
    },
  };
}

type Prepared = (sql: string) => Statement;

/** A table or a column that is missing is found now, and not in the middle of an execution. */
function preparedOn(database: Database.Database): Prepared {
  const known = new Map<string, Statement>();
  const statement = (sql: string): Statement => {
    let prepared = known.get(sql);
    if (prepared === undefined) {
      prepared = database.prepare(sql);
      known.set(sql, prepared);
    }
    return prepared;
  };
  for (const sql of [...Object.values(READS), ...Object.values(WRITES)]) statement(sql);
  for (const into of Object.values(INSERTS)) statement(insertion(into, 1));
  return statement;
}

type Apply = (
  changes: readonly Change[],
  checkpoint: Checkpoint,
  marks: readonly LedgerPosition[],
) => void;

/** One transaction a call: all of it, or nothing. `forget`: somebody else has stored since. */
function applyOn(
  database: Database.Database,
  statement: Prepared,
): { readonly apply: Apply; readonly forget: () => void } {
  let known: StoredPlaces | undefined;
  const run = ({ sql, values }: Write): void => void statement(sql).run(values);
  const apply: Apply = (changes, checkpoint, marks) => {
    known ??= storedPlaces(statement);
    const places = known.changesTo(checkpoint, marks);
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const write of writesOf(changes)) run(write);
      for (const write of placeWritesOf(places)) run(write);
      for (const write of deliveredWritesOf(checkpoint.delivered ?? [])) run(write);
      run({ sql: WRITES.watermark, values: watermarkValues(checkpoint.watermark) });
      database.exec("COMMIT");
    } catch (error) {
      // A full disk has rolled back already.
      if (database.inTransaction) database.exec("ROLLBACK");
      throw error;
    }
    known.wrote(places, checkpoint);
  };
  const forget = () => {
    known = undefined;
  };
  return { apply, forget };
}

function storedPlaces(statement: Prepared): StoredPlaces {
  const open = openTracesOf(statement(READS.open).all() as Row[]);
  const mark = statement(READS.lastMark).get() as Row | undefined;
  const watermark = statement(READS.watermark).get() as Row | undefined;
  const stored = watermark === undefined ? 0 : watermarkOf(watermark).durable.n;
  return new StoredPlaces(open, mark && positionOf(mark), stored);
}

/** What SQLite throws, as a refusal. */
function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFailure(path, error);
  }
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
