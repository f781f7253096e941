/**
 * The state as records alone say it: folded anew, in a store of its own that is thrown away. It is
 * what a stored state is held against, and what a state at any earlier position is read from.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { openStore, type Row, type SqliteStore } from "../state/sqlite.ts";
import { TABLES, type Table } from "../state/tables.ts";
import { storeFold } from "./store-fold.ts";

const IN_MEMORY = ":memory:";

export const TABLE_NAMES = Object.freeze(Object.keys(TABLES) as Table[]);

/** Folds records into a store in memory, which the caller closes. */
export function foldRecords(records: Iterable<LedgerRecord>): SqliteStore {
  const store = openStore(IN_MEMORY, "writing");
  try {
    const fold = storeFold(store);
    for (const record of records) fold.takeAlone(record);
    fold.finishAlone(0);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/** How many rows a store has. */
export function keysIn(store: SqliteStore): number {
  return TABLE_NAMES.reduce((sum, table) => sum + [...store.rows(table)].length, 0);
}

export type StateRows = Readonly<Record<Table, readonly Row[]>>;

/** All rows of a store, table by table. */
export function rowsOf(store: SqliteStore): StateRows {
  const tables = TABLE_NAMES.map((table) => [table, [...store.rows(table)].map(plain)] as const);
  return Object.fromEntries(tables) as unknown as StateRows;
}

/** Without what the driver of the database adds to a row. */
function plain(row: Row): Row {
  const { _metadata, ...columns } = row as Row & { readonly _metadata?: unknown };
  return columns;
}
