/**
 * The form of a sealed graph: every member, its type and its range. What the numbers mean to each
 * other is the business of `graph-laws.ts`.
 */
import { isObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  NODE_PATTERN,
  OUTCOME_PATTERN,
  SEALED_LABELS,
  splitName,
} from "../../protocol/language/names.ts";
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
const { externalTimeoutMsMax, mapItemsMax, mapConcurrencyMax, branchesMax } = LIMITS;
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
const step: Form = (value) => (typeof value === "string" ? text : position)(value);

const nothing = literal(null);
const literalValue: Form = (value) => (typeof value === "object" ? nothing : json)(value);

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

const every = members({ every: literal(true) });
export const places = each(
  members({
    path: each((value) => (typeof value === "object" ? every : step)(value), snapshotItemsMax),
    labels: each(literal(...SEALED_LABELS), SEALED_LABELS.length),
  }),
  snapshotItemsMax,
);
const placesByOutcome = table(OUTCOME_PATTERN, places, outcomesMax);
const schemaByOutcome = table(OUTCOME_PATTERN, schema, outcomesMax);

const settings: Form = (value) =>
  isObject(value) ? json(value) : problem("", "expected an object");

const common = {
  name: nodeName,
  kind: text,
  edges: each(members({ outcome, to: node }, { engine: literal(true) }), edgesMax),
  origin: members({ workflow: fullName, node: nodeName }),
};

const outcomes = each(outcome, edgesMax);
const duration = integer(0, Number.MAX_SAFE_INTEGER);

/** What makes a call again, and what becomes of an effect where an execution compensates. */
const retry = members({
  outcomes,
  attempts: integer(2, snapshotItemsMax),
  waitMs: duration,
  factor: is("a factor from 1 on", (value) => Number.isFinite(value) && (value as number) >= 1),
  waitMaxMs: duration,
});
const undoneByNone = members({ by: nothing, after: outcomes });
const undoneByNode = members({ by: node, after: outcomes, done: outcomes });
const undone: Form = (value) =>
  (isObject(value) && value.by === null ? undoneByNone : undoneByNode)(value);

const signal = members({
  payload: schema,
  people: integer(1, snapshotItemsMax),
  notRequester: truth,
  seal: places,
});

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
  effect: members(
    {
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
    },
    { undone },
  ),
  external: members(
    {
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
    },
    { retry, undone },
  ),
  decide: members({
    ...common,
    input: binding,
    rows: each(members({ when: schema, outcome }), decisionRowsMax),
    otherwise: outcome,
  }),
  enter: members({ ...common, slot, workflow: fullName, input: binding, check, seal: places }),
  leave: members({ ...common, slot, outcome, result: binding, seal: places }),
  await: members({
    ...common,
    slot,
    signals: each(tuple([outcome, signal]), edgesMax),
    limit: oneOf({ afterMs: duration, until: binding }),
    elapsed: literal("TIMEOUT", "ELAPSED"),
  }),
  map: members({
    ...common,
    slot,
    items: binding,
    max: integer(1, mapItemsMax),
    concurrency: integer(1, mapConcurrencyMax),
    item: slot,
    body: node,
    succeed: outcomes,
    threshold: orNull(
      is("a share", (value) => Number.isFinite(value) && Math.abs((value as number) - 0.5) < 0.5),
    ),
    collect: truth,
    seal: places,
  }),
  parallel: members({
    ...common,
    slot,
    branches: each(
      members({ name: matching("a branch's name", NODE_PATTERN), body: node, succeed: outcomes }),
      branchesMax,
    ),
    seal: places,
  }),
  join: members({ ...common, outcome, result: binding, seal: places, fault: truth }),
  undo: members({
    ...common,
    slot,
    within: matching("the beginning of names", /^([a-z][a-z0-9_]{0,63}\/)*$/),
  }),
  exit: members(
    { ...common, outcome, result: binding, seal: places, fault: truth },
    { cancel: literal(true) },
  ),
});

/** Data here: the schema itself is judged where it is compiled. */
const schemaText: Form = (value) => {
  if (typeof value === "boolean") return undefined;
  return isObject(value) ? json(value) : problem("", "expected a JSON Schema");
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
      { aside: literal(true), says: text },
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
