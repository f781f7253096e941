/**
 * The executions of a data root, what was refused there, and its starts: the stored index, brought
 * up to date from the ledger's end. It needs no lock; without an index it reads the whole ledger.
 */
import type { BootRow, ExecutionRow, RefusalRow, WaitRow } from "../ports.ts";
import { fold } from "../state/fold.ts";
import { bootOf, executionOf, refusalOf } from "../state/rows.ts";
import { type IndexedRoot, upToDate } from "./up-to-date.ts";
import { takeWaits, type Waits, waitsOf } from "./waits.ts";

/** Whose rows: one tenant's, who sees no other's. Without one, those of the data root as a whole. */
interface Whose extends IndexedRoot {
  readonly tenant?: string;
}

export interface ListOptions extends Whose {
  readonly workflow?: string | undefined;
  readonly intent?: string | undefined;
  readonly outcome?: string | undefined;
  /** True: only those that have not ended; false: only those that have. */
  readonly open?: boolean | undefined;
}

/** The rows that fit all that is asked for, in the order in which the executions began. */
export function list(options: ListOptions): readonly ExecutionRow[] {
  const { tenant, workflow, intent, outcome, open } = options;
  return [...executionsIn(options).values()]
    .filter(
      (row) =>
        (tenant === undefined || row.tenant === tenant) &&
        (workflow === undefined || row.workflow === workflow) &&
        (intent === undefined || row.intent === intent) &&
        (outcome === undefined || row.outcome === outcome) &&
        (open === undefined || (row.last === null) === open),
    )
    .sort((a, b) => a.first - b.first);
}

export interface RefusalOptions extends Whose {
  readonly workflow?: string | undefined;
  readonly intent?: string | undefined;
}

/** What was refused to somebody who is known, in the order in which it was. */
export function listRefusals(options: RefusalOptions): readonly RefusalRow[] {
  const { tenant, workflow, intent } = options;
  const rows = upToDate(options, {
    stored: (store) => [...store.rows("refusal")].map(refusalOf),
    none: (): RefusalRow[] => [],
    take(found, record) {
      const change = fold(record);
      if (change?.kind === "refused") found.push(change.row);
    },
  });
  return rows
    .filter(
      (row) =>
        (tenant === undefined || row.tenant === tenant) &&
        (workflow === undefined || row.workflow === workflow) &&
        (intent === undefined || row.intent === intent),
    )
    .sort((a, b) => a.first - b.first);
}

/** The starts that came through all gates: they are no tenant's. */
export function listBoots(root: IndexedRoot): readonly BootRow[] {
  return upToDate(root, {
    stored: (store) => [...store.rows("boot")].map(bootOf),
    none: (): BootRow[] => [],
    take(found, record) {
      const change = fold(record);
      if (change?.kind === "boot") found.push(change.row);
    },
  });
}

/** An execution that waits, and all that it waits for. */
export interface WaitingRow {
  readonly execution: ExecutionRow;
  /** In the order of the times at which they are up. */
  readonly waits: readonly WaitRow[];
}

/** The open executions that fit all that is asked for and wait, by the time that is up first. */
export function listWaiting(options: ListOptions): readonly WaitingRow[] {
  const executions = list({ ...options, open: true });
  const waits = waitsIn(options);
  return executions
    .map((execution) => ({ execution, waits: [...(waits.get(execution.trace)?.values() ?? [])] }))
    .filter(({ waits }) => waits.length > 0)
    .map(({ execution, waits }) => ({ execution, waits: waits.sort(byTime) }))
    .sort((a, b) => byTime(a.waits[0] as WaitRow, b.waits[0] as WaitRow));
}

function byTime(a: WaitRow, b: WaitRow): number {
  return a.until === b.until ? a.first - b.first : a.until < b.until ? -1 : 1;
}

function waitsIn(root: IndexedRoot): Waits {
  return upToDate(root, {
    stored: (store) => waitsOf(store.waits()),
    none: () => waitsOf([]),
    take: takeWaits,
  });
}

function executionsIn(root: IndexedRoot): Map<string, ExecutionRow> {
  return upToDate(root, {
    stored: (store) =>
      new Map([...store.rows("execution")].map(executionOf).map((row) => [row.trace, row])),
    none: () => new Map<string, ExecutionRow>(),
    take(found, record) {
      const change = fold(record);
      if (change?.kind === "opened") found.set(change.row.trace, change.row);
      if (change?.kind === "migrated") {
        const row = found.get(change.trace);
        if (row !== undefined) found.set(change.trace, { ...row, snapshot: change.snapshot });
      }
      if (change?.kind !== "closed") return;
      const { kind: _, trace, ...end } = change;
      const row = found.get(trace);
      if (row !== undefined) found.set(trace, { ...row, ...end });
    },
  });
}
