/**
 * Whether the stored state is the fold of the ledger: every row of it, up to the position that it
 * says it has applied; and whether the ledger agrees with its own fold, which a state that was
 * changed and put back would hide. It reads both and changes neither.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { otherLedger } from "../ledger/own-state.ts";
import type { Files } from "../ports.ts";
import type { Row, SqliteStore } from "../state/sqlite.ts";
import { TABLES, type Table } from "../state/tables.ts";
import type { DeliveryCheck } from "./delivery-check.ts";
import { foldRecords, plain, TABLE_NAMES } from "./fold-state.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { type EvidenceProblem, problemList, problemOf } from "./problem.ts";
import { fromState } from "./stored-state.ts";
import { type WholeOptions, wholeLedger } from "./whole-ledger.ts";

export interface StateCheck {
  /** Rows that were compared. */
  readonly keys: number;
  readonly problems: readonly EvidenceProblem[];
}

/** `delivered`: holds what was delivered against its event. */
export function verifyState(source: LedgerSource, delivered?: DeliveryCheck): StateCheck {
  const { files, dataRoot } = source;
  const path = statePath(dataRoot);
  const compared = fromState(files, path, (store) =>
    // A writer may store more meanwhile: all of it is read as it was at one moment.
    store.asOfNow(() => {
      const watermark = store.watermark();
      const other = otherLedger(files, dataRoot, watermark);
      if (other !== undefined) {
        return { keys: 0, problems: [problemOf(path, other.code, other.message)] };
      }
      const folded = foldUpTo({ ...source, delivered }, watermark?.applied ?? 0);
      try {
        return withFold(path, folded, store);
      } finally {
        folded.store?.close();
      }
    }),
  );
  if (compared !== undefined) return compared;
  const { problems, store } = foldUpTo({ ...source, delivered }, 0);
  store?.close();
  const missing = store === undefined ? notCompared(path) : notStored(files, path);
  return { keys: 0, problems: [missing, ...problems] };
}

interface Folded {
  /** Undefined where the ledger does not hold. */
  readonly store: SqliteStore | undefined;
  readonly problems: readonly EvidenceProblem[];
}

/** Reads the ledger to its end, and folds it up to a position. */
function foldUpTo(source: Omit<WholeOptions, "tell">, applied: number): Folded {
  const found = problemList();
  const entries = wholeLedger({ ...source, tell: found.add });
  const records = function* () {
    for (const { record } of entries) if (record.n <= applied) yield record;
  };
  try {
    const { files, scratch } = source;
    const room = scratch === undefined ? undefined : { files, folder: scratch, name: "state" };
    const store = foldRecords(records(), room);
    // That the ledger has lost its end is told by whoever reads all of it.
    const problems = found.problems().filter(({ code }) => code !== "ledger/truncated");
    return { store, problems };
  } catch (error) {
    if (!(error instanceof Refusal) || error.family !== "evidence") throw error;
    return { store: undefined, problems: [] };
  }
}

function withFold(path: string, { store, problems }: Folded, stored: SqliteStore): StateCheck {
  if (store === undefined) return { keys: 0, problems: [notCompared(path)] };
  const { keys, problems: differing } = compare(path, stored, store);
  return { keys, problems: [...differing, ...problems] };
}

function notCompared(path: string): EvidenceProblem {
  const message = "the state was not compared: the ledger does not hold";
  return problemOf(path, "state/not-compared", message);
}

function notStored(files: Files, path: string): EvidenceProblem {
  if (files.standing(path) === undefined) {
    const message = "there is no stored state: `pgs rebuild` folds it from the ledger";
    return problemOf(path, "state/missing", message);
  }
  const message = "the stored state cannot be read: `pgs rebuild` folds it from the ledger";
  return problemOf(path, "state/unreadable", message);
}

/** Row by row, so that neither of them has to be held in memory. */
function compare(path: string, stored: SqliteStore, folded: SqliteStore): StateCheck {
  let keys = 0;
  const counted = function* (table: Table) {
    for (const row of stored.rows(table)) {
      keys += 1;
      yield plain(row);
    }
  };
  const problems = TABLE_NAMES.flatMap((table) => {
    const rows = counted(table);
    const message = firstDifferingRow(table, rows, folded.rows(table));
    // What stands behind a difference is counted, too.
    while (rows.next().done !== true);
    return message === undefined ? [] : [problemOf(path, "state/differs", message)];
  });
  return { keys, problems };
}

function firstDifferingRow(
  table: Table,
  stored: Iterator<Row>,
  folded: Iterable<Row>,
): string | undefined {
  const expecting = folded[Symbol.iterator]();
  for (;;) {
    const found = rowOf(stored.next());
    const next = rowOf(expecting.next());
    const expected = next && plain(next);
    if (found === undefined && expected === undefined) return undefined;
    if (found === undefined && expected !== undefined) {
      return `${nameOf(table, expected)} is in the ledger and not in the state`;
    }
    if (
      found === undefined ||
      expected === undefined ||
      nameOf(table, found) !== nameOf(table, expected)
    ) {
      return `${nameOf(table, found ?? {})} is not where the ledger puts it`;
    }
    const column = Object.keys(expected).find((name) => found[name] !== expected[name]);
    if (column !== undefined) return `${nameOf(table, found)} differs in \`${column}\``;
  }
}

function rowOf(next: IteratorResult<Row>): Row | undefined {
  return next.done === true ? undefined : next.value;
}

/** A row by what orders it; values are not quoted. */
function nameOf(table: Table, row: Row): string {
  const key = TABLES[table].split(", ").map((column) => row[column] ?? "");
  return `the row ${JSON.stringify(key)} of \`${table}\``;
}
