/**
 * Follows steps through a type: the type at their end, and whether a value can lack it. The first
 * step that is certain to fail, or may fail by what the schema declares, is a fault; a step that no
 * schema speaks of only makes the path fallible.
 */
import type { Step } from "../../../protocol/language/graph.ts";
import type { Query, Selector } from "../../../protocol/language/query.ts";
import { KIND, namesKinds, typeNames } from "../../types/kinds.ts";
import { placeAt, placeEach } from "../../types/place.ts";
import { narrow } from "../../types/prove.ts";
import { kindsIn, schemaOf, type Type, typeOf, union } from "../../types/type.ts";
import { asks } from "../../types/words.ts";

export type Walked = { readonly type: Type; readonly fallible: boolean } | PathFault;

export interface PathFault {
  /** `kind`: the value may be of a kind that has no such step. */
  readonly fault: "missing" | "optional" | "kind";
  readonly step: Step;
  /** How many steps lead to where it is looked for. */
  readonly after: number;
  readonly what: string;
}

/** Follows a singular path. */
export function walk(from: Type, steps: readonly Step[]): Walked {
  let type = from;
  let fallible = false;
  for (const [after, step] of steps.entries()) {
    type = narrow(type, step);
    const place = placeAt(type, step);
    const other = otherKinds(type, step);
    const fault = (fault: PathFault["fault"], what: string) => ({ fault, step, after, what });
    if (other === "all") return fault("missing", whatIs(type));
    if (place.presence === "never") return fault("missing", whatLacks(step));
    if (other === "some") return fault("kind", whatIs(type));
    if (place.presence === "maybe") return fault("optional", whatMayLack(step));
    if (other === "unknown" || place.presence === "open") fallible = true;
    type = place.type;
  }
  return { type, fallible };
}

/** Whether values of the type may be of a kind that has no such step. */
function otherKinds(type: Type, step: Step): "none" | "some" | "all" | "unknown" {
  const kinds = kindsIn(type);
  const wanted = typeof step === "string" ? KIND.object : KIND.array;
  if ((kinds & wanted) === 0) return "all";
  if ((kinds & ~wanted) === 0) return "none";
  return type?.some(namesKinds) ? "some" : "unknown";
}

function whatIs(type: Type): string {
  return `the value there is ${asks("type", { type: typeNames(kindsIn(type)) })}`;
}

function whatLacks(step: Step): string {
  return typeof step === "string" ? "the schema has no such property" : "there are never so many";
}

function whatMayLack(step: Step): string {
  return typeof step === "string" ? "the schema does not require it" : "no `minItems` asks for it";
}

/** Follows a plural path: what each of the selected values is. What is missing is not selected. */
export function walkEach(from: Type, query: Query): Walked {
  let type = from;
  for (const [after, segment] of query.entries()) {
    const selected = segment.map((selector) => selectIn(type, selector));
    const [first] = segment;
    const none = selected.every((one) => one === null);
    if (none && first !== undefined) {
      const step = "name" in first ? first.name : "index" in first ? first.index : "*";
      const what = "no value has it, so nothing is ever selected";
      return { fault: "missing", step, after, what };
    }
    type = typeOf(union(selected.map(schemaOf)));
  }
  return { type, fallible: true };
}

function selectIn(type: Type, selector: Selector): Type {
  if ("name" in selector) return selectAt(type, selector.name);
  if ("index" in selector) return selectAt(type, selector.index);
  return placeEach(type);
}

function selectAt(type: Type, step: Step): Type {
  if (otherKinds(type, step) === "all") return null;
  const place = placeAt(type, step);
  return place.presence === "never" ? null : place.type;
}
