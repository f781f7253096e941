/**
 * Opening the stored state of a data root to write it. A file of an older format is put away and
 * folded anew from the ledger, since it holds nothing that the ledger does not. So is a file of
 * nothing but zeros: that is what a power cut leaves of a state that was being made.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { IO_ERROR } from "../disk-failure.ts";
import { flushFailure } from "../ledger/failure.ts";
import type { Files } from "../ports.ts";
import { OtherFormat, openStore, type SqliteStore } from "./sqlite.ts";

export function openState(files: Files, dataRoot: string): SqliteStore {
  const path = statePath(dataRoot);
  try {
    return trusted(openStore(path, "writing"), files, dataRoot);
  } catch (error) {
    if (!(error instanceof OtherFormat || isBlank(files, path, error))) throw error;
    removeState(files, dataRoot);
    return trusted(openStore(path, "writing"), files, dataRoot);
  }
}

/**
 * A flush that failed is never tried again: what SQLite would make of a second one that succeeds may
 * be on the disk in part. The state is removed then, before SQLite closes it, and folded anew by the
 * next start.
 */
function trusted(store: SqliteStore, files: Files, dataRoot: string): SqliteStore {
  let broken: unknown;
  const watched = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (isDiskFault(error)) broken ??= error;
      throw error;
    }
  };
  return {
    ...store,
    apply: (...told) => watched(() => store.apply(...told)),
    close() {
      try {
        if (broken === undefined) watched(store.settle);
      } finally {
        if (broken !== undefined) removeState(files, dataRoot);
        store.close();
      }
    },
  };
}

function isDiskFault(error: unknown): boolean {
  return error instanceof Refusal && error.code === `data-root/${IO_ERROR.word}`;
}

/**
 * Makes the names of an opened state durable, its log's too. SQLite asks for that as well before it
 * moves what the log holds into the file, and goes on where it fails: a power cut could then leave
 * half of it there, and no log.
 */
export async function keepNames(files: Files, dataRoot: string): Promise<void> {
  try {
    await files.flushNames(dataRoot);
  } catch (error) {
    throw flushFailure(error, "the folder of the state");
  }
}

/** More than a state has when it is made. */
const BLANK_BYTES_MAX = 65_536;

/** Its size reached the disk, its bytes did not: nobody ever stored anything in it. */
function isBlank(files: Files, path: string, error: unknown): boolean {
  if (!(error instanceof Refusal && error.code === "state/unreadable")) return false;
  const standing = files.standing(path);
  if (standing?.kind !== "file" || standing.bytes > BLANK_BYTES_MAX) return false;
  return files.read(path).every((byte) => byte === 0);
}

/** Removes the stored state: it is then folded anew by whoever opens the data root. */
export function removeState(files: Files, dataRoot: string): void {
  const path = statePath(dataRoot);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (files.standing(file) !== undefined) files.remove(file);
  }
}
