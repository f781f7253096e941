/** What a start goes by of the configuration: where it works, and a digest that tells when it changed. */
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { Settings } from "../../runtime/index.ts";
import type { Configuration } from "../config/config.ts";
import { originText } from "../config/origin.ts";
import { shown } from "../config/shown.ts";

export function settingsOf(configuration: Configuration): Settings {
  const { config } = configuration;
  const rows = shown(configuration);
  // A digest of a secret would let others try what it may be.
  const plain = rows.filter(({ secret }) => !secret);
  return {
    dataRoot: config.data_root,
    waitMs: config.wait_seconds * 1_000,
    digest: sha256(canonical(Object.fromEntries(plain.map((row) => [row.setting, row.value])))),
    given: rows
      .filter(({ origin }) => origin.kind !== "default")
      .map(({ setting, origin }) => ({ setting, origin: originText(origin) })),
    count: rows.length,
  };
}
