/**
 * Reads a binding as it is written: strings that are paths become paths, each with what is known of
 * its value at this point. A path at fault is reported once, and nothing more is said of it.
 */
import type { BindingText } from "../../../protocol/language/artifacts.ts";
import { isObject } from "../../../protocol/language/json.ts";
import { type Label, SEALED_MEMBER } from "../../../protocol/language/names.ts";
import type {
  Comparable,
  FilterQuery,
  Logical,
  Query,
  Selector,
} from "../../../protocol/language/query.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { propertiesOf } from "../../types/bounds.ts";
import {
  labelsIn,
  merged,
  type Places,
  placesAt,
  placesInEach,
  underEvery,
  whole,
} from "../../types/labels.ts";
import { schemaOf, type Type, typeOf } from "../../types/type.ts";
import { isAssigned, reportByOutcome, reportUnassigned } from "./assigned.ts";
import { stringValue } from "./paths.ts";
import { rootOf } from "./roots.ts";
import { inside, report, type Site, spanOf } from "./scope.ts";
import {
  arrayValue,
  type Bound,
  boundOf,
  objectValue,
  type PathValue,
  type Read,
  type Value,
} from "./value.ts";
import { type PathFault, walk, walkEach } from "./walk.ts";

/** A binding at a point. With `reached` false only the paths themselves are checked. */
export function readBinding(text: BindingText, site: Site, reached: boolean): Bound {
  return boundOf(readValue(text, site, reached));
}

function readValue(text: BindingText, site: Site, reached: boolean): Value {
  const { at } = site;
  if (typeof text === "string") {
    const value = stringValue(text, site);
    return value.kind === "path" && reached ? { ...value, read: readPath(value, site) } : value;
  }
  if (Array.isArray(text)) {
    const items = text.map((item, index) => readValue(item, inside(site, index), reached));
    return arrayValue(items, at);
  }
  if (!isObject(text)) return { kind: "literal", value: text, at };
  const members: [string, Value][] = [];
  for (const name of Object.keys(text)) {
    if (name === SEALED_MEMBER) reportReserved(site);
    members.push([name, readValue(text[name] as BindingText, inside(site, name), reached)]);
  }
  return objectValue(members, at);
}

function reportReserved(site: Site): void {
  const span = site.scope.workflow.artifact.document.spanOf([...site.at, SEALED_MEMBER], "key");
  report(site.scope.pass, "typecheck/reserved-member", { span }, { member: SEALED_MEMBER });
}

/** What a path reads, or null where it was reported. */
function readPath(path: PathValue, site: Site): Read | null {
  const { node, steps, query } = path;
  if (node !== undefined && !isAssigned(site, node)) {
    reportUnassigned(site, path, node);
    return null;
  }
  const { type, places } = rootOf(path, site);
  const walked = steps === undefined ? walkEach(type, query) : walk(type, steps);
  if (!("type" in walked)) {
    reportFault(path, walked, type, site);
    return null;
  }
  if (steps === undefined) {
    const each = schemaOf(walked.type);
    const list = each === true ? { type: "array" } : { type: "array", items: each };
    return { type: typeOf(list), places: picked(places, query), fallible: true };
  }
  return { ...walked, places: steps.reduce(placesAt, places) };
}

/**
 * The places of the list that a plural path gives. Which values a filter lets by tells of what it
 * looked at, and so does how many: the labels of all that it reads are labels of the whole list.
 */
function picked(places: Places, query: Query): Places {
  const told = [...new Set(labelsRead(places, { here: places, query }))].sort();
  const items = underEvery(selected(places, query));
  return told.length === 0 ? items : merged([whole(told), ...items]);
}

/** A query inside of another, and the places of the value that it begins at. */
interface Begun {
  readonly here: Places;
  readonly query: Query;
}

/** The labels of what the filters of a query read; filters may have queries with filters of their own. */
function labelsRead(root: Places, { here, query }: Begun): readonly Label[] {
  return query.flatMap((segment, at) => {
    const values = selected(here, query.slice(0, at));
    return segment.flatMap((selector) => {
      if (!("filter" in selector)) return [];
      return queriesIn(selector.filter).flatMap(({ from, query: inner }) => {
        const begun = { here: from === "$" ? root : placesInEach(values), query: inner };
        return [...labelsIn(selected(begun.here, inner)), ...labelsRead(root, begun)];
      });
    });
  });
}

function queriesIn(filter: Logical): readonly FilterQuery[] {
  if ("or" in filter) return filter.or.flatMap(queriesIn);
  if ("and" in filter) return filter.and.flatMap(queriesIn);
  if ("not" in filter) return queriesIn(filter.not);
  if ("exists" in filter) return [filter.exists];
  return [...queriesOf(filter.left), ...queriesOf(filter.right)];
}

function queriesOf(side: Comparable): readonly FilterQuery[] {
  if ("literal" in side) return [];
  if ("value" in side) return [side.value];
  return side.call === "length" ? queriesOf(side.of) : [side.of];
}

/** The places of each value that a plural path selects. */
function selected(places: Places, query: Query): Places {
  return query.reduce<Places>(
    (here, segment) => merged(segment.flatMap((selector) => selectedBy(here, selector))),
    places,
  );
}

function selectedBy(places: Places, selector: Selector): Places {
  if ("name" in selector) return placesAt(places, selector.name);
  return "index" in selector ? placesAt(places, selector.index) : placesInEach(places);
}

function reportFault(path: PathValue, found: PathFault, root: Type, site: Site): void {
  const { pass } = site.scope;
  const { fault, step, what } = found;
  const name = String(step);
  if (path.steps !== undefined && reportByOutcome(site, path, name)) return;
  const span = spanOf(site);
  const parameters = { path: path.text, name, what };
  if (fault === "missing") {
    const hint = didYouMean(name, namesBefore(path, root, found.after));
    report(pass, "typecheck/missing-property", { span, hint }, parameters);
  } else if (fault === "kind") {
    const hint = "Decide on its type first, or let the schema allow no other.";
    report(pass, "typecheck/optional-property", { span, hint }, parameters);
  } else if (typeof step === "number") {
    const item = { path: path.text, index: name, what };
    report(pass, "typecheck/optional-item", { span }, item);
  } else report(pass, "typecheck/optional-property", { span }, parameters);
}

/** The names that stand where a path looked in vain. */
function namesBefore(path: PathValue, root: Type, after: number): readonly string[] {
  const { steps, query } = path;
  const before =
    steps === undefined ? walkEach(root, query.slice(0, after)) : walk(root, steps.slice(0, after));
  const type = "type" in before ? before.type : null;
  return (type ?? []).flatMap((part) => Object.keys(propertiesOf(part)));
}
