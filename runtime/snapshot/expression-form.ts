/**
 * The form of what policies ask: every operator with the operands that it takes, and no other one.
 * How deep they stand in each other was bounded when the file was read; whether they can be evaluated
 * is found out then.
 */
import {
  BINARY,
  CHAINS,
  ENTITY_TYPES,
  UNARY,
  VARIABLES,
} from "../../protocol/language/cedar-expression.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  each,
  type Form,
  is,
  later,
  literal,
  members,
  problem,
  tagged,
  text,
  tuple,
} from "./form.ts";

const { snapshotItemsMax } = LIMITS;

const inner = later(() => expressionForm);
const op = { op: text };

const value = is(
  "text, a whole number, true or false",
  (one) =>
    (typeof one === "string" && one.isWellFormed()) ||
    typeof one === "boolean" ||
    Number.isSafeInteger(one),
);

/** At least one. */
function some(form: Form): Form {
  const items = each(form, snapshotItemsMax);
  return (value) =>
    Array.isArray(value) && value.length === 0 ? problem("", "expected an item") : items(value);
}

function all(names: readonly string[], form: Form): Readonly<Record<string, Form>> {
  return Object.fromEntries(names.map((name) => [name, form]));
}

export const expressionForm: Form = tagged("op", {
  value: members({ ...op, value }),
  entity: members({ ...op, type: literal(...ENTITY_TYPES), id: text }),
  ...all(VARIABLES, members(op)),
  get: members({ ...op, of: inner, name: text }),
  has: members({ ...op, of: inner, names: some(text) }),
  ...all(UNARY, members({ ...op, of: inner })),
  ...all(BINARY, members({ ...op, left: inner, right: inner })),
  in: members({ ...op, left: inner, right: inner }),
  ...all(CHAINS, members({ ...op, all: some(inner) })),
  like: members({ ...op, of: inner, texts: some(text) }),
  is: members({ ...op, of: inner, type: literal(...ENTITY_TYPES) }, { in: inner }),
  if: members({ ...op, test: inner, yes: inner, no: inner }),
  set: members({ ...op, items: each(inner, snapshotItemsMax) }),
  record: members({ ...op, members: each(tuple([text, inner]), snapshotItemsMax) }),
});
