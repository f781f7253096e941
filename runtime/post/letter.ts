/**
 * What becomes of one event for one subscriber: nothing, a payload in the line of its key, or a
 * refusal that says why nothing can be asked for. A pure function of the sealed subscription and the
 * event as it stands in the state. No refusal quotes a value.
 */
import type { Json } from "../../protocol/language/json.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { SUBSCRIPTION_ROOTS } from "../../protocol/language/subscription.ts";
import { bind, Unbound } from "../machine/bind.ts";
import { sealedOutside } from "../machine/places.ts";
import type { Slots } from "../machine/program.ts";
import type { Opened } from "../sealing/sealer.ts";
import { ONE_LINE } from "./lines.ts";
import type { Checks, Subscription } from "./subscription.ts";

export interface Letter {
  readonly line: string;
  /** In the clear; or why there is none. */
  readonly content: { readonly payload: Json } | { readonly refusal: Refusal };
}

export interface Posted {
  readonly tenant: string;
  readonly position: number;
  /** As it stands in the state: sealed where it is labelled. */
  readonly event: Json;
  readonly open: (value: Json) => Opened;
}

/** Null where the subscriber does not want the event. */
export function letterOf(
  { sealed }: Pick<Subscription, "sealed">,
  checks: Checks,
  { tenant, position, event, open }: Posted,
): Letter | null {
  // Of no known key, it stands in nobody's way.
  const alone = (refusal: Refusal): Letter => ({ line: `?${position}`, content: { refusal } });
  if (sealedOutside(event, sealed.seal)) {
    return alone(
      refuse("unmarked-label", "the event holds a label that its contract does not mark"),
    );
  }
  const opened = open(event);
  if ("erased" in opened) return alone(refuse("erased", "a value of the event was erased"));
  const { value } = opened;
  if (checks.when !== null && checks.when(value) !== null) return null;
  if (checks.event(value) !== null) {
    return alone(refuse("unfit-event", `the event does not fit \`${sealed.stream}\``));
  }
  const slots: Slots = [value, position, tenant];
  const key = sealed.key === null ? null : bind(sealed.key, slots);
  if (key instanceof Unbound) return alone(unbound("key", key));
  if (key !== null && typeof key !== "string" && !Number.isSafeInteger(key)) {
    return alone(refuse("unfit-key", "the key is neither text nor a whole number"));
  }
  const line = key === null ? ONE_LINE : JSON.stringify(key);
  const payload = bind(sealed.payload, slots);
  if (payload instanceof Unbound)
    return { line, content: { refusal: unbound("payload", payload) } };
  return { line, content: { payload } };
}

function refuse(code: string, message: string): Refusal {
  return new Refusal("acceptance", `delivery/${code}`, message);
}

/** Paths are the author's words, never data. */
function unbound(what: string, { code, slot, steps }: Unbound): Refusal {
  const path = `$.${SUBSCRIPTION_ROOTS[slot]}${steps.map(stepText).join("")}`;
  return code === "binding/missing"
    ? refuse("missing-value", `the ${what} cannot be made: nothing stands at \`${path}\``)
    : refuse("too-many-visits", `the ${what} cannot be made: \`${path}\` visits too many values`);
}

function stepText(step: string | number): string {
  return typeof step === "number" ? `[${step}]` : `.${step}`;
}
