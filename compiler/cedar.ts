/**
 * Cedar as the compiler asks it: the only file here that knows the package. It parses statements,
 * checks them against a schema and says which actions they can be about; it decides nothing. Texts
 * have places in bytes of UTF-8, as Cedar counts them; they are given on in UTF-16 code units.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { DetailedError, Schema } from "@cedar-policy/cedar-wasm/nodejs";
import { withoutComments } from "../protocol/language/cedar-text.ts";
import type { CedarSchema } from "../protocol/language/governance.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { JsonObject } from "../protocol/language/json.ts";
import { quote, quoteAll, visible } from "./codes/quote.ts";
import { didYouMean } from "./did-you-mean.ts";

export interface CedarFault {
  readonly message: string;
  readonly hint: string | undefined;
  /** A half-open range of the text that was asked about; undefined where Cedar names no place. */
  readonly at: { readonly start: number; readonly end: number } | undefined;
}

export interface Statement {
  readonly cedar: string;
  /** Where it stands in the text that was taken apart. */
  readonly start: number;
  readonly end: number;
  readonly effect: "permit" | "forbid";
  /** True where it holds for every principal and resource, under no condition. */
  readonly unconditional: boolean;
  /** The same as Cedar tells it in JSON; numbers that JSON does not hold exactly are rounded. */
  readonly json: JsonObject;
}

export interface Verdict {
  readonly faults: readonly CedarFault[];
  /** What may mislead a reader. */
  readonly misleading: readonly CedarFault[];
  /** The statements, from 0, that are false whatever is asked. */
  readonly impossible: ReadonlySet<number>;
}

export interface Cedar {
  /** The statements of a text in their order, or the first fault of it. */
  readonly statements: (text: string) => readonly Statement[] | CedarFault;
  /** A text that parses, held against the schema. */
  readonly check: (text: string, schema: CedarSchema) => Verdict;
  /** The actions that a statement can be about: for all others it is false whatever is asked. */
  readonly actionsOf: (statement: Statement, schema: CedarSchema) => ReadonlySet<string>;
}

type Package = typeof import("@cedar-policy/cedar-wasm/nodejs");

let loading: Promise<Cedar> | undefined;

/**
 * Loads Cedar, once a process. Begun early it costs little: threads of V8's own make its machine
 * code meanwhile, all of it. For who asks `little` that is most of the time it takes: each function is
 * then compiled when it is first called.
 */
export function loadCedar(use: "much" | "little" = "much"): Promise<Cedar> {
  loading ??= loadPackage(use).then(cedarOf);
  return loading;
}

async function loadPackage(use: "much" | "little"): Promise<Package> {
  // V8 (of Node 20) stops the process where it takes back an optimization of JavaScript that calls
  // WebAssembly, after some thousands of calls: it must not inline them.
  setFlagsFromString("--no-turbo-inline-js-wasm-calls");
  // Nor does it pay to make fast code of what is asked this little: that took the second processor.
  setFlagsFromString("--no-wasm-tier-up");
  setFlagsFromString("--no-wasm-dynamic-tiering");
  if (use === "little") return import("@cedar-policy/cedar-wasm/nodejs");
  const entry = createRequire(join(import.meta.dirname, "any")).resolve(PACKAGE);
  const bytes = readFileSync(join(dirname(entry), "cedar_wasm_bg.wasm"));
  setFlagsFromString("--no-wasm-lazy-compilation");
  const ahead = await WebAssembly.compile(bytes);
  setFlagsFromString("--wasm-lazy-compilation");
  // The package compiles the same bytes; V8 gives it what stands for them, while that is held.
  const loaded = await import("@cedar-policy/cedar-wasm/nodejs");
  invariant(ahead !== null, "what was compiled is held until the package has it");
  return loaded;
}

const PACKAGE = "@cedar-policy/cedar-wasm/nodejs";

/** What of it is asked here; the types of Node name it as a namespace only. */
declare const WebAssembly: { readonly compile: (bytes: Uint8Array) => Promise<object> };

function cedarOf(cedar: Package): Cedar {
  return {
    statements: (text) => statementsOf(cedar, text),
    check: (text, schema) => verdictOf(cedar, text, schema),
    actionsOf: ({ cedar: statement }, schema) => {
      const answer = cedar.getValidRequestEnvsPolicy(statement, foreign(schema));
      invariant(answer.type === "success", "a statement that was taken apart is one by itself");
      const known = Object.keys(schema[""].actions);
      const named = new Set(answer.actions);
      return new Set(known.filter((type) => named.has(`Action::${JSON.stringify(type)}`)));
    },
  };
}

function verdictOf(cedar: Package, text: string, schema: CedarSchema): Verdict {
  const answer = cedar.validate({ schema: foreign(schema), policies: { staticPolicies: text } });
  const all = (errors: readonly DetailedError[]) =>
    errors.map((error) => inOurWords(faultOf(error, text), schema));
  if (answer.type === "failure") {
    return { faults: all(answer.errors), misleading: [], impossible: new Set() };
  }
  const { validationErrors, validationWarnings } = answer;
  const idle = validationWarnings.filter(({ error }) => IMPOSSIBLE.test(error.message));
  const aboutText = validationWarnings.filter(({ error }) => !IMPOSSIBLE.test(error.message));
  return {
    faults: all(validationErrors.map(({ error }) => error)),
    misleading: all(aboutText.map(({ error }) => error)),
    // Cedar's own names for the statements of a text: `policy0`, `policy1`.
    impossible: new Set(idle.map(({ policyId }) => Number(policyId.replace("policy", "")))),
  };
}

const IMPOSSIBLE = /policy is impossible|applicable action/;

/** Our schemas are of one of the shapes that the package takes. */
function foreign(schema: CedarSchema): Schema {
  return schema as unknown as Schema;
}

function statementsOf(cedar: Package, text: string): readonly Statement[] | CedarFault {
  const answer = cedar.policySetTextToParts(text);
  if (answer.type === "failure") {
    const [error] = answer.errors;
    invariant(error !== undefined, "a text that does not parse has a fault");
    return faultOf(error, text);
  }
  const [template] = answer.policy_templates;
  if (template !== undefined) return templateFault(template, text);
  // Cedar gives them in the order of its own names for them (0, 1, 10, 2).
  const order = answer.policies.map((_, at) => String(at)).sort();
  const inOrder = order
    .map((name, at) => ({ at: Number(name), statement: answer.policies[at] ?? "" }))
    .sort((a, b) => a.at - b.at);
  let from = 0;
  return inOrder.map(({ statement }) => {
    const start = placeIn(text, statement, from);
    from = start + statement.length;
    return { cedar: statement, start, end: from, ...kindOf(cedar, statement) };
  });
}

/** Where a statement stands, which is not inside of a comment. */
function placeIn(text: string, statement: string, from: number): number {
  const start = withoutComments(text).indexOf(withoutComments(statement), from);
  invariant(start >= 0, "a statement is a part of its text, in the order of the text");
  return start;
}

function kindOf(
  cedar: Package,
  statement: string,
): Pick<Statement, "effect" | "unconditional" | "json"> {
  const answer = cedar.policyToJson(statement);
  invariant(answer.type === "success", "a statement that was taken apart is one by itself");
  const { effect, principal, resource, conditions } = answer.json;
  const open = principal.op === "All" && resource.op === "All" && conditions.length === 0;
  return { effect, unconditional: open, json: answer.json as unknown as JsonObject };
}

function templateFault(template: string, text: string): CedarFault {
  const start = Math.max(0, withoutComments(text).indexOf(withoutComments(template)));
  return {
    message: "it has a slot (`?principal`, `?resource`), and nothing fills slots in here",
    hint: "Name the principal or the resource, or write a condition.",
    at: { start, end: start + template.length },
  };
}

function faultOf({ message, help, sourceLocations }: DetailedError, text: string): CedarFault {
  const [first] = sourceLocations ?? [];
  const expected = first?.label == null ? undefined : sentence(first.label);
  return {
    message: shown(
      message
        .replace(/^for policy `[^`]*`[,:] /, "")
        .replace(/^failed to parse policies from string: /, ""),
    ),
    hint: help === null ? expected : sentence(help.replace(/^for policy `[^`]*`[,:] /, "")),
    at:
      first === undefined
        ? undefined
        : { start: unitsBefore(text, first.start), end: unitsBefore(text, first.end) },
  };
}

/** Only roles are listed in a schema; what Cedar says of one that is not, in the language's words. */
const UNLISTED =
  /^entity `Role::.*` is of an enumerated entity type, but `"(.*)"` is not declared/s;

const NO_ROLES: Pick<CedarFault, "message" | "hint"> = {
  message: "there are no roles: no intent requires one, and no domain names one",
  hint: "Let an intent require the role, or name it in the domain's `roles`.",
};

function inOurWords(fault: CedarFault, schema: CedarSchema): CedarFault {
  if (fault.message === "unrecognized entity type `Role`") return { ...fault, ...NO_ROLES };
  const role = UNLISTED.exec(fault.message)?.[1];
  if (role === undefined) return fault;
  const roles = schema[""].entityTypes.Role?.enum ?? [];
  const hint = didYouMean(role, roles) ?? `Intents and domains name ${quoteAll(roles)}.`;
  return { ...fault, message: `there is no role ${quote(role)}`, hint };
}

const SHOWN_CHARS_MAX = 300;

/** Cedar's words, which repeat the author's, safe for a terminal and no longer than they are read. */
function shown(text: string): string {
  return visible(text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX - 1)}…` : text);
}

function sentence(text: string): string {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return shown(/[.?!]$/.test(begun) ? begun : `${begun}.`);
}

/** Bytes of UTF-8 as UTF-16 code units. */
function unitsBefore(text: string, bytes: number): number {
  return Buffer.from(text).subarray(0, bytes).toString().length;
}
