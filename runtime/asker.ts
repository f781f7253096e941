/**
 * Who asks for something, as the runtime knows it: the local operator, the holder of a session, or
 * the runtime itself. Nothing of it is ever taken from a payload.
 */

import { byCodeUnits } from "../protocol/language/canonical.ts";
import { deepFreeze, type JsonObject } from "../protocol/language/json.ts";
import {
  CALLER_PATTERN,
  RESERVED_ATTRIBUTE,
  TENANT_PATTERN,
  WORD_PATTERN,
} from "../protocol/language/names.ts";
import type { Caller } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

export interface Asker {
  readonly tenant: string;
  readonly principal: string;
  readonly caller: Caller;
  /** The session's id; null without one. */
  readonly session: string | null;
}

/** Names of attributes that the policies of a snapshot can see. */
export type Sight = ReadonlySet<string>;

/**
 * Of attributes that no policy can see, the names: records are kept for good, and what nobody asks
 * for does not belong there. The names stay, each without a value, so that policies of a later
 * snapshot that ask for one deny what a session was not known by, instead of never hearing of it.
 */
export function asSeen(attributes: JsonObject, sight: Sight): JsonObject {
  const members = Object.entries(attributes);
  return Object.fromEntries(members.map(([name, value]) => [name, sight.has(name) ? value : null]));
}

/** The operator that the host names, as far as policies can see. */
export function operatorOf(
  {
    tenant,
    principal,
    roles = [],
    attributes = {},
  }: Pick<RuntimeOptions, "tenant" | "principal" | "roles" | "attributes">,
  sight: Sight,
): Asker {
  const wrong = wrongName({ tenant, principal, roles, attributes });
  if (wrong !== undefined) throw badName(wrong);
  const caller = {
    identity: "operator",
    roles: [...roles].sort(byCodeUnits),
    // What the host gave stays the host's: nothing that it changes later is asked of a policy.
    attributes: structuredClone(asSeen(attributes, sight)),
  } as const;
  return deepFreeze({ tenant, principal, caller, session: null });
}

type Named = Required<Pick<RuntimeOptions, "tenant" | "principal" | "roles" | "attributes">>;

/** A ledger with another name in it could not be read again. */
function wrongName({ tenant, principal, roles, attributes }: Named): string | undefined {
  if (!TENANT_PATTERN.test(tenant)) return "tenant";
  if (!CALLER_PATTERN.test(principal)) return "principal";
  if (!roles.every((role) => WORD_PATTERN.test(role))) return "roles";
  const isName = (name: string) => WORD_PATTERN.test(name) && name !== RESERVED_ATTRIBUTE;
  return Object.keys(attributes).every(isName) ? undefined : "attributes";
}

function badName(member: string): Refusal {
  const message = `expected an operator whose \`${member}\` can be written down, found another`;
  return new Refusal("usage", `operator/bad-${member}`, message, {
    hint: "`pgs config show` and the schema of the configuration say how they are called.",
  });
}
