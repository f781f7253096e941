/**
 * The stored state as those read it who do not own it. A file that is missing, of another format or
 * broken has nothing to say: it is a projection, and the ledger says all that it held.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files, LedgerPosition } from "../ports.ts";
import { OtherFormat, openStore, type SqliteStore, type Use } from "../state/sqlite.ts";

/**
 * What `read` finds in the state; undefined where there is none that can be read. Refuses with the
 * family `busy` or `viability` where it cannot be read now, which says nothing about what it holds.
 * Nothing is made by it where the state was left cleanly; `read` is asked again where a writer came.
 */
export function fromState<T>(
  files: Files,
  path: string,
  read: (store: SqliteStore) => T,
): T | undefined {
  if (files.standing(path)?.kind !== "file") return undefined;
  if (logBytes(files, path) === 0) {
    const found = leftInPeace(files, path, read);
    if (found !== undefined) return found.value;
  }
  try {
    return lookedAt(path, "reading", read);
  } catch (error) {
    const shut = error instanceof Refusal && BESIDE.has(error.code) && logBytes(files, path) > 0;
    throw shut ? notClosed(path, error) : error;
  }
}

/** Of the log that SQLite keeps beside a state while it is written; none where that was left cleanly. */
function logBytes(files: Files, path: string): number {
  return files.standing(`${path}-wal`)?.bytes ?? 0;
}

/** Without a lock: undefined where somebody wrote meanwhile, so that what was read may not hold. */
function leftInPeace<T>(
  files: Files,
  path: string,
  read: (store: SqliteStore) => T,
): { readonly value: T | undefined } | undefined {
  // Whoever writes changes it, and leaves a log until all of it is in the file.
  const mark = () => JSON.stringify(lookedAt(path, "alone", (store) => store.watermark()) ?? null);
  const before = mark();
  const disturbed = () => logBytes(files, path) > 0 || mark() !== before;
  let value: T | undefined;
  try {
    value = lookedAt(path, "alone", read);
  } catch (error) {
    if (disturbed()) return undefined;
    throw error;
  }
  return disturbed() ? undefined : { value };
}

function lookedAt<T>(path: string, use: Use, read: (store: SqliteStore) => T): T | undefined {
  try {
    const store = openStore(path, use);
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

/** What is refused where SQLite cannot write beside the file. */
const BESIDE: ReadonlySet<string> = new Set([
  "data-root/not-writable",
  "data-root/no-room",
  "data-root/io-error",
]);

function notClosed(path: string, { message: what }: Refusal): Refusal {
  const message = `its writer did not close the state, and it cannot be read without writing beside it: ${what}`;
  return new Refusal("viability", "state/not-closed", message, {
    hint: `Make room or let this user write there, or ask a copy of the data root; \`${path}\` can be deleted in the copy.`,
  });
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

/** The end of what was durable when the state was stored last; undefined when nobody can say. */
export function durableIn(files: Files, path: string): LedgerPosition | undefined {
  return fromStateNow(files, path, (store) => store.watermark()?.durable);
}
