/**
 * The sessions of one tenant, as those read them who do not own the data root. It shows no other
 * tenant's: not that there is one, nor when it ends. Nor does it show anything that a session is
 * used with.
 */
import { type IndexedRoot, upToDate } from "../evidence/up-to-date.ts";
import type { SessionRow } from "../ports.ts";
import { fold } from "../state/fold.ts";
import { endedSession } from "../state/group.ts";
import type { SqliteStore } from "../state/sqlite.ts";
import { isSecretOf, readCredential } from "./credential.ts";
import { noSession, overWith, type SessionStatus, statusOf } from "./standing.ts";

export interface KnownSession extends Omit<SessionRow, "secret_sha256"> {
  readonly status: SessionStatus;
}

export interface SessionsIn extends IndexedRoot {
  /** By the clock of the one who reads. A writer goes by the ledger's time, which is never earlier. */
  readonly nowMs: number;
}

/** A tenant's, in the order in which they were opened. */
export function sessionsOf(root: SessionsIn, tenant: string): readonly KnownSession[] {
  return [...rowsIn(root).values()]
    .filter((row) => row.tenant === tenant)
    .sort((a, b) => a.first - b.first)
    .map((row) => shown(row, root.nowMs));
}

function shown({ secret_sha256: _, ...row }: SessionRow, nowMs: number): KnownSession {
  return { ...row, status: statusOf(row, nowMs) };
}

/** One of them; refused as unknown where it is another tenant's, as where it is nobody's. */
export function sessionOf(root: SessionsIn, tenant: string, id: string): KnownSession {
  const row = rowIn(root, id);
  if (row?.tenant !== tenant) throw noSession();
  return shown(row, root.nowMs);
}

/** The tenant of whoever shows a credential; refused where that is nobody's, or over. */
export function tenantOfHolder(root: SessionsIn, text: string): string {
  const credential = readCredential(text);
  const row = rowIn(root, credential.session);
  if (!isSecretOf(credential, row?.secret_sha256) || row === undefined) throw noSession();
  const over = overWith(row, root.nowMs);
  if (over !== undefined) throw over;
  return row.tenant;
}

/** One of them, whosever it is; of the stored ones no other is read for it. */
function rowIn(root: IndexedRoot, id: string): SessionRow | undefined {
  return rowsIn(root, id).get(id);
}

/** All of them, or the one that is asked for. */
function rowsIn(root: IndexedRoot, id?: string): Map<string, SessionRow> {
  return upToDate(root, {
    stored: (store) => new Map(storedRows(store, id).map((row) => [row.session, row])),
    none: () => new Map<string, SessionRow>(),
    take(found, record) {
      // Most records are about no session: they are not looked at any further.
      if (record.type !== "session" && record.type !== "session-ended") return;
      const change = fold(record);
      if (change?.kind === "session") found.set(change.row.session, change.row);
      if (change?.kind !== "session-ended") return;
      const row = found.get(change.session);
      if (row !== undefined) found.set(row.session, endedSession(row, change.ended_at));
    },
  });
}

function storedRows(store: SqliteStore, id: string | undefined): readonly SessionRow[] {
  if (id === undefined) return store.sessions();
  const row = store.session(id);
  return row === undefined ? [] : [row];
}
