/**
 * The form of a sealed graph: every member, its type and its range. What the numbers mean to each
 * other is the business of `graph-laws.ts`.
 */
import { isObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { OUTCOME_PATTERN, SEALED_LABELS, splitName } from "../../protocol/language/names.ts";
import {
  each,
  type Form,
  finite,
  integer,
  is,
  json,
  later,
  literal,
  matching,
  members,
  oneOf,
  orNull,
  problem,
  table,
  tagged,
  text,
  truth,
  tuple,
  withMember,
} from "./form.ts";

const { graphNodesMax, outcomesMax, pathStepsMax, decisionRowsMax, snapshotItemsMax } = LIMITS;
const { externalTimeoutMsMax } = LIMITS;
/** Engine outcomes stand beside those of the contract. */
const edgesMax = outcomesMax + decisionRowsMax + 4;

export const fullName = is(
  "an artifact's full name",
  (value) => typeof value === "string" && splitName(value) !== undefined,
);
const outcome = matching("an outcome", OUTCOME_PATTERN);
const nodeName = matching("a node's name", /^[a-z][a-z0-9_]{0,63}(\/[a-z][a-z0-9_]{0,63})*$/);
const node = integer(0, graphNodesMax - 1);
const slot = integer(0, graphNodesMax + 1);
const schema = integer(0, snapshotItemsMax);
const check = orNull(schema);
const position = integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const step: Form = (value, at) => (typeof value === "string" ? text : position)(value, at);

const literalValue: Form = (value, at) =>
  (typeof value === "object" ? literal(null) : json)(value, at);

const query: Form = each(
  each(
    oneOf({
      name: text,
      index: position,
      wildcard: literal(true),
      slice: tuple([orNull(position), orNull(position), orNull(position)]),
      filter: later(() => logical),
    }),
    snapshotItemsMax,
  ),
  pathStepsMax,
);

const filterQuery = members({ from: literal("@", "$"), query });

const comparable: Form = withMember(
  "call",
  tagged("call", {
    length: members({ call: text, of: later(() => comparable) }),
    count: members({ call: text, of: filterQuery }),
    value: members({ call: text, of: filterQuery }),
  }),
  oneOf({ literal: literalValue, value: filterQuery }),
);

const logical: Form = withMember(
  "compare",
  members({
    compare: literal("==", "!=", "<", "<=", ">", ">="),
    left: comparable,
    right: comparable,
  }),
  oneOf({
    or: each(
      later(() => logical),
      snapshotItemsMax,
    ),
    and: each(
      later(() => logical),
      snapshotItemsMax,
    ),
    not: later(() => logical),
    exists: filterQuery,
  }),
);

export const binding: Form = oneOf({
  literal: json,
  read: tuple([slot], step),
  query: tuple([slot, query]),
  object: each(tuple([text, later(() => binding)]), snapshotItemsMax),
  array: each(
    later(() => binding),
    snapshotItemsMax,
  ),
});

export const places = each(
  members({
    path: each(
      (value, at) =>
        (typeof value === "object" ? members({ every: literal(true) }) : step)(value, at),
      snapshotItemsMax,
    ),
    labels: each(literal(...SEALED_LABELS), SEALED_LABELS.length),
  }),
  snapshotItemsMax,
);
const placesByOutcome = table(OUTCOME_PATTERN, places, outcomesMax);
const schemaByOutcome = table(OUTCOME_PATTERN, schema, outcomesMax);

const settings: Form = (value, at) =>
  isObject(value) ? json(value, at) : problem(at, "expected an object");

const common = {
  name: nodeName,
  kind: text,
  edges: each(members({ outcome, to: node }, { engine: literal(true) }), edgesMax),
  origin: members({ workflow: fullName, node: nodeName }),
};

const graphNode = tagged("kind", {
  transform: members({
    ...common,
    slot,
    capability: fullName,
    implementation: text,
    input: binding,
    check,
    outcomes: schemaByOutcome,
    seal: placesByOutcome,
    confidential: truth,
  }),
  effect: members({
    ...common,
    slot,
    effect: fullName,
    semantics: literal("registry", "stream", "document"),
    store: matching("a store", /^[a-z][a-z0-9_]*\/[a-z][a-z0-9_]*$/),
    operation: outcome,
    input: binding,
    check,
    outcomes: schemaByOutcome,
    sealInput: places,
    seal: placesByOutcome,
  }),
  external: members({
    ...common,
    slot,
    effect: fullName,
    operation: outcome,
    implementation: text,
    settings,
    repeat: literal("safe", "unsafe"),
    timeoutMs: integer(1, externalTimeoutMsMax),
    input: binding,
    check,
    outcomes: schemaByOutcome,
    sealInput: places,
    seal: placesByOutcome,
  }),
  decide: members({
    ...common,
    input: binding,
    rows: each(members({ when: schema, outcome }), decisionRowsMax),
    otherwise: outcome,
  }),
  enter: members({ ...common, slot, workflow: fullName, input: binding, check, seal: places }),
  leave: members({ ...common, slot, outcome, result: binding, seal: places }),
  exit: members(
    { ...common, outcome, result: binding, seal: places, fault: truth },
    { cancel: literal(true) },
  ),
});

/** Data here: the schema itself is judged where it is compiled. */
const schemaText: Form = (value, at) => {
  if (typeof value === "boolean") return undefined;
  return isObject(value) ? json(value, at) : problem(at, "expected a JSON Schema");
};

const point = tuple([finite, finite]);
const drawing = members({
  width: finite,
  height: finite,
  nodes: each(members({ x: finite, y: finite, w: finite, h: finite }), graphNodesMax),
  edges: each(
    members(
      {
        from: node,
        to: node,
        outcomes: each(outcome, edgesMax),
        points: each(point, snapshotItemsMax),
        label: point,
      },
      { aside: literal(true) },
    ),
    graphNodesMax * edgesMax,
  ),
});

export const graphForm: Form = members({
  workflow: fullName,
  summary: text,
  payload: schema,
  sealPayload: places,
  slots: integer(2, graphNodesMax + 2),
  start: node,
  nodes: each(graphNode, graphNodesMax),
  schemas: each(schemaText, snapshotItemsMax),
  drawing,
});
