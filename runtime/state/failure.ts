/**
 * What SQLite's error codes mean to an operator. The state is a projection: a file that is broken or
 * not ours is refused with the way to make it anew; a disk that refuses is said as everywhere else.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { IO_ERROR, NO_ROOM, NOT_WRITABLE, refusalOf, TOO_MANY_FILES } from "../disk-failure.ts";

const PLACE = "data-root";

/** The error to throw for what SQLite threw; what SQLite does not throw passes as it is. */
export function storeFailure(path: string, error: unknown): unknown {
  return (
    busyFailure(path, error) ??
    diskFailure(path, error) ??
    keyFailure(path, error) ??
    brokenFailure(path, error)
  );
}

/** The same for a file that holds nothing but a lock. */
export function lockFailure(path: string, error: unknown): unknown {
  const failure = diskFailure(path, error);
  if (failure !== undefined || !fromSqlite(error)) return failure ?? error;
  const message = `cannot lock \`${path}\`: ${(error as Error).message}`;
  const hint = "Remove the file and run again: it holds nothing but the lock.";
  return new Refusal("viability", "data-root/no-lock", message, { hint });
}

export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

export function unreadable(path: string, what: string): Refusal {
  const message = `\`${path}\` cannot be read as a state: ${what}`;
  const hint = "Run `pgs rebuild`: the ledger gives back all that it held.";
  return new Refusal("evidence", "state/unreadable", message, { hint });
}

function busyFailure(path: string, error: unknown): Refusal | undefined {
  if (!isBusy(error)) return undefined;
  return new Refusal("busy", "state/busy", `\`${path}\` is busy`, { hint: "Try again." });
}

function diskFailure(path: string, error: unknown): Refusal | undefined {
  const code = codeOf(error);
  const what = `\`${path}\`: ${(error as Error).message}`;
  if (code === "SQLITE_FULL") return refusalOf(NO_ROOM, PLACE, what);
  if (code.startsWith("SQLITE_IOERR")) return refusalOf(IO_ERROR, PLACE, what);
  if (/\(os error 2[34]\)/.test(what)) return refusalOf(TOO_MANY_FILES, PLACE, what);
  const shut = /^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code) || cannotConnect(error);
  return shut ? refusalOf(NOT_WRITABLE, PLACE, what) : undefined;
}

/** What a ledger has twice that the runtime gives out once: such a ledger was not written by it. */
const TWICE = [
  ["idempotency_key", "state/key-twice", "two executions of a tenant have one idempotency key"],
  ["token_sha256", "state/token-twice", "two sessions were opened with one token"],
] as const;

function keyFailure(path: string, error: unknown): Refusal | undefined {
  if (!/^SQLITE_CONSTRAINT/.test(codeOf(error))) return undefined;
  const { message } = error as Error;
  const twice = TWICE.find(([column]) => message.includes(column));
  if (twice === undefined) return undefined;
  const [, code, what] = twice;
  return new Refusal("evidence", code, `\`${path}\` cannot follow the ledger: ${what}`, {
    hint: "Run `pgs verify`: it names what in the ledger does not hold.",
  });
}

function brokenFailure(path: string, error: unknown): unknown {
  return fromSqlite(error) ? unreadable(path, (error as Error).message) : error;
}

function fromSqlite(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_");
}

/** libsql opens a file before SQLite has an error code to give; EMFILE it tells by its number. */
function cannotConnect(error: unknown): boolean {
  return codeOf(error) === "" && (error as Error).message.startsWith("ConnectionFailed");
}

/** SQLite's codes that libsql has no name for carry the plain code's number in their low byte. */
const PLAIN_CODES: ReadonlyMap<number, string> = new Map([
  [3, "SQLITE_PERM"],
  [5, "SQLITE_BUSY"],
  [6, "SQLITE_LOCKED"],
  [8, "SQLITE_READONLY"],
  [10, "SQLITE_IOERR"],
  [11, "SQLITE_CORRUPT"],
  [13, "SQLITE_FULL"],
  [14, "SQLITE_CANTOPEN"],
  [19, "SQLITE_CONSTRAINT"],
  [26, "SQLITE_NOTADB"],
]);
const NAMELESS = /^UNKNOWN_SQLITE_ERROR_(\d+)$/;

function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string") return "";
  const [, number] = NAMELESS.exec(code) ?? [];
  return number === undefined ? code : (PLAIN_CODES.get(Number(number) & 0xff) ?? "SQLITE_ERROR");
}
