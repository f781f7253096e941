/**
 * What the system's error codes mean to an operator: the one table from an errno to a refusal with a
 * code and what to do. It never touches the disk, and it never hides a fault of our own: an error
 * that no disk gives stays what it is.
 */
import { Refusal, type RefusalFamily } from "../protocol/language/refusal.ts";

/** What was being done when the disk refused. */
export type Access = "read" | "write";

interface Meaning {
  readonly family: RefusalFamily;
  /** What the code says behind its place: `disk/no-room`, `data-root/no-room`. */
  readonly word: string;
  readonly hint: string;
}

export const NO_ROOM: Meaning = Object.freeze({
  family: "busy",
  word: "no-room",
  hint: "Make room on the disk and run again: what was acknowledged stands.",
});
export const NOT_WRITABLE: Meaning = Object.freeze({
  family: "viability",
  word: "not-writable",
  hint: "Let this user write there, or name another place that can be written.",
});
export const IO_ERROR: Meaning = Object.freeze({
  family: "viability",
  word: "io-error",
  hint: "Check the disk before you go on: what was acknowledged was flushed before.",
});
const NOT_READABLE: Meaning = Object.freeze({
  family: "viability",
  word: "not-readable",
  hint: "Let this user read it.",
});
const NOT_A_FILE: Meaning = Object.freeze({
  family: "viability",
  word: "not-a-file",
  hint: "Move away what stands there: files and folders must be their own, no links or devices.",
});
const VANISHED: Meaning = Object.freeze({
  family: "viability",
  word: "vanished",
  hint: "Bring it back, or mount it again; then run again.",
});
export const TOO_MANY_FILES: Meaning = Object.freeze({
  family: "viability",
  word: "too-many-files",
  hint: "Close other programs, or raise the limit of open files (`ulimit -n`).",
});
const IN_USE: Meaning = Object.freeze({
  family: "busy",
  word: "in-use",
  hint: "Wait until the other program is done, and run again.",
});
const BAD_NAME: Meaning = Object.freeze({
  family: "viability",
  word: "name-too-long",
  hint: "Name a place with a shorter path.",
});

const MEANINGS: ReadonlyMap<unknown, Meaning> = new Map([
  ["ENOSPC", NO_ROOM],
  ["EDQUOT", NO_ROOM],
  ["EFBIG", NO_ROOM],
  ["EROFS", NOT_WRITABLE],
  ["ENOTDIR", NOT_A_FILE],
  ["EISDIR", NOT_A_FILE],
  ["ERR_FS_EISDIR", NOT_A_FILE],
  ["ELOOP", NOT_A_FILE],
  ["EEXIST", NOT_A_FILE],
  ["ENXIO", NOT_A_FILE],
  ["ESPIPE", NOT_A_FILE],
  ["EAGAIN", NOT_A_FILE],
  ["ENOENT", VANISHED],
  ["ESTALE", VANISHED],
  ["ENODEV", VANISHED],
  ["EIO", IO_ERROR],
  ["EREMOTEIO", IO_ERROR],
  ["ETIMEDOUT", IO_ERROR],
  ["EMFILE", TOO_MANY_FILES],
  ["ENFILE", TOO_MANY_FILES],
  ["EBUSY", IN_USE],
  ["ETXTBSY", IN_USE],
  ["ENAMETOOLONG", BAD_NAME],
]);
const NOT_PERMITTED: ReadonlySet<unknown> = new Set(["EACCES", "EPERM"]);
/** The place of a code while nobody has said whose disk it is. */
const ANYWHERE = "disk";

/** The error to throw for what a call on the disk threw; our own faults pass as they are. */
export function diskFailure(error: unknown, access: Access): unknown {
  if (error instanceof Refusal) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const meaning = NOT_PERMITTED.has(code)
    ? access === "read"
      ? NOT_READABLE
      : NOT_WRITABLE
    : MEANINGS.get(code);
  return meaning === undefined ? error : refusalOf(meaning, ANYWHERE, message);
}

/** The same, said of a place: `disk/no-room` becomes `data-root/no-room`. */
export function failureOf(place: string, error: unknown): unknown {
  const failure = diskFailure(error, "write");
  if (!(failure instanceof Refusal)) return failure;
  const { family, code, message, hint } = failure;
  const [anywhere, word] = code.split("/");
  if (anywhere !== ANYWHERE) return failure;
  return new Refusal(family, `${place}/${word}`, message, { hint });
}

export function refusalOf({ family, word, hint }: Meaning, place: string, what: string): Refusal {
  return new Refusal(family, `${place}/${word}`, what, { hint });
}
