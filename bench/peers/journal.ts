/**
 * A hand-written journal on SQLite (`journal_mode=WAL`, `synchronous=FULL`): no engine, the steps in
 * plain code, every step of every execution a row, the order and the event rows beside them. In one
 * form each step is a transaction of its own; in the other one transaction holds what all executions
 * that wait have done, which is the strongest simple rival there is.
 *
 * It is as fast as we could honestly make it: prepared statements, the rows of an execution by one
 * statement, no index on the journal (a recovery would read it from the front), rare checkpoints.
 */
import Database from "libsql";
import type { Contender, Place, Running } from "../contender.ts";
import { sleep } from "../slow-disk.ts";
import {
  assemble,
  digest,
  identify,
  isFast,
  isKnownCurrency,
  isUsualSize,
  keepsRules,
  orderOf,
  receipt,
} from "../ten-steps.ts";
import type { WorkloadName } from "../workloads.ts";

/** Where the steps of one execution write. */
interface Journal {
  /** A step's row; the first one opens the execution and holds its payload. */
  readonly step: (output: unknown) => void;
  /** The step that writes the order: its row, and the order's. False where one stands already. */
  readonly order: (orderId: string, value: unknown) => boolean;
  readonly event: (event: unknown) => void;
}

/** The same work as `WF_ACCEPT_ORDER_V0`. */
function acceptOrder(n: number, journal: Journal): void {
  const taken = <T>(output: T): T => {
    journal.step(output);
    return output;
  };
  const require = (rule: string, kept: boolean) => {
    if (!kept) throw new Error(`order ${n} was refused: ${rule}`);
  };
  const order = taken(orderOf(n));
  const orderId = taken(identify(order));
  require("currency", taken(isKnownCurrency(order)));
  require("size", taken(isUsualSize(order)));
  require("rules", taken(keepsRules(order)));
  const record = taken(assemble(order, orderId));
  const recordDigest = taken(digest(record));
  require("first", journal.order(orderId, { order, digest: recordDigest }));
  const priority = taken(isFast(order)) ? "fast" : "normal";
  journal.event({ type: "ORDER_ACCEPTED", order_id: orderId, priority });
  taken(receipt(orderId, recordDigest));
}

/** The same work as `WF_KEEP_ORDER_V0`. */
function keepOrder(n: number, journal: Journal): void {
  const order = orderOf(n);
  journal.step(order);
  const orderId = identify(order);
  journal.step(orderId);
  const orderDigest = digest(order as never);
  journal.step(orderDigest);
  const isFirst = journal.order(orderId, { order, digest: orderDigest });
  if (!isFirst) throw new Error(`order ${n} stands already`);
}

/** Rows of a journal an execution: its payload, then its steps. */
const ROWS: Readonly<Record<WorkloadName, number>> = { W10: 11, W3: 4 };
const WORK = { W10: acceptOrder, W3: keepOrder };

const TABLES = `
  CREATE TABLE journal (execution INTEGER NOT NULL, step INTEGER NOT NULL, output TEXT NOT NULL);
  CREATE TABLE orders (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (position INTEGER PRIMARY KEY, event TEXT NOT NULL);
`;
/** Rarer than the default, and SQLite is faster for it. */
const CHECKPOINT_PAGES = 10_000;

function openStore({ folder, workload, flushDelayMs }: Place) {
  const database = new Database(`${folder}/journal.db`);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.exec(TABLES);
  const rows = Array.from({ length: ROWS[workload] }, () => "(?, ?, ?)").join(", ");
  const insertOrder = database.prepare("INSERT INTO orders VALUES (?, ?) ON CONFLICT DO NOTHING");
  const insertEvent = database.prepare("INSERT INTO events (event) VALUES (?)");
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  let flushes = 0;
  /** What a commit waits for on a slower disk. It waits in the call, as the commit itself does. */
  const flushed = () => {
    flushes += 1;
    sleep(flushDelayMs);
  };
  return {
    insertStep: database.prepare("INSERT INTO journal VALUES (?, ?, ?)"),
    insertSteps: database.prepare(`INSERT INTO journal VALUES ${rows}`),
    insertOrder: (id: string, value: unknown) =>
      insertOrder.run(id, JSON.stringify(value)).changes === 1,
    insertEvent: (event: unknown) => insertEvent.run(JSON.stringify(event)),
    begin: () => begin.run(),
    commit: () => {
      commit.run();
      flushed();
    },
    flushed,
    flushes: () => flushes,
    close: async () => {
      const row = database.prepare("SELECT count(*) AS count FROM orders").get() as {
        count: number;
      };
      database.close();
      return row.count;
    },
  };
}

type Store = ReturnType<typeof openStore>;

function stepwise(store: Store, execution: number): Journal {
  let at = 0;
  const row = (output: unknown) => {
    store.insertStep.run(execution, at, JSON.stringify(output));
    at += 1;
  };
  const together = <T>(effect: () => T): T => {
    store.begin();
    const done = effect();
    row(done);
    store.commit();
    return done;
  };
  return {
    step: (output) => {
      row(output);
      store.flushed();
    },
    order: (id, value) => together(() => store.insertOrder(id, value)),
    event: (event) => {
      together(() => store.insertEvent(event).lastInsertRowid);
    },
  };
}

export const journal: Contender = {
  name: "journal on SQLite",
  note: "a transaction a step, `synchronous=FULL`",
  open: async (place): Promise<Running> => {
    const store = openStore(place);
    const work = WORK[place.workload];
    return {
      execute: async (n) => work(n, stepwise(store, n)),
      flushes: store.flushes,
      close: store.close,
    };
  },
};

/** Within the open transaction; the steps' rows follow at the end, by one statement. */
function gathered(store: Store, execution: number): Journal & { readonly end: () => void } {
  const values: unknown[] = [];
  let at = 0;
  const step = (output: unknown) => {
    values.push(execution, at, JSON.stringify(output));
    at += 1;
  };
  return {
    step,
    order: (id, value) => {
      const isFirst = store.insertOrder(id, value);
      step(isFirst);
      return isFirst;
    },
    event: (event) => step(store.insertEvent(event).lastInsertRowid),
    end: () => {
      store.insertSteps.run(...values);
    },
  };
}

export const groupedJournal: Contender = {
  name: "journal on SQLite, group commit",
  note: "one transaction for all that wait, `synchronous=FULL`",
  open: async (place): Promise<Running> => {
    const store = openStore(place);
    const work = WORK[place.workload];
    let waiting: (() => void)[] = [];
    /** Once everybody who can go on has done so, and waits. */
    const commit = () => {
      store.commit();
      const answered = waiting;
      waiting = [];
      for (const answer of answered) answer();
    };
    return {
      execute: (n) => {
        if (waiting.length === 0) {
          store.begin();
          setImmediate(commit);
        }
        const rows = gathered(store, n);
        work(n, rows);
        rows.end();
        return new Promise((resolve) => {
          waiting.push(resolve);
        });
      },
      flushes: store.flushes,
      close: store.close,
    };
  },
};
