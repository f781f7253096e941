/**
 * The snapshot's manifest: the list of everything that was sealed. The snapshot's id is the SHA-256
 * of the manifest's bytes, which are canonical JSON and a newline.
 *
 *   snapshots/current                     one line: the id
 *   snapshots/<id>/manifest.json
 *   snapshots/<id>/graphs/<domain>.<CODE>.json
 *   snapshots/<id>/intents.json, policies.json, proofs.json
 *
 * A manifest holds no time, no path of a machine and no host name: the same protocol gives the same
 * bytes everywhere.
 */
import type { Digest } from "./digest.ts";
import { type FullName, fileNameOf } from "./names.ts";

export const SNAPSHOT_FORMAT = 1;
export const LANGUAGE_VERSION = 0;

export const MANIFEST_FILE = "manifest.json";
export const CURRENT_FILE = "current";
export const GRAPHS_FOLDER = "graphs";

/** The path of a workflow's graph in the snapshot. */
export function graphFileOf(workflow: FullName): string {
  return `${GRAPHS_FOLDER}/${fileNameOf(workflow)}.json`;
}

export interface ManifestFile {
  /** Relative to the snapshot's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Digest;
}

export interface SealedCapability {
  readonly implementation: string;
  /** Of the program text that runs, with everything that it imports. */
  readonly sha256: Digest;
}

export interface Manifest {
  readonly format: number;
  readonly language: number;
  /** Sorted by path; the manifest itself is not among them. */
  readonly files: readonly ManifestFile[];
  /** Sorted by name. */
  readonly workflows: readonly { readonly workflow: FullName; readonly file: string }[];
  /** Those that the workflows use, sorted by name. */
  readonly capabilities: readonly SealedCapability[];
  /** Full names of the authored invariants, each proven; sorted. */
  readonly invariants: readonly string[];
}
