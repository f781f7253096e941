/**
 * The stored state as those read it who do not own it. A file that is missing, of another format or
 * broken has nothing to say: it is a projection, and the ledger says all that it held.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files } from "../ports.ts";
import { OtherFormat, openStore, type SqliteStore } from "../state/sqlite.ts";

/**
 * What `read` finds in the state; undefined where there is none that can be read. Refuses with the
 * family `busy` or `viability` where it cannot be read now, which says nothing about what it holds.
 */
export function fromState<T>(
  files: Files,
  path: string,
  read: (store: SqliteStore) => T,
): T | undefined {
  if (files.standing(path)?.kind !== "file") return undefined;
  try {
    const store = openStore(path, "reading");
    try {
      return read(store);
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof OtherFormat || (error instanceof Refusal && error.family === "evidence")) {
      return undefined;
    }
    const code = (error as { readonly code?: unknown }).code;
    if (typeof code === "string" && BROKEN.test(code)) return undefined;
    throw error;
  }
}

/** What SQLite says of a file that holds something else than it should. */
const BROKEN = /^SQLITE_(CORRUPT|NOTADB|ERROR)/;

/** As `fromState`, for those who can do without: what cannot be read now has nothing to say either. */
export function fromStateNow<T>(
  files: Files,
  path: string,
  read: (store: SqliteStore) => T,
): T | undefined {
  try {
    return fromState(files, path, read);
  } catch (error) {
    if (error instanceof Refusal && NOT_NOW.has(error.family)) return undefined;
    throw error;
  }
}

/** Busy, or on a disk that does not let SQLite open it. */
const NOT_NOW: ReadonlySet<string> = new Set(["busy", "viability"]);

/** The position up to which the state has applied the ledger; 0 where nobody can say. */
export function appliedIn(files: Files, path: string): number {
  return fromStateNow(files, path, (store) => store.watermark()?.applied) ?? 0;
}
