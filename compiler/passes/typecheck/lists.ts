/**
 * What a `map` goes through: whether it is a list, how many items it may have, and what each of them
 * is. A value that may be no list is a fault; a list that may be too long stays for run time.
 */
import type { Schema } from "../../model.ts";
import { itemsOf } from "../../types/bounds.ts";
import { fit } from "../../types/fit.ts";
import { placeAt, placeEach } from "../../types/place.ts";
import {
  ANYTHING,
  both,
  literal,
  schemaOf,
  type Type,
  typeOf,
  union,
  valuesIn,
} from "../../types/type.ts";
import { nameOf } from "./inputs.ts";
import { report, type Site, spanOf } from "./scope.ts";
import { isWrong, typeOfValue, type Value } from "./value.ts";

/** What is known of a list. */
export interface List {
  /** The type of any item. */
  readonly item: Type;
  readonly least: number;
  readonly most: number;
  /** True where it may be no list, or too long a one. */
  readonly mayViolate: boolean;
}

const LIST: Schema = Object.freeze({ type: "array" });

interface Asked {
  readonly max: number;
  /** False where no execution gets here. */
  readonly reached: boolean;
}

/** Reports what is no list, or always too long a one. */
export function listOf(site: Site, value: Value, { max, reached }: Asked): List {
  if (!reached || isWrong(value)) {
    return { item: ANYTHING, least: 0, most: Number.POSITIVE_INFINITY, mayViolate: true };
  }
  const type = typeOfValue(value);
  const found = fit(type, LIST);
  const { pass } = site.scope;
  const span = spanOf(site);
  if (found.verdict === "no") {
    const witness = JSON.stringify(found.refutation.witness);
    report(pass, "typecheck/not-a-list", { span }, { source: nameOf(value), witness });
  }
  const list = both(type, LIST);
  const { least, most } = countOf(list);
  if (least > max) {
    const words = { source: nameOf(value), least: String(least), max: String(max) };
    report(pass, "typecheck/list-too-long", { span }, words);
  }
  if (found.verdict === "undecided") undecided(site, `${nameOf(value)} may be no list`);
  else if (most > max && least <= max) {
    undecided(site, `${nameOf(value)} may have more than ${max} items`);
  }
  const mayViolate = found.verdict !== "yes" || most > max;
  return { item: itemOf(list, most), least, most, mayViolate };
}

function undecided(site: Site, why: string): void {
  const { pass, workflow } = site.scope;
  const name = workflow.artifact.name;
  pass.undecided.push({ workflow: name, node: site.point, why, span: spanOf(site) });
}

function countOf(list: Type): { readonly least: number; readonly most: number } {
  const lengths = valuesIn(list)?.flatMap((value) => (Array.isArray(value) ? value.length : []));
  if (lengths !== undefined && lengths.length > 0) {
    return { least: Math.min(...lengths), most: Math.max(...lengths) };
  }
  return itemsOf(list ?? []);
}

/** Lists up to this length are looked at item for item: the items may differ in kind. */
const APART_MAX = 64;

function itemOf(list: Type, most: number): Type {
  const values = valuesIn(list)?.flatMap((value) => (Array.isArray(value) ? value : []));
  if (values !== undefined && values.length > 0) return typeOf(union(values.map(literal)));
  if (most > APART_MAX) return placeEach(list);
  const items = Array.from({ length: most }, (_, index) => placeAt(list, index));
  const there = items.filter(({ presence }) => presence !== "never");
  return typeOf(union(there.map(({ type }) => schemaOf(type))));
}
