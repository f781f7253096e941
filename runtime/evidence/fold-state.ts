/**
 * The state as records alone say it: folded anew, in a store of its own that is thrown away. It is
 * what a stored state is held against, and what a state at any earlier position is read from.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Row, SqliteStore } from "../state/sqlite.ts";
import { TABLES, type Table } from "../state/tables.ts";
import { openScratch, type Scratch } from "./scratch.ts";
import { storeFold } from "./store-fold.ts";

export const TABLE_NAMES = Object.freeze(Object.keys(TABLES) as Table[]);

/** Folds records into an empty store, which the caller closes; into memory without room elsewhere. */
export function foldRecords(records: Iterable<LedgerRecord>, room?: Scratch): SqliteStore {
  const store = openScratch(room);
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
  let count = 0;
  for (const table of TABLE_NAMES) for (const _ of store.rows(table)) count += 1;
  return count;
}

export type StateRows = Readonly<Record<Table, readonly Row[]>>;

/** All rows of a store, table by table. */
export function rowsOf(store: SqliteStore): StateRows {
  const tables = TABLE_NAMES.map((table) => [table, [...store.rows(table)].map(plain)] as const);
  return Object.fromEntries(tables) as unknown as StateRows;
}

/** Without what the driver of the database adds to a row. */
export function plain(row: Row): Row {
  const { _metadata, ...columns } = row as Row & { readonly _metadata?: unknown };
  return columns;
}
