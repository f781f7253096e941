/**
 * What `map` and `parallel` are given and what they give: the list and its items, the payload of
 * each workflow that they run, and the ends of those workflows as values.
 */
import type {
  BindingText,
  MapNodeText,
  ParallelNodeText,
} from "../../../protocol/language/artifacts.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type {
  PathStep,
  ResolvedMap,
  ResolvedParallel,
  Schema,
  TypedBody,
  TypedNode,
} from "../../model.ts";
import {
  merged,
  NO_PLACES,
  type Places,
  placesInEach,
  under,
  underEvery,
} from "../../types/labels.ts";
import { exactObject, literal, union } from "../../types/type.ts";
import { checkFit } from "./inputs.ts";
import { checkPayloadLabels } from "./label-flow.ts";
import { type List, listOf } from "./lists.ts";
import { readBinding } from "./reads.ts";
import type { Output, Outputs, Pass, Root, Scope } from "./scope.ts";
import { listFallible, payloadTarget, siteAt } from "./sites.ts";
import { bindingOf, isFallible, placesOfBound } from "./value.ts";

/** Checks a fork, and gives what it writes. */
export function checkFork(scope: Scope, node: ResolvedMap | ResolvedParallel): Forked {
  return node.kind === "map" ? checkMap(scope, node) : checkParallel(scope, node);
}

export interface Forked {
  readonly typed: TypedNode;
  readonly outputs: Outputs;
}

function checkMap(scope: Scope, node: ResolvedMap): Forked {
  const text = scope.workflow.artifact.text.nodes[node.name] as MapNodeText;
  const reached = scope.flow.reaches(node.name);
  const site = siteAt(scope, node.name, ["nodes", node.name, "map"]);
  const bound = readBinding(text.map, site, reached);
  const list = listOf(site, bound.value, { max: node.max, reached });
  if (reached) listFallible(site, bound);
  const places = placesOfBound(bound);
  const body = checkBody(scope, node, {
    workflow: node.workflow,
    text: text.with,
    at: ["nodes", node.name, "with"],
    item: { type: list.item, places: placesInEach(places) },
  });
  const outputs = mapOutputs(node, list, endsOf(scope.pass, node.workflow));
  const typed: TypedNode = {
    node,
    text,
    input: bindingOf(bound),
    check: null,
    mayViolate: list.mayViolate || isFallible(bound),
    mayFault: false,
    sealInput: places,
    sealOutput: placesBy(outputs),
    bodies: [body],
    ...(list.least > 0 ? { neverEmpty: true } : {}),
  };
  return { typed, outputs };
}

function checkParallel(scope: Scope, node: ResolvedParallel): Forked {
  const text = scope.workflow.artifact.text.nodes[node.name] as ParallelNodeText;
  const bodies = node.branches.map(({ name, workflow }) =>
    checkBody(scope, node, {
      workflow,
      text: text.parallel[name]?.with,
      at: ["nodes", node.name, "parallel", name, "with"],
    }),
  );
  const outputs = parallelOutputs(node, scope.pass);
  const typed: TypedNode = {
    node,
    text,
    input: { binding: { literal: null }, roots: [], fallible: false },
    check: null,
    mayViolate: false,
    mayFault: false,
    sealInput: [],
    sealOutput: placesBy(outputs),
    bodies,
  };
  return { typed, outputs };
}

function placesBy(outputs: Outputs): TypedNode["sealOutput"] {
  return new Map([...outputs].map(([outcome, { places }]) => [outcome, places]));
}

interface BodyText {
  readonly workflow: FullName;
  readonly text: BindingText | undefined;
  readonly at: readonly PathStep[];
  readonly item?: Root;
}

const ROOTS_OF_MAP: readonly string[] = ["payload", "context", "nodes", "item"];

/** What a fork hands to a workflow that it runs. */
function checkBody(
  scope: Scope,
  { name }: ResolvedMap | ResolvedParallel,
  { workflow, text, at, item }: BodyText,
): TypedBody {
  const reached = scope.flow.reaches(name);
  const plain = siteAt(scope, name, at);
  const site =
    item === undefined
      ? plain
      : { ...plain, roots: new Map([["item" as const, item]]), rootNames: ROOTS_OF_MAP };
  const bound = readBinding(text ?? {}, site, reached);
  const target = payloadTarget(scope.pass, workflow);
  const verdict = reached ? checkFit(site, bound.value, target) : "proven";
  if (reached) {
    checkPayloadLabels(site, workflow, bound);
    listFallible(site, bound);
  }
  return {
    workflow,
    input: bindingOf(bound),
    check: verdict === "proven" ? null : target.schema,
    sealInput: placesOfBound(bound),
  };
}

/** How an item or a branch may have ended, by outcome. */
type Ends = ReadonlyMap<string, Output>;

const FAULTED: Output = Object.freeze({ schema: { const: null }, places: NO_PLACES });

/** Whatever is run may break off: its payload may not fit what is written down of it. */
function endsOf(pass: Pass, workflow: FullName): Ends {
  return new Map([...(pass.signatures.get(workflow)?.outputs ?? []), ["FAULT", FAULTED]]);
}

/** Those with which it has succeeded; all of them, where none that was named is there. */
function succeeded(ends: Ends, succeed: readonly string[]): Ends {
  const good = new Map([...ends].filter(([outcome]) => succeed.includes(outcome)));
  return good.size === 0 ? ends : good;
}

function endSchema(ends: Ends): Schema {
  return union(
    [...ends].map(([outcome, { schema }]) =>
      exactObject([
        ["outcome", literal(outcome)],
        ["result", schema],
      ]),
    ),
  );
}

function endPlaces(ends: Ends): Places {
  return under("result", merged([...ends.values()].flatMap(({ places }) => places)));
}

function count(least: number, most: number): Schema {
  return { type: "integer", minimum: least, maximum: Math.max(least, most) };
}

interface Counts {
  readonly ends: Ends;
  /** Of items, and of those that have succeeded. */
  readonly total: Schema;
  readonly good: Schema;
  readonly items: { readonly least: number; readonly most: number };
}

function mapOutputs(node: ResolvedMap, list: List, ends: Ends): Outputs {
  const least = Math.max(1, list.least);
  const most = Math.max(least, Math.min(node.max, list.most));
  const total = count(least, most);
  const items = { least, most };
  const all = { ends, total, items };
  const good = succeeded(ends, node.succeed);
  const of = (counts: Counts) => mapOutput(node, counts);
  const none = { least: 0, most: 0 };
  return new Map([
    ["SUCCESS", of({ ends: good, total, good: total, items })],
    ...(node.threshold === null
      ? []
      : ([["PARTIAL", of({ ...all, good: count(1, most - 1) })]] as const)),
    ["FAILED", of({ ...all, good: count(0, most - 1) })],
    ["EMPTY", of({ ends, total: literal(0), good: literal(0), items: none })],
  ]);
}

function mapOutput({ collect }: ResolvedMap, { ends, total, good, items }: Counts): Output {
  const counted = count(1, Math.max(1, items.most));
  const outcomes: Schema = {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries([...ends.keys()].map((outcome) => [outcome, counted])),
  };
  const members: [string, Schema][] = [
    ["total", total],
    ["succeeded", good],
    ["outcomes", outcomes],
  ];
  if (!collect) return { schema: exactObject(members), places: NO_PLACES };
  const { least, most } = items;
  const results = { type: "array", minItems: least, maxItems: most, items: endSchema(ends) };
  return {
    schema: exactObject([...members, ["results", results]]),
    places: under("results", underEvery(endPlaces(ends))),
  };
}

function parallelOutputs({ branches }: ResolvedParallel, pass: Pass): Outputs {
  const of = (endsIn: (ends: Ends, succeed: readonly string[]) => Ends): Output => {
    const each = branches.map(({ name, workflow, succeed }) => {
      const ends = endsIn(endsOf(pass, workflow), succeed);
      return { name, schema: endSchema(ends), places: under(name, endPlaces(ends)) };
    });
    return {
      schema: exactObject(each.map(({ name, schema }) => [name, schema])),
      places: merged(each.flatMap(({ places }) => places)),
    };
  };
  return new Map([
    ["SUCCESS", of(succeeded)],
    ["FAILED", of((ends) => ends)],
  ]);
}
