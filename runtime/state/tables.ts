/**
 * The tables of the state, as SQL. The rows of `TABLES` follow from the ledger alone; those of the
 * others say how far they follow it and where its records stand. Any SQL tool may read them; only
 * the runtime writes them.
 */

/** Changed whenever the tables change: an older file is folded anew. */
export const STATE_FORMAT = 6;

/**
 * Rows whose keys come in no order have a rowid: their values are then written one behind the other,
 * and only the keys are all over the file.
 */
export const SCHEMA = `
CREATE TABLE registry (
  tenant TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL,
  value TEXT NOT NULL, revoked INTEGER NOT NULL,
  PRIMARY KEY (tenant, store, key)
);
CREATE TABLE document (
  tenant TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL,
  value TEXT, version INTEGER NOT NULL,
  PRIMARY KEY (tenant, store, key)
);
CREATE TABLE stream (
  tenant TEXT NOT NULL, store TEXT NOT NULL, position INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (tenant, store, position)
) WITHOUT ROWID;
CREATE TABLE execution (
  trace TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, session TEXT, principal TEXT NOT NULL,
  workflow TEXT NOT NULL, intent TEXT, snapshot TEXT NOT NULL, idempotency_key TEXT,
  started_at TEXT NOT NULL, closed_at TEXT, exit TEXT, outcome TEXT, fault INTEGER,
  fingerprint TEXT, first INTEGER NOT NULL, last INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX execution_by_key ON execution (tenant, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE TABLE session (
  session TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, principal TEXT NOT NULL,
  identity TEXT NOT NULL, roles TEXT NOT NULL, attributes TEXT NOT NULL,
  opened_at TEXT NOT NULL, expires_at TEXT NOT NULL, ended_at TEXT,
  token_sha256 TEXT, secret_sha256 TEXT NOT NULL, first INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX session_by_token ON session (token_sha256) WHERE token_sha256 IS NOT NULL;
CREATE TABLE refusal (
  trace TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, session TEXT, principal TEXT NOT NULL,
  intent TEXT NOT NULL, workflow TEXT, snapshot TEXT NOT NULL, idempotency_key TEXT,
  code TEXT NOT NULL, at TEXT NOT NULL, first INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX refusal_by_key ON refusal (tenant, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE TABLE boot (
  epoch INTEGER NOT NULL PRIMARY KEY, snapshot TEXT NOT NULL, configuration TEXT NOT NULL,
  like TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE wait (
  trace TEXT NOT NULL, node TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL,
  signals TEXT NOT NULL, first INTEGER NOT NULL,
  PRIMARY KEY (trace, node)
) WITHOUT ROWID;
CREATE INDEX wait_by_time ON wait (until, first);
CREATE TABLE open_record (
  trace TEXT NOT NULL, n INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (trace, n)
) WITHOUT ROWID;
CREATE TABLE asleep_record (
  trace TEXT NOT NULL, n INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (trace, n)
) WITHOUT ROWID;
CREATE TABLE mark (
  n INTEGER NOT NULL PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL
);
CREATE TABLE delivered (
  tenant TEXT NOT NULL, subscription TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (tenant, subscription)
) WITHOUT ROWID;
CREATE TABLE watermark (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  applied INTEGER NOT NULL, epoch INTEGER NOT NULL,
  n INTEGER NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL, hash TEXT
);
PRAGMA user_version = ${STATE_FORMAT};
`;

/** The tables that follow from the ledger, and what orders their rows. */
export const TABLES = Object.freeze({
  registry: "tenant, store, key",
  document: "tenant, store, key",
  stream: "tenant, store, position",
  execution: "trace",
  session: "session",
  refusal: "trace",
  boot: "epoch",
  wait: "trace, node",
} as const);
export type Table = keyof typeof TABLES;

/**
 * How rows come into a table: columns that all rows of a statement share, columns that each has for
 * itself, and what becomes of a row that stands already.
 */
export interface Insert {
  readonly table: string;
  readonly shared: readonly string[];
  readonly own: readonly string[];
  /** Columns that say which row it is. */
  readonly key: readonly string[];
}

export const INSERTS = Object.freeze({
  registry: {
    table: "registry",
    shared: ["tenant", "store"],
    own: ["key", "value", "revoked"],
    key: ["tenant", "store", "key"],
  },
  document: {
    table: "document",
    shared: ["tenant", "store"],
    own: ["key", "value", "version"],
    key: ["tenant", "store", "key"],
  },
  stream: {
    table: "stream",
    shared: ["tenant", "store"],
    own: ["position", "event"],
    key: ["tenant", "store", "position"],
  },
  execution: {
    table: "execution",
    shared: [
      "tenant",
      "session",
      "principal",
      "workflow",
      "intent",
      "snapshot",
      "exit",
      "outcome",
      "fault",
    ],
    own: ["trace", "idempotency_key", "started_at", "closed_at", "fingerprint", "first", "last"],
    key: ["trace"],
  },
  session: {
    table: "session",
    shared: [],
    own: [
      "session",
      "tenant",
      "principal",
      "identity",
      "roles",
      "attributes",
      "opened_at",
      "expires_at",
      "ended_at",
      "token_sha256",
      "secret_sha256",
      "first",
    ],
    key: ["session"],
  },
  refusal: {
    table: "refusal",
    shared: [],
    own: [
      "trace",
      "tenant",
      "session",
      "principal",
      "intent",
      "workflow",
      "snapshot",
      "idempotency_key",
      "code",
      "at",
      "first",
    ],
    key: ["trace"],
  },
  boot: {
    table: "boot",
    shared: [],
    own: ["epoch", "snapshot", "configuration", "like", "at"],
    key: ["epoch"],
  },
  wait: {
    table: "wait",
    shared: [],
    own: ["trace", "node", "since", "until", "signals", "first"],
    key: ["trace", "node"],
  },
  open_record: {
    table: "open_record",
    shared: [],
    own: ["trace", "n", "segment", "offset", "bytes"],
    key: ["trace", "n"],
  },
  asleep_record: {
    table: "asleep_record",
    shared: [],
    own: ["trace", "n", "segment", "offset", "bytes"],
    key: ["trace", "n"],
  },
  mark: { table: "mark", shared: [], own: ["n", "segment", "offset"], key: ["n"] },
  delivered: {
    table: "delivered",
    shared: [],
    own: ["tenant", "subscription", "position"],
    key: ["tenant", "subscription"],
  },
} as const satisfies Record<string, Insert>);

const INSERTIONS = new Map<Insert, string[]>();

/** The statement that puts so many rows into a table. */
export function insertion(into: Insert, rows: number): string {
  let known = INSERTIONS.get(into);
  if (known === undefined) {
    known = [];
    INSERTIONS.set(into, known);
  }
  known[rows] ??= insertionText(into, rows);
  return known[rows];
}

/** Not OR REPLACE: that would also remove another execution that has the same idempotency key. */
function insertionText({ table, shared, own, key }: Insert, rows: number): string {
  const columns = [...shared, ...own];
  const bound = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, at) => `?${from + at}`);
  const values = Array.from({ length: rows }, (_, row) => {
    const first = shared.length + row * own.length + 1;
    return `(${[...bound(1, shared.length), ...bound(first, own.length)].join(", ")})`;
  });
  const renewed = columns.filter((column) => !key.includes(column));
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values.join(", ")}
    ON CONFLICT (${key.join(", ")}) DO UPDATE
    SET ${renewed.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}

/** Changes of rows that stand already. */
export const WRITES = Object.freeze({
  revoke: "UPDATE registry SET revoked = 1 WHERE tenant = ? AND store = ? AND key = ?",
  remove: "UPDATE document SET value = NULL WHERE tenant = ? AND store = ? AND key = ?",
  closed: `UPDATE execution SET closed_at = ?, exit = ?, outcome = ?, fault = ?, fingerprint = ?,
    last = ? WHERE trace = ?`,
  /** A session ends once: the first end is the one that holds. */
  sessionEnded: "UPDATE session SET ended_at = ? WHERE session = ? AND ended_at IS NULL",
  watermark: "INSERT OR REPLACE INTO watermark VALUES (1, ?, ?, ?, ?, ?, ?)",
  ended: "DELETE FROM open_record WHERE trace = ?",
  awake: "DELETE FROM asleep_record WHERE trace = ?",
  woken: "DELETE FROM wait WHERE trace = ? AND node = ?",
  wokenAll: "DELETE FROM wait WHERE trace = ?",
  migrated: "UPDATE execution SET snapshot = ? WHERE trace = ?",
} as const);

export const READS = Object.freeze({
  registry: "SELECT value, revoked FROM registry WHERE tenant = ? AND store = ? AND key = ?",
  document: "SELECT value, version FROM document WHERE tenant = ? AND store = ? AND key = ?",
  length: "SELECT max(position) AS length FROM stream WHERE tenant = ? AND store = ?",
  events: `SELECT event FROM stream WHERE tenant = ? AND store = ? AND position >= ?
    ORDER BY position LIMIT ?`,
  execution: "SELECT * FROM execution WHERE trace = ?",
  executionByKey: "SELECT * FROM execution WHERE tenant = ? AND idempotency_key = ?",
  /** From one tenant to the next: the events of each need not be read. */
  streamTenants: `WITH RECURSIVE each_one(tenant) AS (
      SELECT min(tenant) FROM stream UNION ALL
      SELECT (SELECT min(tenant) FROM stream WHERE tenant > each_one.tenant) FROM each_one
      WHERE each_one.tenant IS NOT NULL
    ) SELECT tenant FROM each_one WHERE EXISTS
      (SELECT 1 FROM stream WHERE tenant = each_one.tenant AND store = ?)`,
  refusalByKey: `SELECT * FROM refusal WHERE tenant = ? AND idempotency_key = ?
    ORDER BY first LIMIT 1`,
  delivered: "SELECT position FROM delivered WHERE tenant = ? AND subscription = ?",
  session: "SELECT * FROM session WHERE session = ?",
  sessionByToken: "SELECT * FROM session WHERE token_sha256 = ?",
  boot: "SELECT * FROM boot ORDER BY epoch DESC LIMIT 1",
  watermark: "SELECT * FROM watermark",
  open: "SELECT * FROM open_record ORDER BY trace, n",
  asleep: "SELECT * FROM asleep_record WHERE trace = ? ORDER BY n",
  waitsOf: "SELECT * FROM wait WHERE trace = ? ORDER BY first",
  waits: "SELECT * FROM wait WHERE until > ? ORDER BY until, first LIMIT ?",
  nearest: "SELECT n, segment, offset FROM mark WHERE n < ? ORDER BY n DESC LIMIT 1",
  lastMark: "SELECT n, segment, offset FROM mark ORDER BY n DESC LIMIT 1",
} as const);
