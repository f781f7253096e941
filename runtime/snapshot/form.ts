/**
 * The forms of plain data: small checks that say where a value is not what it should be. They read
 * own members only, refuse members that nobody declared, and build nothing.
 */
import { isObject, pointer } from "../../protocol/language/json.ts";
import type { Problem } from "../../protocol/language/refusal.ts";

/** The first place under `at` where the value has not the form; undefined where it has. */
export type Form = (value: unknown, at: string) => Problem | undefined;

export function problem(at: string, message: string): Problem {
  return { pointer: at, message };
}

/** A form that a test decides; `what` names it in a sentence. */
export function is(what: string, test: (value: unknown) => boolean): Form {
  return (value, at) => (test(value) ? undefined : problem(at, `expected ${what}`));
}

export const text = is("text", (value) => typeof value === "string" && value.isWellFormed());
export const truth = is("true or false", (value) => typeof value === "boolean");
export const finite = is("a number", (value) => Number.isFinite(value));

export function matching(what: string, pattern: RegExp): Form {
  return is(what, (value) => typeof value === "string" && pattern.test(value));
}

export function literal(...expected: readonly (string | boolean | null)[]): Form {
  return is(expected.map((one) => JSON.stringify(one)).join(" or "), (value) =>
    (expected as readonly unknown[]).includes(value),
  );
}

export function integer(low: number, high: number): Form {
  return is(
    `an integer from ${low} to ${high}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  );
}

export function each(form: Form, most: number): Form {
  return (value, at) => {
    if (!Array.isArray(value)) return problem(at, "expected an array");
    if (value.length > most) return problem(at, `expected at most ${most} items`);
    return first(value.entries(), ([index, item]) => form(item, below(at, index)));
  };
}

/** An array with these forms, item for item; `rest` for all further ones, when it is given. */
export function tuple(forms: readonly Form[], rest?: Form): Form {
  return (value, at) => {
    const long = Array.isArray(value) && value.length > forms.length && rest === undefined;
    if (!Array.isArray(value) || value.length < forms.length || long) {
      return problem(at, `expected an array of ${forms.length}`);
    }
    return first(value.entries(), ([index, item]) =>
      (forms[index] ?? rest)?.(item, below(at, index)),
    );
  };
}

/** An object whose members all have one form. */
export function table(key: RegExp, form: Form, most: number): Form {
  return (value, at) => {
    if (!isObject(value)) return problem(at, "expected an object");
    const members = Object.entries(value);
    if (members.length > most) return problem(at, `expected at most ${most} members`);
    return first(members, ([name, inner]) =>
      key.test(name) ? form(inner, below(at, name)) : problem(at, "an unexpected member"),
    );
  };
}

/** An object with exactly these members; those in `optional` may be absent. */
export function members(
  required: Readonly<Record<string, Form>>,
  optional: Readonly<Record<string, Form>> = {},
): Form {
  const forms = new Map([...Object.entries(required), ...Object.entries(optional)]);
  return (value, at) => {
    if (!isObject(value)) return problem(at, "expected an object");
    const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return problem(at, `expected a member \`${missing}\``);
    return first(Object.entries(value), ([name, inner]) => {
      const form = forms.get(name);
      return form === undefined
        ? problem(at, "an unexpected member")
        : form(inner, below(at, name));
    });
  };
}

/** An object whose member `tag` says which form it has. */
export function tagged(tag: string, forms: Readonly<Record<string, Form>>): Form {
  const known = new Map(Object.entries(forms));
  return (value, at) => {
    const name = isObject(value) && Object.hasOwn(value, tag) ? value[tag] : undefined;
    const form = typeof name === "string" ? known.get(name) : undefined;
    return form === undefined ? problem(below(at, tag), "expected a known kind") : form(value, at);
  };
}

/** One form for objects that have the member, another for all else. */
export function withMember(name: string, form: Form, without: Form): Form {
  return (value, at) => (isObject(value) && Object.hasOwn(value, name) ? form : without)(value, at);
}

export function orNull(form: Form): Form {
  return (value, at) => (value === null ? undefined : form(value, at));
}

/** An object with exactly one member, which says which form it has. */
export function oneOf(forms: Readonly<Record<string, Form>>): Form {
  const known = new Map(Object.entries(forms));
  return (value, at) => {
    const [name = "", ...more] = isObject(value) ? Object.keys(value) : [];
    const form = known.get(name);
    if (form === undefined || more.length > 0) return problem(at, "expected one known member");
    return form(isObject(value) ? value[name] : undefined, below(at, name));
  };
}

/** A form that is defined further down, or that holds itself. The depth was bounded before. */
export function later(form: () => Form): Form {
  return (value, at) => form()(value, at);
}

/** Any JSON: numbers finite, texts well-formed, no key that reaches a prototype. */
export const json: Form = (value, at) => {
  if (typeof value === "string") return text(value, at);
  if (typeof value === "number") return finite(value, at);
  if (Array.isArray(value))
    return first(value.entries(), ([index, item]) => json(item, below(at, index)));
  if (!isObject(value)) return undefined;
  return first(Object.entries(value), ([name, inner]) =>
    name === "__proto__" || !name.isWellFormed()
      ? problem(at, "an unexpected member")
      : json(inner, below(at, name)),
  );
};

/** The JSON Pointer of a member or item; made for each, whether or not anything is wrong there. */
export function below(at: string, step: string | number): string {
  const plain = typeof step === "number" || !ESCAPED.test(step);
  return plain ? `${at}/${step}` : at + pointer([step]);
}

const ESCAPED = /[~/]/;

/** The first fault that is found in any of the items. */
export function first<T>(
  items: Iterable<T>,
  find: (item: T) => Problem | undefined,
): Problem | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
