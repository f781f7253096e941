/**
 * Who asks for something, as the runtime knows it: the local operator, the holder of a session, or
 * the runtime itself. Nothing of it is ever taken from a payload.
 */

import { byCodeUnits } from "../protocol/language/canonical.ts";
import { deepFreeze } from "../protocol/language/json.ts";
import type { Caller } from "../protocol/language/records.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

export interface Asker {
  readonly tenant: string;
  readonly principal: string;
  readonly caller: Caller;
  /** The session's id; null without one. */
  readonly session: string | null;
}

/** The operator that the configuration names. */
export function operatorOf({
  tenant,
  principal,
  roles = [],
  attributes = {},
}: Pick<RuntimeOptions, "tenant" | "principal" | "roles" | "attributes">): Asker {
  const caller = {
    identity: "operator",
    roles: [...roles].sort(byCodeUnits),
    // What the host gave stays the host's: nothing that it changes later is asked of a policy.
    attributes: structuredClone(attributes),
  } as const;
  return deepFreeze({ tenant, principal, caller, session: null });
}
