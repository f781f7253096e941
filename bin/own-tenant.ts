/**
 * Whose tenant a command that only reads may show: that of the session which it is given, or else the
 * local operator's. Nothing of another tenant is shown, nor that there is any.
 */
import { SYSTEM_PORTS, tenantOfHolder } from "../runtime/index.ts";
import type { Workspace } from "./options.ts";

/** Throws a refusal where the session is nobody's, or over. */
export function ownTenant({ config, dataRoot }: Workspace): string {
  const { files, clock } = SYSTEM_PORTS;
  if (config.session === undefined) return config.operator.tenant;
  return tenantOfHolder({ files, dataRoot, nowMs: clock.now() }, config.session);
}
