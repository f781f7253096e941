/**
 * Whose tenant a command may show: that of the session which it is given, or else the local
 * operator's. Nothing of another tenant is shown, nor that there is any; what is about the data root
 * as a whole is shown to nobody who comes with a session.
 */
import { Refusal } from "../protocol/language/refusal.ts";
import { SYSTEM_PORTS, tenantOfHolder } from "../runtime/index.ts";
import type { Workspace } from "./options.ts";

/** Throws a refusal where the session is nobody's, or over. */
export function ownTenant({ config, dataRoot }: Workspace): string {
  const { files, clock } = SYSTEM_PORTS;
  if (config.session === undefined) return config.operator.tenant;
  return tenantOfHolder({ files, dataRoot, nowMs: clock.now() }, config.session);
}

/** Refuses a command that looks at all tenants of a data root to who comes with a session. */
export function requireNoSession({ config }: Workspace, command: string): void {
  if (config.session === undefined) return;
  const message = `expected no session: \`pgs ${command}\` looks at all tenants of the data root, and a session sees its own`;
  throw new Refusal("acceptance", "session/one-tenant", message, {
    hint: "It is for whoever owns the data root: unset PGS_SESSION, and the setting `session`.",
  });
}

/** Undefined where the session that is given is nobody's, or over: then nothing is anybody's own. */
export function ownTenantIfAny(workspace: Workspace): string | undefined {
  try {
    return ownTenant(workspace);
  } catch (error) {
    if (error instanceof Refusal && error.family === "acceptance") return undefined;
    throw error;
  }
}
