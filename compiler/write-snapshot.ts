/**
 * Puts a sealed snapshot on the disk: written aside, renamed into place whole, `current` last. What
 * stands under an id is never written again; where it is not what was sealed, that is refused, not
 * mended. Nothing is flushed: after a power cut a snapshot is whole, or refused when it is opened,
 * and compiling gives the same bytes again.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CURRENT_FILE } from "../protocol/language/manifest.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { SealedSnapshot } from "./model.ts";

export interface Written {
  /** The snapshot's own folder. */
  readonly folder: string;
  /** False where the same snapshot stood there already. */
  readonly isNew: boolean;
}

/** Writes into `<snapshots>/<id>` and makes it the current one. */
export function writeSnapshot(snapshot: SealedSnapshot, snapshots: string): Written {
  const folder = join(snapshots, snapshot.id);
  mkdirSync(snapshots, { recursive: true });
  const isNew = !readdirSync(snapshots).includes(snapshot.id) && put(snapshot, snapshots);
  if (!isNew) refuseOther(snapshot, folder);
  writeCurrent(snapshot, snapshots);
  return { folder, isNew };
}

/** False where another process was faster. */
function put(snapshot: SealedSnapshot, snapshots: string): boolean {
  const aside = mkdtempSync(join(snapshots, ".writing-"));
  try {
    const whole = join(aside, snapshot.id);
    const paths = [...snapshot.files.keys()].map((path) => join(whole, path));
    for (const parent of new Set(paths.map(dirname))) mkdirSync(parent, { recursive: true });
    for (const [path, text] of snapshot.files) writeFileSync(join(whole, path), text);
    renameSync(whole, join(snapshots, snapshot.id));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOTEMPTY" || code === "EEXIST";
}

function refuseOther(snapshot: SealedSnapshot, folder: string): void {
  const standing = new Set(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const known = new Map([...snapshot.files].map(([path, text]) => [join(folder, path), text]));
  for (const path of standing) {
    if (!known.has(path)) throw otherThanSealed(path, "is not part of the snapshot");
  }
  for (const [path, text] of known) {
    if (!standing.has(path)) throw otherThanSealed(path, "is missing");
    if (readFileSync(path, "utf8") !== text) throw otherThanSealed(path, "was changed");
  }
}

function otherThanSealed(path: string, what: string): Refusal {
  return new Refusal("evidence", "snapshot/not-as-sealed", `\`${path}\` ${what}`, {
    hint: "The folder bears the id of what was compiled and does not hold it. Set it aside, then compile again.",
  });
}

function writeCurrent(snapshot: SealedSnapshot, snapshots: string): void {
  const aside = mkdtempSync(join(snapshots, ".writing-"));
  try {
    writeFileSync(join(aside, CURRENT_FILE), `${snapshot.id}\n`);
    renameSync(join(aside, CURRENT_FILE), join(snapshots, CURRENT_FILE));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
