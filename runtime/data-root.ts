/**
 * The folder of a data root: what may stand in it, and making it. Links, FIFOs and devices are
 * refused before anything is opened; a folder that is made is on the disk before anything is in it.
 */
import { dirname, join } from "node:path";
import { Refusal } from "../protocol/language/refusal.ts";
import { failureOf } from "./disk-failure.ts";
import type { Files } from "./ports.ts";

export function statePath(dataRoot: string): string {
  return join(dataRoot, "state.db");
}

/** Makes the data root where there is none, and refuses one that holds what it must not. */
export function prepareDataRoot(files: Files, dataRoot: string): void {
  try {
    makeFolders(files, dataRoot);
  } catch (error) {
    throw failureOf("data-root", error);
  }
  checkTree(files, dataRoot);
}

/** Refuses a data root of which some part is neither a folder nor a file of its own. */
function checkTree(files: Files, dataRoot: string): void {
  for (const name of files.names(dataRoot)) {
    check(files, join(dataRoot, name), KINDS.get(name));
    if (KINDS.get(name) !== "folder") continue;
    for (const inner of files.names(join(dataRoot, name))) {
      const isFolder = name === "keys" || inner === "cut";
      check(files, join(dataRoot, name, inner), isFolder ? "folder" : "file");
    }
  }
}

/** What has a name in a data root; what else stands there may be either. */
const KINDS: ReadonlyMap<string, "file" | "folder"> = new Map([
  ["ledger", "folder"],
  ["keys", "folder"],
  ["owner.db", "file"],
  ["owner.json", "file"],
  ["state.db", "file"],
  ["state.db-wal", "file"],
  ["state.db-shm", "file"],
]);

/**
 * Each folder is on the disk before the next is made in it. So the deepest that stands may have been
 * made by a start that was stopped before it could flush its name: that is done again here.
 */
function makeFolders(files: Files, dataRoot: string): void {
  const missing: string[] = [];
  let folder = dataRoot;
  for (; files.standing(folder) === undefined && dirname(folder) !== folder; ) {
    missing.unshift(folder);
    folder = dirname(folder);
  }
  // A parent of the data root may be a link: that is the operator's business.
  if (folder === dataRoot && files.standing(folder)?.kind !== "folder") refuse(folder, "folder");
  const isNew = missing.length > 0 || files.names(dataRoot).length === 0;
  if (isNew) flushName(files, folder);
  for (const path of missing) {
    files.makeFolder(path);
    files.flushFolder(dirname(path));
  }
}

/** Nobody makes a folder in one that they cannot read: what stands there was made by others. */
function flushName(files: Files, folder: string): void {
  try {
    files.flushFolder(dirname(folder));
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "disk/not-readable")) throw error;
  }
}

function check(files: Files, path: string, kind: "file" | "folder" | undefined): void {
  const standing = files.standing(path);
  // SQLite and other writers remove files of theirs while this looks.
  if (standing === undefined) return;
  const linked = standing.kind === "file" && standing.links !== 1;
  const wrong = kind === undefined ? standing.kind === "other" : standing.kind !== kind;
  if (linked || wrong) refuse(path, kind ?? "file");
}

function refuse(path: string, expected: "file" | "folder"): never {
  const message = `expected \`${path}\` to be a ${expected} of its own, and no link or device`;
  const hint = "Move away what stands there, or name another data root with `--data-root`.";
  throw new Refusal("viability", "data-root/not-a-file", message, { hint });
}
