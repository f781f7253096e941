/**
 * The files of a snapshot as bytes. It reads a file only when exactly the sealed files stand in the
 * folder, and gives its bytes only when the digest holds; each refusal names the file.
 */
import { type Digest, sha256 } from "../../protocol/language/digest.ts";
import { GOVERNANCE_FILES } from "../../protocol/language/governance.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  GRAPHS_FOLDER,
  MANIFEST_FILE,
  type ManifestFile,
} from "../../protocol/language/manifest.ts";
import { PROOFS_FILE } from "../../protocol/language/proofs.ts";
import { type Problem, Refusal } from "../../protocol/language/refusal.ts";
import type { Files } from "../ports.ts";

const HINT = "Nothing of it is used. Restore the snapshot, or compile the protocol again.";

/** A refusal of something that stands in a snapshot, or should. */
export function refuse(
  code: string,
  path: string,
  what: string,
  problems: readonly Problem[] = [],
): Refusal {
  return new Refusal("evidence", `snapshot/${code}`, `\`${path}\` ${what}`, {
    problems,
    hint: HINT,
  });
}

/** The bytes of a file, when they have this digest. */
export function readSealed(files: Files, path: string, digest: Digest): Uint8Array {
  requireFile(files, path);
  const bytes = files.read(path);
  if (sha256(bytes) !== digest) throw refuse("changed-file", path, "is not what was sealed");
  return bytes;
}

/** Refuses a missing, an additional or a resized file, and whatever is no plain file. */
export function requireExactFiles(
  files: Files,
  folder: string,
  sealed: readonly ManifestFile[],
): void {
  const wanted = new Map(sealed.map((file) => [file.path, file]));
  const atTheTop = [...GOVERNANCE_FILES, PROOFS_FILE].filter((path) => wanted.has(path));
  const folders = sealed.length > atTheTop.length ? [GRAPHS_FOLDER] : [];
  const tops = new Set([MANIFEST_FILE, ...atTheTop, ...folders]);
  for (const name of files.names(folder)) {
    if (!tops.has(name)) throw refuse("additional-file", `${folder}/${name}`, "was not sealed");
  }
  for (const [path, { bytes }] of wanted) {
    if (requireFile(files, `${folder}/${path}`) !== bytes) {
      throw refuse(
        "changed-file",
        `${folder}/${path}`,
        `has not the ${bytes} bytes that were sealed`,
      );
    }
  }
  if (folders.length === 0) return;
  for (const name of files.names(`${folder}/${GRAPHS_FOLDER}`)) {
    const path = `${GRAPHS_FOLDER}/${name}`;
    if (!wanted.has(path)) throw refuse("additional-file", `${folder}/${path}`, "was not sealed");
  }
}

/** The size of a plain file. */
function requireFile(files: Files, path: string): number {
  const standing = files.standing(path);
  if (standing === undefined) throw refuse("missing-file", path, "is missing");
  if (standing.kind !== "file") throw refuse("not-a-file", path, "is no plain file");
  if (standing.bytes > LIMITS.snapshotFileBytesMax) {
    throw refuse("changed-file", path, `has ${standing.bytes} bytes, more than any sealed file`);
  }
  return standing.bytes;
}
