/**
 * Lists that stand in for what a `map` goes through: none, one, two, and as many as it takes for some
 * to fail and the share of the others to be large enough; of items that decisions tell apart.
 */
import type { MapNode } from "../../protocol/language/graph.ts";
import type { Json } from "../../protocol/language/json.ts";
import { companionsOf } from "./map-mixes.ts";

/** Longer lists are not made: of such a map no run ends PARTIAL. */
export const LENGTH_MAX = 200;
/** Items that are told apart. */
const WAYS_MAX = 6;

export function listsOf(map: MapNode, items: readonly Json[]): readonly Json[] {
  const ways = items.slice(0, WAYS_MAX);
  const length = lengthForPart(map);
  const long = (first: Json, others: Json) =>
    length === undefined ? [] : [[first, ...new Array<Json>(length - 1).fill(others)]];
  const mixed = ways.flatMap((others) =>
    ways.filter((first) => first !== others).map((first) => [first, others] as const),
  );
  return [
    ...ways.map((item) => [item]),
    [],
    ...ways.flatMap((item) => long(item, item)),
    ...ways.map((item) => [item, item]),
    ...mixed.flatMap(([first, others]) => long(first, others)),
    ...mixed.map(([first, others]) => [first, others]),
  ].filter((list) => list.length <= map.max);
}

/** The shortest list of which one may fail and the share is still large enough. */
function lengthForPart({ threshold, max }: MapNode): number | undefined {
  if (threshold === null) return undefined;
  const length = companionsOf(threshold) + 1;
  return length > 2 && length <= Math.min(max, LENGTH_MAX) ? length : undefined;
}
