/**
 * The forms of plain data: small checks that say where a value is not what it should be. They read
 * own members only, refuse members that nobody declared, and build nothing.
 */
import { isObject, pointer } from "../../protocol/language/json.ts";
import type { Problem } from "../../protocol/language/refusal.ts";

/**
 * The first place where the value has not the form, as seen from the value itself; undefined where it
 * has. Where the value stands is put in front on the way out: a start checks thousands of values, and
 * makes no pointer but to what is wrong.
 */
export type Form = (value: unknown) => Problem | undefined;

export function problem(at: string, message: string): Problem {
  return { pointer: at, message };
}

/** What is wrong with the value itself. */
function wrong(message: string): Problem {
  return problem("", message);
}

/** What is wrong in a member or item, as seen from what holds it. */
export function under(step: string | number, { pointer: at, message }: Problem): Problem {
  return problem(below("", step) + at, message);
}

/** A form that a test decides; `what` names it in a sentence. */
export function is(what: string, test: (value: unknown) => boolean): Form {
  return (value) => (test(value) ? undefined : wrong(`expected ${what}`));
}

export const text = is("text", (value) => typeof value === "string" && value.isWellFormed());
export const truth = is("true or false", (value) => typeof value === "boolean");
export const finite = is("a number", (value) => Number.isFinite(value));

export function matching(what: string, pattern: RegExp): Form {
  return is(what, (value) => typeof value === "string" && pattern.test(value));
}

export function literal(...expected: readonly (string | boolean | null)[]): Form {
  return (value) =>
    (expected as readonly unknown[]).includes(value)
      ? undefined
      : wrong(`expected ${expected.map((one) => JSON.stringify(one)).join(" or ")}`);
}

export function integer(low: number, high: number): Form {
  return is(
    `an integer from ${low} to ${high}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high,
  );
}

export function each(form: Form, most: number): Form {
  return (value) => {
    if (!Array.isArray(value)) return wrong("expected an array");
    if (value.length > most) return wrong(`expected at most ${most} items`);
    return firstItem(value, form);
  };
}

/** An array with these forms, item for item; `rest` for all further ones, when it is given. */
export function tuple(forms: readonly Form[], rest?: Form): Form {
  return (value) => {
    const long = Array.isArray(value) && value.length > forms.length && rest === undefined;
    if (!Array.isArray(value) || value.length < forms.length || long) {
      return wrong(`expected an array of ${forms.length}`);
    }
    for (let index = 0; index < value.length; index += 1) {
      const found = (forms[index] ?? rest)?.(value[index]);
      if (found !== undefined) return under(index, found);
    }
    return undefined;
  };
}

/** An object whose members all have one form. */
export function table(key: RegExp, form: Form, most: number): Form {
  return (value) => {
    if (!isObject(value)) return wrong("expected an object");
    const names = Object.keys(value);
    if (names.length > most) return wrong(`expected at most ${most} members`);
    return firstMember(value, names, (name) => (key.test(name) ? form : undefined));
  };
}

/** An object with exactly these members; those in `optional` may be absent. */
export function members(
  required: Readonly<Record<string, Form>>,
  optional: Readonly<Record<string, Form>> = {},
): Form {
  const needed = Object.keys(required);
  const forms = new Map(Object.entries({ ...required, ...optional }));
  return (value) => {
    if (!isObject(value)) return wrong("expected an object");
    for (const name of needed) {
      if (!Object.hasOwn(value, name)) return wrong(`expected a member \`${name}\``);
    }
    return firstMember(value, Object.keys(value), (name) => forms.get(name));
  };
}

/** An object whose member `tag` says which form it has. */
export function tagged(tag: string, forms: Readonly<Record<string, Form>>): Form {
  const known = new Map(Object.entries(forms));
  return (value) => {
    const name = isObject(value) && Object.hasOwn(value, tag) ? value[tag] : undefined;
    const form = typeof name === "string" ? known.get(name) : undefined;
    return form === undefined ? under(tag, wrong("expected a known kind")) : form(value);
  };
}

/** One form for objects that have the member, another for all else. */
export function withMember(name: string, form: Form, without: Form): Form {
  return (value) => (isObject(value) && Object.hasOwn(value, name) ? form : without)(value);
}

export function orNull(form: Form): Form {
  return (value) => (value === null ? undefined : form(value));
}

/** An object with exactly one member, which says which form it has. */
export function oneOf(forms: Readonly<Record<string, Form>>): Form {
  const known = new Map(Object.entries(forms));
  return (value) => {
    const names = isObject(value) ? Object.keys(value) : [];
    const form = names.length === 1 ? known.get(names[0] ?? "") : undefined;
    if (form === undefined || !isObject(value)) return wrong("expected one known member");
    return firstMember(value, names, () => form);
  };
}

/** A form that is defined further down, or that holds itself. The depth was bounded before. */
export function later(form: () => Form): Form {
  return (value) => form()(value);
}

/** Any JSON: numbers finite, texts well-formed, no key that reaches a prototype. */
export const json: Form = (value) => {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return finite(value);
  if (Array.isArray(value)) return firstItem(value, json);
  return isObject(value) ? firstMember(value, Object.keys(value), jsonMember) : undefined;
};

function jsonMember(name: string): Form | undefined {
  return name === "__proto__" || !name.isWellFormed() ? undefined : json;
}

function firstItem(items: readonly unknown[], form: Form): Problem | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const found = form(items[index]);
    if (found !== undefined) return under(index, found);
  }
  return undefined;
}

/** Of members with these names; a name without a form is none that is expected. */
function firstMember(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  formOf: (name: string) => Form | undefined,
): Problem | undefined {
  for (const name of names) {
    const form = formOf(name);
    if (form === undefined) return wrong("an unexpected member");
    const found = form(value[name]);
    if (found !== undefined) return under(name, found);
  }
  return undefined;
}

/** The JSON Pointer of a member or item. */
export function below(at: string, step: string | number): string {
  return at + pointer([step]);
}

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
