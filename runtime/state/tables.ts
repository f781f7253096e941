/**
 * The tables of the state, as SQL. The rows of `TABLES` follow from the ledger alone; those of the
 * others say how far they follow it and where its records stand. Any SQL tool may read them; only
 * the runtime writes them.
 */

/** Changed whenever the tables change: an older file is folded anew. */
export const STATE_FORMAT = 2;

export const SCHEMA = `
CREATE TABLE registry (
  tenant TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL,
  value TEXT NOT NULL, revoked INTEGER NOT NULL,
  PRIMARY KEY (tenant, store, key)
) WITHOUT ROWID;
CREATE TABLE document (
  tenant TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL,
  value TEXT, version INTEGER NOT NULL,
  PRIMARY KEY (tenant, store, key)
) WITHOUT ROWID;
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
CREATE TABLE open_record (
  trace TEXT NOT NULL, n INTEGER NOT NULL,
  segment INTEGER NOT NULL, offset INTEGER NOT NULL, bytes INTEGER NOT NULL,
  PRIMARY KEY (trace, n)
) WITHOUT ROWID;
CREATE TABLE mark (
  n INTEGER NOT NULL PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL
);
CREATE TABLE watermark (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  applied INTEGER NOT NULL, epoch INTEGER NOT NULL,
  n INTEGER NOT NULL, segment INTEGER NOT NULL, offset INTEGER NOT NULL
);
PRAGMA user_version = ${STATE_FORMAT};
`;

/** The tables that follow from the ledger, and what orders their rows. */
export const TABLES = Object.freeze({
  registry: "tenant, store, key",
  document: "tenant, store, key",
  stream: "tenant, store, position",
  execution: "first",
} as const);
export type Table = keyof typeof TABLES;

/** One statement a kind of change. */
export const WRITES = Object.freeze({
  register: "INSERT OR REPLACE INTO registry VALUES (?, ?, ?, ?, 0)",
  revoke: "UPDATE registry SET revoked = 1 WHERE tenant = ? AND store = ? AND key = ?",
  append: "INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?)",
  put: "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?)",
  remove: "UPDATE document SET value = NULL WHERE tenant = ? AND store = ? AND key = ?",
  // Not OR REPLACE: that would also remove another execution with the same idempotency key.
  opened: `INSERT INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace) DO UPDATE SET closed_at = NULL, exit = NULL, outcome = NULL, fault = NULL,
    fingerprint = NULL, last = NULL`,
  closed: `UPDATE execution SET closed_at = ?, exit = ?, outcome = ?, fault = ?, fingerprint = ?,
    last = ? WHERE trace = ?`,
  watermark: "INSERT OR REPLACE INTO watermark VALUES (1, ?, ?, ?, ?, ?)",
  openRecord: "INSERT OR REPLACE INTO open_record VALUES (?, ?, ?, ?, ?)",
  ended: "DELETE FROM open_record WHERE trace = ?",
  mark: "INSERT OR REPLACE INTO mark VALUES (?, ?, ?)",
} as const);

export const READS = Object.freeze({
  registry: "SELECT value, revoked FROM registry WHERE tenant = ? AND store = ? AND key = ?",
  document: "SELECT value, version FROM document WHERE tenant = ? AND store = ? AND key = ?",
  length: "SELECT max(position) AS length FROM stream WHERE tenant = ? AND store = ?",
  events: `SELECT event FROM stream WHERE tenant = ? AND store = ? AND position >= ?
    ORDER BY position LIMIT ?`,
  execution: "SELECT * FROM execution WHERE trace = ?",
  executionByKey: "SELECT * FROM execution WHERE tenant = ? AND idempotency_key = ?",
  watermark: "SELECT * FROM watermark",
  open: "SELECT * FROM open_record ORDER BY trace, n",
  nearest: "SELECT n, segment, offset FROM mark WHERE n < ? ORDER BY n DESC LIMIT 1",
  lastMark: "SELECT n, segment, offset FROM mark ORDER BY n DESC LIMIT 1",
} as const);
