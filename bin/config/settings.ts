/**
 * The settings, by name: what the schema of the configuration says of each, with the variable and
 * the flag that may give it. It reads no source of values.
 */
import schema from "../../protocol/language/config.schema.json" with { type: "json" };
import { isObject, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import { readStrictJson } from "../../protocol/language/strict-json.ts";

export interface Setting {
  /** As it is shown: `batch.concurrency`. */
  readonly key: string;
  readonly path: readonly string[];
  /** `PGS_BATCH_CONCURRENCY` */
  readonly variable: string;
  /** `--concurrency`; undefined where no command takes one. */
  readonly flag: string | undefined;
  readonly schema: JsonObject;
  /** Never shown: its schema has `x-label: [secret]`, as that of a secret in a payload. */
  readonly secret: boolean;
}

/** The settings that a command's flag may give, with what the flag is called. */
const FLAGS = Object.freeze({
  data_root: "--data-root",
  traces_dir: "--traces-dir",
  snapshot: "--snapshot",
  wait_seconds: "--wait",
  "batch.concurrency": "--concurrency",
  "batch.traces": "--traces",
  session: "--session",
  "identity.session_seconds": "--seconds",
} as const);

/** What was given with flags, as text; what was not given is undefined. */
export type Flags = Readonly<Partial<Record<keyof typeof FLAGS, string | undefined>>>;

const VARIABLE_PREFIX = "PGS_";

/**
 * The settings of a schema, in its order. A member that says which members it has holds settings,
 * and is none.
 */
export function settingsOf(of: JsonObject, above: readonly string[] = []): readonly Setting[] {
  const properties = member(of, "properties");
  return Object.entries(isObject(properties) ? properties : {}).flatMap(([name, inner]) => {
    const path = [...above, name];
    if (!isObject(inner)) return [];
    return isObject(member(inner, "properties"))
      ? settingsOf(inner, path)
      : [settingAt(path, inner)];
  });
}

function settingAt(path: readonly string[], inner: JsonObject): Setting {
  const key = path.join(".");
  const labels = member(inner, "x-label");
  return {
    key,
    path,
    variable: `${VARIABLE_PREFIX}${path.join("_").toUpperCase()}`,
    flag: (FLAGS as Readonly<Record<string, string>>)[key],
    schema: inner,
    secret: Array.isArray(labels) && labels.includes("secret"),
  };
}

export const SETTINGS = Object.freeze(settingsOf(schema));

/** `(default: 64)`, for the help of a flag. */
export function defaultText(key: string): string {
  const setting = SETTINGS.find((one) => one.key === key);
  return `(default: ${String(setting?.schema.default)})`;
}

/** The setting that a path leads to, or into. */
export function settingUnder(path: readonly (string | number)[]): Setting | undefined {
  return SETTINGS.find((setting) => setting.path.every((step, at) => step === path[at]));
}

export function valueAt(values: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inside, step) => member(inside, step), values);
}

/** Values by key, as one value of the form that the schema describes. */
export function nested(entries: Iterable<readonly [Setting, Json]>): JsonObject {
  const root: Record<string, Json> = {};
  for (const [{ path }, value] of entries) {
    let inside = root;
    for (const step of path.slice(0, -1)) {
      const next = (inside[step] ?? {}) as Record<string, Json>;
      inside[step] = next;
      inside = next;
    }
    inside[path.at(-1) ?? ""] = value;
  }
  return root;
}

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

/**
 * A text from the environment or from a flag as the type that the setting has, where it reads so:
 * a list is separated by commas, a mapping is JSON.
 */
export function typed(text: string, { schema: { type } }: Setting): Json {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "array") return text === "" ? [] : text.split(",");
  if (type === "object") {
    const read = readStrictJson(text);
    return "value" in read && isObject(read.value) ? read.value : text;
  }
  if ((type !== "number" && type !== "integer") || !NUMBER.test(text)) return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
