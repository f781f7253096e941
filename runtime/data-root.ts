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

function makeFolders(files: Files, folder: string): void {
  const standing = files.standing(folder);
  if (standing?.kind === "folder") return;
  if (standing !== undefined) refuse(folder, "folder");
  const parent = dirname(folder);
  if (parent !== folder && files.standing(parent) === undefined) makeFolders(files, parent);
  files.makeFolder(folder);
  files.flushFolder(parent);
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
