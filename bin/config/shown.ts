/** A configuration as it may be shown: every setting, in the schema's order, secrets masked. */
import type { Json } from "../../protocol/language/json.ts";
import type { Config, Configuration } from "./config.ts";
import type { Origin } from "./origin.ts";
import { type Setting, valueAt } from "./settings.ts";

export interface ShownRow {
  readonly setting: string;
  /** Null where nothing says it; what a secret says is never here. */
  readonly value: Json;
  readonly secret: boolean;
  readonly origin: Origin;
}

/** What stands in place of a secret. */
const MASK = "[secret]";

export function shown({ workspace, config, origins }: Configuration): readonly ShownRow[] {
  const { folder, origin } = workspace;
  const rows = [...origins].map(([setting, from]) => rowOf(setting, config, from));
  return [{ setting: "workspace", value: folder, secret: false, origin }, ...rows];
}

function rowOf({ key, path, secret }: Setting, config: Config, origin: Origin): ShownRow {
  const value = valueAt(config as unknown as Json, path) ?? null;
  return { setting: key, value: secret && value !== null ? MASK : value, secret, origin };
}
