/**
 * What was proven of the sealed graphs, as a snapshot holds it: for people, and for whoever compares
 * two snapshots. The machine relies on nothing of it, and a run never reads it.
 *
 *   snapshots/<id>/proofs.json
 *
 * One member a proof, by its name: what the proof says stands in the file that makes it.
 */
import type { Json } from "./json.ts";

export const PROOFS_FILE = "proofs.json";

/** By the name of the proof; a snapshot of older days has none of it. */
export interface SealedProofs {
  readonly [proof: string]: Json;
}
