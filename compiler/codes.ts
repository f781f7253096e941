/**
 * The catalogue of diagnostics: each code with its sentence. A folder `cases/<code>/` beside this
 * file holds its paragraph, a wrong and a right example; a test holds the two against each other.
 */
import { BUDGETS } from "./codes/budgets.ts";
import { INVARIANTS } from "./codes/invariants.ts";
import { LOAD } from "./codes/load.ts";
import { PARSE } from "./codes/parse.ts";
import { POLICY } from "./codes/policy.ts";
import { PROVE } from "./codes/prove.ts";
import { RESOLVE } from "./codes/resolve.ts";
import { ROUTING } from "./codes/routing.ts";
import { SAGAS } from "./codes/sagas.ts";
import { SHAPE } from "./codes/shape.ts";
import { TYPECHECK } from "./codes/typecheck.ts";

export const MESSAGES = {
  ...LOAD,
  ...PARSE,
  ...SHAPE,
  ...RESOLVE,
  ...TYPECHECK,
  ...ROUTING,
  ...PROVE,
  ...POLICY,
  ...INVARIANTS,
  ...SAGAS,
  ...BUDGETS,
} as const;

export type Code = keyof typeof MESSAGES;

/** The parameters that a code's sentence asks for. */
export type Parameters<C extends Code> = (typeof MESSAGES)[C]["message"] extends (
  p: infer P,
) => string
  ? P
  : never;

export const CODES = Object.freeze(Object.keys(MESSAGES).sort()) as readonly Code[];

export function isCode(text: string): text is Code {
  return Object.hasOwn(MESSAGES, text);
}
