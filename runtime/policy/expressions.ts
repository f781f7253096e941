/**
 * Sealed expressions made ready to be evaluated, as Cedar evaluates them: the same short circuits,
 * the same errors, no value taken for another. What depends on the type of the intent alone is
 * decided here, once. How deep they nest was bounded when they were opened.
 */
import type { CedarExpression } from "../../protocol/language/cedar-expression.ts";
import { attribute, entityOf, membership, principalMembership, type Scene } from "./entities.ts";
import { binary, textOf, truth, unary } from "./operators.ts";
import { isLike } from "./patterns.ts";
import type { Evaluate, Reading, Root } from "./places.ts";
import { CannotEvaluate, type Entity, isEntity, isSet, type Value } from "./values.ts";

export type { Scene };

export interface Prepared {
  readonly evaluate: Evaluate;
  /** Its value, where it is the same for every request. */
  readonly constant?: Value;
}

type Of<O extends CedarExpression["op"]> = Extract<CedarExpression, { readonly op: O }>;

export function prepare(expression: CedarExpression, scene: Scene): Prepared {
  const { op } = expression;
  switch (op) {
    case "value":
      return constant(expression.value);
    case "entity":
      return constant({ type: expression.type, id: expression.id });
    case "principal":
    case "action":
    case "resource":
    case "context":
      return variable(op, scene);
    case "get":
      return member(expression, scene);
    case "has":
      return presence(expression, scene);
    case "!":
    case "neg":
    case "isEmpty":
      return one(prepare(expression.of, scene), (of) => unary(op, of));
    case "&&":
    case "||":
      return chain(
        op,
        expression.all.map((part) => prepare(part, scene)),
      );
    case "in":
      return inside(expression, scene);
    case "like": {
      const { texts } = expression;
      return one(prepare(expression.of, scene), (of) => isLike(textOf(of), texts));
    }
    case "is":
      return typed(expression, scene);
    case "if":
      return choice(expression, scene);
    case "set":
      return many(
        expression.items.map((item) => prepare(item, scene)),
        (items) => items,
      );
    case "record": {
      const { members } = expression;
      return many(
        members.map(([, inner]) => prepare(inner, scene)),
        (values) => new Map(members.map(([name], at) => [name, values[at] as Value])),
      );
    }
    default: {
      const left = prepare(expression.left, scene);
      const right = prepare(expression.right, scene);
      return known([left, right], (reading) =>
        binary(op, left.evaluate(reading), right.evaluate(reading)),
      );
    }
  }
}

/** All of them, in their order, up to the first that decides. */
export function chain(op: "&&" | "||", parts: readonly Prepared[]): Prepared {
  const decides = op === "||";
  const kept: Evaluate[] = [];
  for (const part of parts) {
    if (part.constant === !decides) continue;
    if (part.constant === decides && kept.length === 0) return constant(decides);
    kept.push(part.evaluate);
    if (part.constant === decides) break;
  }
  if (kept.length === 0) return constant(!decides);
  return {
    evaluate(reading) {
      for (const part of kept) if (truth(part(reading)) === decides) return decides;
      return !decides;
    },
  };
}

function variable(op: "principal" | "action" | "resource" | "context", scene: Scene): Prepared {
  const { places, action } = scene;
  switch (op) {
    case "action":
      return constant(action);
    case "context":
      return { evaluate: places.value("context", []) };
    case "principal":
      return named("Principal", places.name());
    case "resource":
      return named("Tenant", places.tenant());
  }
}

function named(type: Entity["type"], id: Evaluate): Prepared {
  return { evaluate: (reading) => ({ type, id: textOf(id(reading)) }) };
}

/** Members within members of what there is to be seen: read where they stand, and nothing around. */
function pathOf(
  expression: CedarExpression,
): { readonly root: Root; readonly names: readonly string[] } | undefined {
  if (expression.op === "context") return { root: "context", names: [] };
  if (expression.op === "principal") return { root: "attributes", names: [] };
  if (expression.op !== "get") return undefined;
  const outer = pathOf(expression.of);
  return outer && { root: outer.root, names: [...outer.names, expression.name] };
}

function member(expression: Of<"get">, scene: Scene): Prepared {
  const path = pathOf(expression);
  if (path !== undefined) return { evaluate: scene.places.value(path.root, path.names) };
  const { get } = attribute(scene, expression.name);
  const of = prepare(expression.of, scene);
  const evaluate: Evaluate = (reading) => get(of.evaluate(reading), reading);
  return isEntity(of.constant ?? "") ? { evaluate } : known([of], evaluate);
}

/** `a has b.c` is `a has b && a.b has c`. */
function presence({ of, names }: Of<"has">, scene: Scene): Prepared {
  const path = pathOf(of);
  if (path !== undefined) {
    const parts = names.map((_, at) =>
      scene.places.presence(path.root, [...path.names, ...names.slice(0, at + 1)]),
    );
    return chain(
      "&&",
      parts.map((evaluate) => ({ evaluate })),
    );
  }
  const start = prepare(of, scene);
  const steps = names.map((name) => attribute(scene, name));
  return {
    evaluate(reading) {
      let value = start.evaluate(reading);
      for (const [at, { has, get }] of steps.entries()) {
        if (!has(value, reading)) return false;
        if (at < steps.length - 1) value = get(value, reading);
      }
      return true;
    },
  };
}

function inside({ left, right }: Of<"in">, scene: Scene): Prepared {
  const group = prepare(right, scene);
  const groups = group.constant === undefined ? undefined : entitiesIn(group.constant);
  if (left.op === "principal" && groups !== undefined) {
    const principalIn = principalMembership(scene.places);
    const tests = groups.map(principalIn);
    return { evaluate: (reading) => tests.some((test) => test(reading)) };
  }
  const member = prepare(left, scene);
  const isIn = membership(scene);
  const evaluate: Evaluate = (reading) =>
    isIn(member.evaluate(reading), group.evaluate(reading), reading);
  // Of actions nothing is known that would have to be read.
  return left.op === "action" ? known([member, group], evaluate) : { evaluate };
}

function entitiesIn(value: Value): readonly Entity[] | undefined {
  const all = isSet(value) ? value : [value];
  return all.every(isEntity) ? all : undefined;
}

const TYPES = { principal: "Principal", resource: "Tenant", action: "Action" } as const;

function typed({ of, type, in: group }: Of<"is">, scene: Scene): Prepared {
  if (of.op === "principal" || of.op === "resource" || of.op === "action") {
    if (TYPES[of.op] !== type) return constant(false);
    return group === undefined
      ? constant(true)
      : inside({ op: "in", left: of, right: group }, scene);
  }
  const subject = prepare(of, scene);
  const groups = group && prepare(group, scene);
  const isIn = membership(scene);
  return {
    evaluate(reading) {
      const entity = entityOf(subject.evaluate(reading));
      if (entity.type !== type) return false;
      return groups === undefined || isIn(entity, groups.evaluate(reading), reading);
    },
  };
}

function choice(expression: Of<"if">, scene: Scene): Prepared {
  const test = prepare(expression.test, scene);
  const yes = prepare(expression.yes, scene);
  const no = prepare(expression.no, scene);
  if (typeof test.constant === "boolean") return test.constant ? yes : no;
  return {
    evaluate: (reading) => (truth(test.evaluate(reading)) ? yes : no).evaluate(reading),
  };
}

function constant(value: Value): Prepared {
  return { evaluate: () => value, constant: value };
}

function one(part: Prepared, of: (value: Value) => Value): Prepared {
  return known([part], (reading) => of(part.evaluate(reading)));
}

function many(parts: readonly Prepared[], of: (values: readonly Value[]) => Value): Prepared {
  return known(parts, (reading) => of(parts.map(({ evaluate }) => evaluate(reading))));
}

/** Evaluated once, where nothing in it depends on a request; an error is one of every request. */
function known(parts: readonly Prepared[], evaluate: Evaluate): Prepared {
  if (parts.some((part) => part.constant === undefined)) return { evaluate };
  try {
    return constant(evaluate(NOBODY));
  } catch (error) {
    if (error instanceof CannotEvaluate) return { evaluate };
    throw error;
  }
}

/** Constants read nothing of it. */
const NOBODY: Reading = Object.freeze<Reading>({
  tenant: "",
  principal: "",
  caller: { identity: "token", roles: [], attributes: {} },
  attributes: {},
  context: {},
  values: [],
});
