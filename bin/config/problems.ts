/**
 * What is wrong with a configuration, in words: what was expected, what was found, and where. All of
 * it is told at once. A value of a secret setting is never quoted.
 */
import type { ErrorObject } from "ajv/dist/2020.js";
import { closest } from "../../protocol/language/did-you-mean.ts";
import { isObject, type Json, type JsonObject, pointer } from "../../protocol/language/json.ts";
import { type Problem, Refusal } from "../../protocol/language/refusal.ts";
import { problemText } from "../print.ts";
import { CONFIG_CHECK } from "./config-check.ts";
import { type Origin, originHead } from "./origin.ts";
import { SETTINGS, type Setting, settingUnder } from "./settings.ts";

/** With its code and its place in members, for `--json`. */
export interface ConfigProblem extends Problem {
  readonly code: string;
  readonly place: string;
  readonly origin: Origin;
}

/** Where a value stands in its source, or its key. */
export type OriginOf = (path: readonly string[], part: "key" | "value") => Origin;

export function problem(
  code: string,
  origin: Origin,
  { message, hint, path = [] }: { message: string; hint?: string; path?: readonly string[] },
): ConfigProblem {
  return {
    code: `config/${code}`,
    place: originHead(origin),
    origin,
    pointer: pointer(path),
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** In which points the values of one source do not fit the schema. */
export function problemsOf(values: JsonObject, originOf: OriginOf): readonly ConfigProblem[] {
  if (CONFIG_CHECK(values)) return [];
  return oneAPlace(CONFIG_CHECK.errors ?? [])
    .map((error) => problemOf(error, originOf))
    .sort(({ origin: a }, { origin: b }) => {
      if (a.kind !== "file" || b.kind !== "file") return 0;
      return a.line - b.line || a.column - b.column;
    });
}

/** A value may fail in several points; the first says enough. */
function oneAPlace(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const seen = new Set<string>();
  return errors.filter(({ keyword, instancePath }) => {
    if (keyword === "additionalProperties") return true;
    const isFirst = !seen.has(instancePath);
    seen.add(instancePath);
    return isFirst;
  });
}

function problemOf(error: ErrorObject, originOf: OriginOf): ConfigProblem {
  // No name of a setting has a character that a pointer escapes.
  const above = error.instancePath.split("/").slice(1);
  const schema: JsonObject = isObject(error.parentSchema) ? error.parentSchema : {};
  if (error.keyword === "additionalProperties") {
    const name = String(error.params.additionalProperty);
    const path = [...above, name];
    const message = `unknown key \`${name}\``;
    return problem("unknown-key", originOf(path, "key"), { message, hint: meant(path), path });
  }
  const name = error.propertyName;
  const path = name === undefined ? above : [...above, name];
  const message = counted(error) ?? misfit(error, schema, settingUnder(above));
  const { description } = schema;
  const origin = originOf(path, name === undefined ? "value" : "key");
  return problem(error.keyword === "type" ? "wrong-type" : "bad-value", origin, {
    message,
    path,
    ...(typeof description === "string" ? { hint: description } : {}),
  });
}

function misfit({ data }: ErrorObject, schema: JsonObject, setting: Setting | undefined): string {
  return `expected ${expected(schema)}, found ${found(data as Json, setting)}`;
}

/** Of a list or mapping that is one, and has too many members or one of them twice. */
function counted({ keyword, params, data }: ErrorObject): string | undefined {
  switch (keyword) {
    case "uniqueItems": {
      const twice = (data as readonly Json[])[Number(params.i)];
      return `expected each of them once, found ${found(twice ?? null, undefined)} twice`;
    }
    case "maxItems":
    case "maxProperties": {
      const count = Object.keys(data as object).length;
      return `expected at most ${String(params.limit)}, found ${count}`;
    }
    default:
      return undefined;
  }
}

/** A name nearby, or the same name where it may stand. */
function meant(path: readonly string[]): string {
  const name = path.at(-1) ?? "";
  const depth = path.length - 1;
  const above = path.slice(0, depth).join(".");
  const here = SETTINGS.filter((setting) => setting.path.slice(0, depth).join(".") === above).map(
    (setting) => setting.path[depth] ?? "",
  );
  const elsewhere = SETTINGS.find((setting) => setting.path.at(-1) === name)?.key;
  const close = closest(name, here) ?? elsewhere;
  if (close !== undefined) return `Did you mean \`${close}\`?`;
  return `Keys that may stand here: ${quoted([...new Set(here)])}.`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** What may stand there: `an integer from 1 to 1024`. */
export function expected(schema: JsonObject): string {
  const { type, title, minimum, maximum } = schema;
  if (Array.isArray(schema.enum)) return `one of ${quoted(schema.enum.map(String))}`;
  if (type === "object") return "a mapping";
  if (typeof title === "string") return title;
  const noun = type === "integer" ? "an integer" : `a ${String(type)}`;
  const bounds = minimum === undefined || maximum === undefined;
  return bounds ? noun : `${noun} from ${String(minimum)} to ${String(maximum)}`;
}

const QUOTED_CHARS_MAX = 80;

export function found(value: Json, setting: Setting | undefined): string {
  if (setting?.secret === true) return "something else (not shown: it is a secret)";
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = String(value);
  if (text === "") return "an empty text";
  const cut = text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text;
  return typeof value === "string" ? `the text \`${cut}\`` : `\`${cut}\``;
}

/** Refuses where there is a problem; the first one is the sentence, and each has its own hint. */
export function refuseIf(problems: readonly ConfigProblem[], family: "usage" | "kernel"): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new Refusal(family, first.code, problemText(first), {
    problems,
    ...(problems.length === 1 ? { hint: first.hint } : {}),
  });
}
