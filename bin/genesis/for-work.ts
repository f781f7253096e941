/**
 * The gates as work passes them on its way: what is cheap to look at before anything is opened, and
 * what is told of it in the record of the start.
 */
import {
  atGate,
  type BootOptions,
  gatesOf,
  issuerKeysFound,
  type Runtime,
  requireOwner,
  requireWorkspace,
  type Snapshot,
  SYSTEM_PORTS,
  systemSite,
} from "../../runtime/index.ts";
import { identityOf } from "../config/identity.ts";
import type { Io } from "../io.ts";
import type { Workspace } from "../options.ts";
import { settingsOf } from "./settings.ts";

/**
 * Refuses a workspace or a data root that work must not be done in, and, at the gate behind that, a
 * file of keys that no token could be held against.
 */
export async function requireViable(
  { folder, dataRoot, config }: Workspace,
  { user }: Io,
): Promise<void> {
  const { files } = SYSTEM_PORTS;
  requireWorkspace(files, folder);
  requireOwner(files, systemSite(user), dataRoot);
  const identity = identityOf(config);
  if (identity !== undefined) await atGate("G2", () => issuerKeysFound(identity));
}

export function bootOptionsOf(
  { folder, configuration }: Workspace,
  { runtime, snapshot }: { readonly runtime: Runtime; readonly snapshot: Snapshot },
): BootOptions {
  const settings = settingsOf(configuration);
  return {
    configuration: settings.digest,
    gates() {
      const { recovery, reach } = runtime;
      return gatesOf({ workspace: folder, settings, snapshot, recovery, durable: reach.durable });
    },
  };
}
