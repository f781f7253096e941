/** What a start goes by of the configuration: where it works, and a digest that tells when it changed. */
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { Settings } from "../../runtime/index.ts";
import type { Configuration } from "../config/config.ts";
import { identityOf } from "../config/identity.ts";
import { originText } from "../config/origin.ts";
import { shown } from "../config/shown.ts";

/** How one call goes about its work; nothing that is alive differs by them. */
const OF_ONE_CALL = /^(?:wait_seconds|identity\.session_seconds|batch\..*)$/;

export function settingsOf(configuration: Configuration): Settings {
  const { config } = configuration;
  const identity = identityOf(config);
  const rows = shown(configuration);
  // A digest of a secret would let others try what it may be.
  const plain = rows.filter(({ setting, secret }) => !secret && !OF_ONE_CALL.test(setting));
  return {
    dataRoot: config.data_root,
    waitMs: config.wait_seconds * 1_000,
    digest: sha256(canonical(Object.fromEntries(plain.map((row) => [row.setting, row.value])))),
    given: rows
      .filter(({ origin }) => origin.kind !== "default")
      .map(({ setting, origin }) => ({ setting, origin: originText(origin) })),
    count: rows.length,
    ...(identity === undefined ? {} : { identity }),
  };
}
