/**
 * Whether the stored state is the fold of the ledger: every row of it, up to the position that it
 * says it has applied; and whether the ledger agrees with its own fold, which a state that was
 * changed and put back would hide. It reads both and changes neither.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import type { Entry } from "../ledger/reader.ts";
import type { Files } from "../ports.ts";
import type { Row, SqliteStore } from "../state/sqlite.ts";
import { TABLES, type Table } from "../state/tables.ts";
import { foldRecords, rowsOf, type StateRows, TABLE_NAMES } from "./fold-state.ts";
import { type EvidenceProblem, problemOf } from "./problem.ts";
import { fromState } from "./stored-state.ts";
import { wholeLedger } from "./whole-ledger.ts";

export interface StateCheck {
  /** Rows that were compared. */
  readonly keys: number;
  readonly problems: readonly EvidenceProblem[];
}

/** A writer may store more while this reads: it is then read again. */
const ATTEMPTS = 5;

export function verifyState(files: Files, dataRoot: string): StateCheck {
  const path = statePath(dataRoot);
  const stored = fromState(files, path, readStored);
  const problems: EvidenceProblem[] = [];
  const tell = (problem: EvidenceProblem) => void problems.push(problem);
  let folded: SqliteStore;
  try {
    folded = foldUpTo(stored?.applied ?? 0, wholeLedger({ files, dataRoot, tell }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.family !== "evidence") throw error;
    const message = "the state was not compared: the ledger does not hold";
    return { keys: 0, problems: [problemOf(path, "state/not-compared", message)] };
  }
  try {
    // That the ledger has lost its end is told by whoever reads all of it.
    const own = problems.filter(({ code }) => code !== "ledger/truncated");
    if (stored === undefined) return { keys: 0, problems: [notStored(files, path), ...own] };
    const { keys, problems: differing } = compare(path, stored.rows, rowsOf(folded));
    return { keys, problems: [...differing, ...own] };
  } finally {
    folded.close();
  }
}

/** Reads the ledger to its end, and folds it up to a position. */
function foldUpTo(applied: number, entries: Iterable<Entry>): SqliteStore {
  const records = function* () {
    for (const { record } of entries) if (record.n <= applied) yield record;
  };
  return foldRecords(records());
}

function notStored(files: Files, path: string): EvidenceProblem {
  if (files.standing(path) === undefined) {
    const message = "there is no stored state: `pgs rebuild` folds it from the ledger";
    return problemOf(path, "state/missing", message);
  }
  const message = "the stored state cannot be read: `pgs rebuild` folds it from the ledger";
  return problemOf(path, "state/unreadable", message);
}

interface Stored {
  readonly applied: number;
  readonly rows: StateRows;
}

/** The rows as of one watermark. */
function readStored(store: SqliteStore): Stored {
  for (let attempt = 1; ; attempt += 1) {
    const before = store.watermark()?.applied ?? 0;
    const rows = rowsOf(store);
    const after = store.watermark()?.applied ?? 0;
    if (before === after || attempt === ATTEMPTS) return { applied: after, rows };
  }
}

function compare(path: string, stored: StateRows, folded: StateRows): StateCheck {
  const problems = TABLE_NAMES.flatMap((table) => {
    const message = firstDifferingRow(table, stored[table], folded[table]);
    return message === undefined ? [] : [problemOf(path, "state/differs", message)];
  });
  const keys = TABLE_NAMES.reduce((sum, table) => sum + stored[table].length, 0);
  return { keys, problems };
}

function firstDifferingRow(
  table: Table,
  stored: readonly Row[],
  folded: readonly Row[],
): string | undefined {
  for (let index = 0; index < Math.max(stored.length, folded.length); index += 1) {
    const [found, expected] = [stored[index], folded[index]];
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
  return undefined;
}

/** A row by what orders it; values are not quoted. */
function nameOf(table: Table, row: Row): string {
  const key = TABLES[table].split(", ").map((column) => row[column] ?? "");
  return `the row ${JSON.stringify(key)} of \`${table}\``;
}
