/**
 * The state as records alone say it: folded anew, in a store of its own that is thrown away. It is
 * what a stored state is held against, and what a state at any earlier position is read from.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Change } from "../ports.ts";
import { fold } from "../state/fold.ts";
import { openStore, type Row, type SqliteStore } from "../state/sqlite.ts";
import { TABLES, type Table } from "../state/tables.ts";

const IN_MEMORY = ":memory:";
const CHANGES_AT_ONCE = 4_096;

export const TABLE_NAMES = Object.freeze(Object.keys(TABLES) as Table[]);

/** Folds records into a store in memory, which the caller closes. */
export function foldRecords(records: Iterable<LedgerRecord>): SqliteStore {
  const store = openStore(IN_MEMORY, "writing");
  try {
    foldInto(store, records);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

function foldInto(store: SqliteStore, records: Iterable<LedgerRecord>): void {
  let changes: Change[] = [];
  let last = 0;
  const apply = () => {
    const end = { n: last, segment: 1, offset: 0 };
    store.apply(changes, { applied: last, epoch: 0, resume: end, durable: end });
    changes = [];
  };
  for (const record of records) {
    const change = fold(record);
    if (change !== undefined) changes.push(change);
    last = record.n;
    if (changes.length >= CHANGES_AT_ONCE) apply();
  }
  apply();
}

export type StateRows = Readonly<Record<Table, readonly Row[]>>;

/** All rows of a store, table by table. */
export function rowsOf(store: SqliteStore): StateRows {
  const tables = TABLE_NAMES.map((table) => [table, [...store.rows(table)]] as const);
  return Object.fromEntries(tables) as unknown as StateRows;
}
