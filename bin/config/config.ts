/**
 * The configuration of one call of the program: acquired once, from the built-in defaults, the
 * workspace's `pgs.config.yaml`, the environment and the flags, each stronger than the one before.
 * Nothing reads a setting elsewhere, and nothing wrong in a source is passed over.
 */
import { lstatSync } from "node:fs";
import { join, resolve } from "node:path";
import { closest } from "../../protocol/language/did-you-mean.ts";
import { isDigest } from "../../protocol/language/digest.ts";
import { deepFreeze, type Json, type JsonObject } from "../../protocol/language/json.ts";
import type { Io } from "../io.ts";
import { type IdentityConfig, identityProblems } from "./identity.ts";
import type { Origin } from "./origin.ts";
import { type ConfigProblem, type OriginOf, problem, problemsOf, refuseIf } from "./problems.ts";
import {
  type Flags,
  nested,
  SETTINGS,
  type Setting,
  settingUnder,
  typed,
  valueAt,
} from "./settings.ts";

/** Whose trace files are written: all, those of what ended on the fault route, or none. */
export type Traces = "all" | "failed" | "none";

/** The settings as the schema gives them. */
export interface Config {
  /** Absolute, as all folders here. */
  readonly data_root: string;
  readonly traces_dir: string;
  /** An id or a folder; undefined for the workspace's current one. */
  readonly snapshot?: string;
  readonly wait_seconds: number;
  readonly batch: {
    readonly concurrency: number;
    readonly traces: Traces;
    readonly room_wait_seconds: number;
  };
  readonly operator: {
    readonly tenant: string;
    readonly principal: string;
    readonly roles: readonly string[];
    readonly attributes: JsonObject;
  };
  /** A session's credential; it is shown nowhere. */
  readonly session?: string;
  readonly identity: IdentityConfig;
}

export interface Configuration {
  readonly workspace: { readonly folder: string; readonly origin: Origin };
  /** The file that was read; null where there is none. */
  readonly file: string | null;
  readonly config: Config;
  readonly origins: ReadonlyMap<Setting, Origin>;
}

export const CONFIG_FILE = "pgs.config.yaml";
const WORKSPACE_VARIABLE = "PGS_WORKSPACE";

/** One source's values. Names of folders and files in it are relative to `base`. */
interface Layer {
  readonly values: JsonObject;
  readonly originOf: OriginOf;
  readonly base: string;
}

export async function acquire(
  workspaceFlag: string | undefined,
  flags: Flags,
  io: Io,
): Promise<Configuration> {
  const fromFlags = flagLayer(flags, io);
  refuseIf([...emptyWorkspace(workspaceFlag), ...faultsIn(fromFlags)], "usage");
  const fromEnvironment = environmentLayer(io);
  const { [WORKSPACE_VARIABLE]: variable } = io.environment;
  refuseIf(emptyWorkspace(undefined, variable), "kernel");
  const given = workspaceFlag ?? variable ?? ".";
  const folder = resolve(io.workingFolder, given);
  const file = fileIn(folder, given);
  const fromFile = file === null ? undefined : await fileLayer(folder, file);
  refuseIf(
    [...faultsIn(fromFile), ...unknownVariables(io.environment), ...faultsIn(fromEnvironment)],
    "kernel",
  );
  const layers = [fromFlags, fromEnvironment, fromFile, defaultLayer(folder)];
  const found = settled(layers);
  refuseIf(identityProblems(found.config, found.origins), "kernel");
  const origin: Origin =
    workspaceFlag !== undefined
      ? { kind: "flag", flag: "--workspace" }
      : variable !== undefined
        ? { kind: "environment", variable: WORKSPACE_VARIABLE }
        : { kind: "default" };
  return { workspace: { folder, origin }, file, ...found };
}

/** The strongest source's value of each setting, with where it stands. */
function settled(
  layers: readonly (Layer | undefined)[],
): Pick<Configuration, "config" | "origins"> {
  const values = new Map<Setting, Json>();
  const origins = new Map<Setting, Origin>();
  for (const setting of SETTINGS) {
    const layer = layers.find((one) => valueAt(one?.values ?? {}, setting.path) !== undefined);
    const value = valueAt(layer?.values ?? {}, setting.path);
    if (layer !== undefined && value !== undefined) {
      values.set(setting, settledPath(value, setting, layer.base));
    }
    origins.set(setting, layer?.originOf(setting.path, "value") ?? { kind: "default" });
  }
  // Every layer fits the schema, and the defaults leave out nothing that `Config` does not.
  const config = deepFreeze(nested(values)) as unknown as Config;
  return { config, origins };
}

/** Settings that name a folder or a file; a snapshot may be named by its id too. */
const PLACES: ReadonlySet<string> = new Set([
  "data_root",
  "traces_dir",
  "snapshot",
  "identity.jwks_file",
  "identity.key_file",
]);

function settledPath(value: Json, { key }: Setting, base: string): Json {
  if (typeof value !== "string" || !PLACES.has(key)) return value;
  return key === "snapshot" && isDigest(value) ? value : resolve(base, value);
}

function faultsIn(layer: Layer | undefined): readonly ConfigProblem[] {
  return layer === undefined ? [] : problemsOf(layer.values, layer.originOf);
}

function defaultLayer(base: string): Layer {
  const values = SETTINGS.flatMap((setting) => {
    const value = setting.schema.default;
    return value === undefined ? [] : [[setting, value] as const];
  });
  return { values: nested(values), originOf: () => ({ kind: "default" }), base };
}

function flagLayer(flags: Flags, io: Io): Layer | undefined {
  const text = ({ key }: Setting) => (flags as Readonly<Record<string, string | undefined>>)[key];
  return textLayer(text, ({ flag = "" }) => ({ kind: "flag", flag }), io);
}

function environmentLayer(io: Io): Layer | undefined {
  const text = ({ variable }: Setting) => io.environment[variable];
  return textLayer(text, ({ variable }) => ({ kind: "environment", variable }), io);
}

function textLayer(
  textOf: (setting: Setting) => string | undefined,
  origin: (setting: Setting) => Origin,
  io: Io,
): Layer | undefined {
  const given = SETTINGS.flatMap((setting) => {
    const text = textOf(setting);
    return text === undefined ? [] : [[setting, typed(text, setting)] as const];
  });
  if (given.length === 0) return undefined;
  const originOf: OriginOf = (path) => {
    const setting = settingUnder(path);
    return setting === undefined ? { kind: "default" } : origin(setting);
  };
  return { values: nested(given), originOf, base: io.workingFolder };
}

async function fileLayer(folder: string, shownAs: string): Promise<Layer> {
  const { readConfigFile } = await import("../config/config-file.ts");
  return { ...readConfigFile(join(folder, CONFIG_FILE), shownAs), base: folder };
}

/** Names that somebody could take for the file's, and that nothing would ever read. */
const MISNAMED = ["pgs.config.yml", "pgs.config.json"] as const;

/** How the workspace's file is called in what is said of it; null where there is none. */
function fileIn(folder: string, given: string): string | null {
  for (const name of MISNAMED) {
    if (!isThere(join(folder, name))) continue;
    const origin: Origin = { kind: "file", file: join(given, name), line: 1, column: 1 };
    const message = `expected the name \`${CONFIG_FILE}\`, found \`${name}\``;
    refuseIf([problem("wrong-name", origin, { message, hint: "Rename the file." })], "kernel");
  }
  return isThere(join(folder, CONFIG_FILE)) ? join(given, CONFIG_FILE) : null;
}

/** True for a link to nothing too: it is refused when it is read, and not passed over. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    // Reading it says what is wrong with the way to it.
    return path.endsWith(CONFIG_FILE);
  }
}

function unknownVariables(environment: Io["environment"]): readonly ConfigProblem[] {
  const known = [WORKSPACE_VARIABLE, ...SETTINGS.map(({ variable }) => variable)];
  return Object.keys(environment)
    .filter((name) => !known.includes(name))
    .sort()
    .map((variable) => {
      const close = closest(variable, known);
      const hint =
        close === undefined
          ? "`pgs config show --help` names the variables that are read."
          : `Did you mean \`${close}\`?`;
      const message = "no setting is read from this variable";
      return problem("unknown-variable", { kind: "environment", variable }, { message, hint });
    });
}

function emptyWorkspace(flag?: string, variable?: string): readonly ConfigProblem[] {
  const origin: Origin | undefined =
    flag === ""
      ? { kind: "flag", flag: "--workspace" }
      : variable === ""
        ? { kind: "environment", variable: WORKSPACE_VARIABLE }
        : undefined;
  const message = "expected a folder, found an empty text";
  return origin === undefined ? [] : [problem("bad-value", origin, { message })];
}
