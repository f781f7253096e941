/**
 * Room for what a check has to remember and memory should not hold: a store of its own, in a folder
 * that the caller gives and that is nobody's evidence. It leaves nothing behind.
 */
import { join } from "node:path";
import { statePath } from "../data-root.ts";
import type { Files } from "../ports.ts";
import { removeState } from "../state/open.ts";
import { openStore, type SqliteStore } from "../state/sqlite.ts";

export interface Scratch {
  readonly files: Files;
  /** A folder that stands. */
  readonly folder: string;
  /** Of the store, among others in the folder. */
  readonly name: string;
}

const IN_MEMORY = ":memory:";

/** An empty store, in memory without room elsewhere. What it leaves is removed when it closes. */
export function openScratch(room: Scratch | undefined): SqliteStore {
  if (room === undefined) return openStore(IN_MEMORY, "writing");
  const { files, folder, name } = room;
  const own = join(folder, name);
  files.makeFolder(own);
  removeState(files, own);
  const store = openStore(statePath(own), "writing");
  return {
    ...store,
    close() {
      store.close();
      removeState(files, own);
    },
  };
}
