/**
 * The pass `proofs`: what holds on every path of the lowered graphs, calls written out. Where
 * something does not hold it is a diagnostic with a path that shows it; what holds is sealed. It
 * changes no graph.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { SealedProofs } from "../../protocol/language/proofs.ts";
import type { Passed, Typed } from "../model.ts";
import { bounds } from "../proofs/budgets.ts";
import { invariants } from "../proofs/invariants.ts";
import type { Proof } from "../proofs/proven.ts";
import { sagas } from "../proofs/sagas.ts";
import { paths } from "../proofs/told-paths.ts";

/** The proofs, in the order in which they are made; the name is that of the member which is sealed. */
export const PROOFS: readonly (readonly [name: string, proof: Proof])[] = Object.freeze([
  ["paths", paths],
  ["bounds", bounds],
  ["sagas", sagas],
  ["invariants", invariants],
]);

/** All that was proven: members of `proofs.json`, and the names of the invariants that hold. */
export interface ProvenAll {
  readonly sealed: SealedProofs;
  readonly invariants: readonly string[];
}

export const NOTHING_PROVEN: ProvenAll = Object.freeze({ sealed: {}, invariants: [] });

export function proofs(
  graphs: readonly Graph[],
  typed: Typed,
  list: readonly (readonly [name: string, proof: Proof])[] = PROOFS,
): Passed<ProvenAll> {
  const made = list.map(([name, proof]) => [name, proof(graphs, typed)] as const);
  const sealed: [string, Json][] = [];
  for (const [name, { sealed: one }] of made) if (one !== undefined) sealed.push([name, one]);
  const names = made.flatMap(([, { invariants = [] }]) => invariants);
  return {
    value: { sealed: Object.fromEntries(sealed), invariants: names.toSorted(byCodeUnits) },
    diagnostics: made.flatMap(([, { diagnostics }]) => diagnostics),
  };
}
