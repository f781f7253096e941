/**
 * Who asks for something, as the runtime knows it: the local operator, the holder of a session, or
 * the runtime itself. Nothing of it is ever taken from a payload.
 */

import { byCodeUnits } from "../protocol/language/canonical.ts";
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
  const sorted = Object.freeze([...roles].sort(byCodeUnits));
  const caller = Object.freeze({ identity: "operator", roles: sorted, attributes } as const);
  return Object.freeze({ tenant, principal, caller, session: null });
}
