/**
 * The tables of the state, as SQL. Their rows follow from the ledger alone, but for the watermark,
 * which says how far they follow it. Any SQL tool may read them; only the runtime writes them.
 */

/** Changed whenever the tables change: an older file is folded anew. */
export const STATE_FORMAT = 1;

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
  workflow TEXT NOT NULL, intent TEXT, snapshot TEXT NOT NULL,
  started_at TEXT NOT NULL, closed_at TEXT, exit TEXT, outcome TEXT, fault INTEGER,
  fingerprint TEXT, first INTEGER NOT NULL, last INTEGER
) WITHOUT ROWID;
CREATE TABLE watermark (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  applied INTEGER NOT NULL, epoch INTEGER NOT NULL,
  resume_n INTEGER NOT NULL, resume_segment INTEGER NOT NULL, resume_offset INTEGER NOT NULL,
  durable_n INTEGER NOT NULL, durable_segment INTEGER NOT NULL, durable_offset INTEGER NOT NULL
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
  opened: "INSERT OR REPLACE INTO execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  closed: `UPDATE execution SET closed_at = ?, exit = ?, outcome = ?, fault = ?, fingerprint = ?,
    last = ? WHERE trace = ?`,
  watermark: "INSERT OR REPLACE INTO watermark VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
} as const);

export const READS = Object.freeze({
  registry: "SELECT value, revoked FROM registry WHERE tenant = ? AND store = ? AND key = ?",
  document: "SELECT value, version FROM document WHERE tenant = ? AND store = ? AND key = ?",
  length: "SELECT max(position) AS length FROM stream WHERE tenant = ? AND store = ?",
  events: `SELECT event FROM stream WHERE tenant = ? AND store = ? AND position >= ?
    ORDER BY position LIMIT ?`,
  execution: "SELECT * FROM execution WHERE trace = ?",
  watermark: "SELECT * FROM watermark",
} as const);
