/**
 * Opening the stored state of a data root to write it. A file of an older format is put away and
 * folded anew from the ledger, since it holds nothing that the ledger does not. So is a file of
 * nothing but zeros: that is what a power cut leaves of a state that was being made.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import { flushFailure } from "../ledger/failure.ts";
import type { Files } from "../ports.ts";
import { OtherFormat, openStore, type SqliteStore } from "./sqlite.ts";

export function openState(files: Files, dataRoot: string): SqliteStore {
  const path = statePath(dataRoot);
  try {
    return openStore(path, "writing");
  } catch (error) {
    if (!(error instanceof OtherFormat || isBlank(files, path, error))) throw error;
    removeState(files, dataRoot);
    return openStore(path, "writing");
  }
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
