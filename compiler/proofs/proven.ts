/** What a proof takes and what it gives; which proofs are made is listed in the pass `proofs`. */
import type { Graph } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Typed } from "../model.ts";

/** What a proof found, and what of it is sealed. */
export interface Proven {
  readonly diagnostics: readonly Diagnostic[];
  /** Its member of `proofs.json`; undefined where there is nothing to say. */
  readonly sealed: Json | undefined;
  /** Full names of authored invariants that hold, for the manifest. */
  readonly invariants?: readonly string[];
}

/** A proof over all graphs of a protocol, in the order of `typed.workflows`. */
export type Proof = (graphs: readonly Graph[], typed: Typed) => Proven;
