/**
 * What decisions show of the values that they looked at: after an outcome, one of its rows matched
 * and none before it did. A decision counts at a point where every path has passed it; where it may
 * have ended in several ways, what they show is united.
 */
import type { Step } from "../../../protocol/language/graph.ts";
import { type JsonObject, member } from "../../../protocol/language/json.ts";
import type { RootName, Schema } from "../../model.ts";
import { ANNOTATIONS } from "../../types/kinds.ts";
import { placeAt } from "../../types/place.ts";
import { schemaOf, type Type, typeOf, union } from "../../types/type.ts";
import type { Decide, Decision, Scope } from "./scope.ts";
import { type Bound, partsOf, type Value } from "./value.ts";

/** Remembers a decision under each root that it looks at. */
export function addDecision(
  decisions: Map<RootName, Decision[]>,
  node: Decide,
  bound: Bound,
): void {
  for (const root of new Set(bound.paths.map(({ path }) => path.root))) {
    const decision = { node, bound, shown: new Map() };
    const known = decisions.get(root);
    if (known === undefined) decisions.set(root, [decision]);
    else known.push(decision);
  }
}

/** What is known of a root at a point: schemas that hold of it. */
export function factsAbout(scope: Scope, point: string, root: RootName): readonly Schema[] {
  const facts: Schema[] = [];
  for (const decision of scope.decisions.get(root) ?? []) {
    const { outcomes, without, all } = scope.flow.behind(point, decision.node.name);
    // After all of its outcomes together a decision shows nothing.
    if (without || all || outcomes.length === 0) continue;
    const key = outcomes.join(" ");
    let shown = decision.shown.get(key);
    if (shown === undefined) {
      shown = shownBy(decision, new Set(outcomes), root);
      decision.shown.set(key, shown);
    }
    facts.push(...shown);
  }
  return facts;
}

/** What one decision shows of a root, after one of these outcomes. */
function shownBy(
  { node, bound }: Decision,
  outcomes: ReadonlySet<string>,
  root: RootName,
): readonly Schema[] {
  return bound.paths.flatMap(({ path, at }) => {
    if (path.root !== root || path.steps === undefined || path.read === null) return [];
    const shown = shownOf(node, outcomes, at, bound.value);
    const fact = shown === true ? undefined : wrap(path.steps, shown);
    return fact === undefined ? [] : [fact];
  });
}

/** What holds of one part of a decision's input, after one of these outcomes. */
function shownOf(
  node: Decide,
  outcomes: ReadonlySet<string>,
  at: readonly Step[],
  value: Value,
): Schema {
  const cases: Schema[] = [];
  const denied: Schema[] = [];
  for (const { when, outcome } of node.rows) {
    if (outcomes.has(outcome)) cases.push(all([partOf(when, at), ...denied]));
    denied.push(denialOf(when, at, value));
  }
  if (outcomes.has(node.otherwise)) cases.push(all(denied));
  return union(cases);
}

function all(schemas: readonly Schema[]): Schema {
  const said = schemas.filter((schema) => schema !== true);
  return said.length < 2 ? (said[0] ?? true) : { allOf: said };
}

/** What a schema that holds of the whole says of a part. */
function partOf(schema: Schema, at: readonly Step[]): Schema {
  return schemaOf(at.reduce<Type>((type, step) => placeAt(type, step).type, typeOf(schema)));
}

/**
 * What a schema that does not hold of the whole says of a part: something only where the part is all
 * that the schema asks about, in an object that has what it requires.
 */
function denialOf(schema: Schema, at: readonly Step[], value: Value): Schema {
  const [step, ...rest] = at;
  if (step === undefined) return typeof schema === "boolean" ? !schema : { not: schema };
  if (typeof schema === "boolean" || value.kind !== "object") return true;
  const part = value.members.find(([name]) => name === step)?.[1];
  const asked = member(schema.properties, String(step)) as Schema | undefined;
  const only = part !== undefined && asked !== undefined && asksOnlyOf(schema, step, value);
  return only ? denialOf(asked, rest, part) : true;
}

function asksOnlyOf(schema: JsonObject, step: Step, value: Value): boolean {
  const members = new Set(partsOf(value).map(([name]) => name));
  return Object.entries(schema).every(([keyword, asked]) => {
    switch (keyword) {
      case "type":
        return asked === "object";
      case "required":
        return (asked as readonly string[]).every((name) => members.has(name));
      case "properties":
        return Object.keys(asked as JsonObject).every((name) => name === step);
      default:
        return ANNOTATIONS.has(keyword);
    }
  });
}

/** A schema that says something of a part, as one of the whole; a path that was read exists. */
function wrap(steps: readonly Step[], inner: Schema): Schema | undefined {
  let schema = inner;
  for (const step of steps.toReversed()) {
    if (typeof step === "string") {
      schema = { type: "object", required: [step], properties: { [step]: schema } };
    } else if (step >= 0) {
      const before = Array.from({ length: step }, () => true);
      schema = { type: "array", minItems: step + 1, prefixItems: [...before, schema] };
    } else return undefined;
  }
  return schema;
}
