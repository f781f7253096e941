/**
 * Parameters held against a list of rules, in their order; the first that fails is named. A rule on
 * a field demands that the field is there: an absent field fails it, whatever the rule says.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import { type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Rule =
  | { readonly field: string; readonly op: "not_null" }
  | { readonly field: string; readonly op: "eq" | "ne"; readonly value: Json }
  | { readonly field: string; readonly op: "lt" | "lte" | "gt" | "gte"; readonly value: number }
  | { readonly field: string; readonly op: "in" | "not_in"; readonly allowed: readonly Json[] };
type Input = { readonly parameters: JsonObject; readonly rules: readonly Rule[] };

export const transform = transformOf<Input>(({ parameters, rules }) => {
  const failed = rules.find((rule) => !holds(rule, member(parameters, rule.field)));
  return failed === undefined
    ? { outcome: "VALID", output: NOTHING }
    : { outcome: "INVALID", output: { failed_rule: failed } };
});

function holds(rule: Rule, found: Json | undefined): boolean {
  if (found === undefined) return false;
  switch (rule.op) {
    case "not_null":
      return found !== null;
    case "eq":
      return same(found, rule.value);
    case "ne":
      return !same(found, rule.value);
    case "in":
      return rule.allowed.some((allowed) => same(found, allowed));
    case "not_in":
      return !rule.allowed.some((allowed) => same(found, allowed));
    default:
      return typeof found === "number" && ordered(rule.op, found, rule.value);
  }
}

function ordered(op: "lt" | "lte" | "gt" | "gte", found: number, bound: number): boolean {
  switch (op) {
    case "lt":
      return found < bound;
    case "lte":
      return found <= bound;
    case "gt":
      return found > bound;
    case "gte":
      return found >= bound;
  }
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}
