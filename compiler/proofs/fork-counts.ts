/**
 * How often what runs in a fork comes to something, by the fork's outcome: of a map, by how many of
 * its items may then have succeeded and how many not.
 */
import type { MapNode, ParallelNode } from "../../protocol/language/graph.ts";
import { mixesOf } from "./map-mixes.ts";
import type { Inside, Trail } from "./trail.ts";

export type Sense = "least" | "most";

export interface Counted {
  readonly count: number;
  readonly trail: Trail;
}

/** Of one item or branch that succeeds, and of one that does not; null where none does so. */
export interface Ways {
  readonly succeeded: Counted | null;
  readonly failed: Counted | null;
}

export interface Ran {
  readonly count: number;
  readonly inside: readonly Inside[];
}

interface Asked {
  readonly outcome: string;
  readonly sense: Sense;
}

const NOTHING: Ran = Object.freeze({ count: 0, inside: Object.freeze([]) });

/** Null where the fork cannot end so. */
export function countOfFork(
  fork: MapNode | ParallelNode,
  parts: readonly Ways[],
  asked: Asked,
): Ran | null {
  const [each] = parts;
  if (fork.kind === "parallel") return ofBranches(parts, asked);
  return each === undefined ? null : ofItems(each, fork, asked);
}

function ofItems(ways: Ways, map: MapNode, { outcome, sense }: Asked): Ran | null {
  const { succeeded, failed } = ways;
  const sums = mixesOf(outcome, map).flatMap((mix) => {
    const isMissing = (mix.succeeded > 0 && !succeeded) || (mix.failed > 0 && !failed);
    return isMissing ? [] : [plus(many(succeeded, mix.succeeded), many(failed, mix.failed))];
  });
  return sums.reduce<Ran | null>((a, b) => (a === null || isBetter(sense, b, a) ? b : a), null);
}

function ofBranches(parts: readonly Ways[], { outcome, sense }: Asked): Ran | null {
  const total = (all: readonly (Counted | null)[]): Ran | null =>
    all.includes(null) ? null : all.reduce<Ran>((sum, one) => plus(sum, many(one, 1)), NOTHING);
  if (outcome === "SUCCESS") return total(parts.map(({ succeeded }) => succeeded));
  if (outcome !== "FAILED") return total(parts.map((ways) => bestOf(ways, sense)));
  const tries = parts.map((_, wrong) =>
    total(parts.map((ways, at) => (at === wrong ? ways.failed : bestOf(ways, sense)))),
  );
  return tries.reduce(
    (a, b) => (a === null || (b !== null && isBetter(sense, b, a)) ? b : a),
    null,
  );
}

function bestOf({ succeeded, failed }: Ways, sense: Sense): Counted | null {
  if (succeeded === null || failed === null) return succeeded ?? failed;
  return isBetter(sense, failed, succeeded) ? failed : succeeded;
}

function isBetter(sense: Sense, a: { readonly count: number }, b: { readonly count: number }) {
  return sense === "most" ? a.count > b.count : a.count < b.count;
}

function many(one: Counted | null, times: number): Ran {
  if (one === null || times <= 0) return NOTHING;
  return { count: one.count * times, inside: [{ times, trail: one.trail }] };
}

function plus(a: Ran, b: Ran): Ran {
  return { count: a.count + b.count, inside: [...a.inside, ...b.inside] };
}
