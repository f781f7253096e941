/**
 * Opening the stored state of a data root to write it. A file of an older format is put away and
 * folded anew from the ledger, since it holds nothing that the ledger does not.
 */
import { statePath } from "../data-root.ts";
import type { Files } from "../ports.ts";
import { OtherFormat, openStore, type SqliteStore } from "./sqlite.ts";

export function openState(files: Files, dataRoot: string): SqliteStore {
  const path = statePath(dataRoot);
  try {
    return openStore(path, "writing");
  } catch (error) {
    if (!(error instanceof OtherFormat)) throw error;
    removeState(files, dataRoot);
    return openStore(path, "writing");
  }
}

/** Removes the stored state: it is then folded anew by whoever opens the data root. */
export function removeState(files: Files, dataRoot: string): void {
  const path = statePath(dataRoot);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (files.standing(file) !== undefined) files.remove(file);
  }
}
