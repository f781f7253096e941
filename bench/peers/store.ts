/**
 * The SQLite store of the peers: the two durable inserts, and a table of persisted executions.
 * Every statement is a transaction of its own that is on the disk when it returns
 * (`journal_mode=WAL`, `synchronous=FULL`: one flush a commit). It batches nothing.
 */
import Database from "libsql";

export interface PeerStore {
  readonly insertOrder: (orderId: string, value: unknown) => void;
  readonly insertEvent: (event: unknown) => void;
  readonly persist: (execution: string, snapshot: unknown) => void;
  /** Commits so far, each of which flushed. */
  readonly commits: () => number;
  /** Closes, and gives the number of orders that stand. */
  readonly close: () => number;
}

const TABLES = `
  CREATE TABLE orders (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
  CREATE TABLE executions (id TEXT PRIMARY KEY, snapshot TEXT NOT NULL) WITHOUT ROWID;
`;

export function openPeerStore(file: string): PeerStore {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(TABLES);
  const order = database.prepare("INSERT INTO orders VALUES (?, ?)");
  const event = database.prepare("INSERT INTO events (event) VALUES (?)");
  const execution = database.prepare(
    "INSERT INTO executions VALUES (?, ?) ON CONFLICT DO UPDATE SET snapshot = excluded.snapshot",
  );
  let commits = 0;
  const commit = (statement: { run: (...values: unknown[]) => unknown }, values: unknown[]) => {
    statement.run(...values);
    commits += 1;
  };
  return {
    insertOrder: (orderId, value) => commit(order, [orderId, JSON.stringify(value)]),
    insertEvent: (value) => commit(event, [JSON.stringify(value)]),
    persist: (id, snapshot) => commit(execution, [id, JSON.stringify(snapshot)]),
    commits: () => commits,
    close: () => {
      const row = database.prepare("SELECT count(*) AS count FROM orders").get() as {
        count: number;
      };
      database.close();
      return row.count;
    },
  };
}
