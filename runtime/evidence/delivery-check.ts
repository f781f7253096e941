/**
 * Whether what a delivery begins is what its subscription makes of its event: asked for where the
 * event is wanted, with the payload that is bound from it, refused where nothing can be. It opens no
 * sealed value: of an event that holds some, it judges what can be told without.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { Binding } from "../../protocol/language/graph.ts";
import { isObject, type Json, member } from "../../protocol/language/json.ts";
import type {
  Cause,
  LedgerRecord,
  OpenedBody,
  RefusedBody,
} from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { equal } from "../machine/compare.ts";
import { isSealed } from "../machine/places.ts";
import { shownOf } from "../policy/shown.ts";
import type { Snapshot } from "../ports.ts";
import { letterOf } from "../post/letter.ts";
import { type Checks, type Subscription, subscriptionsOf } from "../post/subscription.ts";
import { keyName } from "../sealing/vault.ts";

/** A record that says for which event it was asked. */
export type Delivered = LedgerRecord & (OpenedBody | RefusedBody) & { readonly cause: Cause };

export function isDelivered(record: LedgerRecord): record is Delivered {
  return (record.type === "opened" || record.type === "refused") && record.cause !== undefined;
}

/** Says why the record is not what its subscription makes of the event, as it stands in the state. */
export type DeliveryCheck = (record: Delivered, event: Json) => string | undefined;

interface Held {
  readonly subscription: Subscription;
  readonly checks: Checks;
  readonly governance: SealedGovernance;
}

/** `snapshot` throws a refusal for one that is not at hand: what it subscribes to cannot be told. */
export async function deliveryCheck(snapshot: (id: Digest) => Snapshot): Promise<DeliveryCheck> {
  const { compileSchema } = await import("../../protocol/language/json-schema.ts");
  const known = new Map<string, Held | undefined>();
  const holding = (record: Delivered): Held | undefined => {
    const governance = governanceIn(snapshot, record.snapshot);
    const subscription = subscriptionsOf(governance).find(
      ({ intent }) => intent.type === record.intent,
    );
    if (governance === undefined || subscription === undefined) return undefined;
    const { event, when } = subscription.sealed;
    const checks = {
      event: compileSchema(event),
      when: when === null ? null : compileSchema(when),
    };
    return { subscription, checks, governance };
  };
  return (record, event) => {
    const name = `${record.snapshot} ${record.intent}`;
    if (!known.has(name)) known.set(name, holding(record));
    const held = known.get(name);
    return held === undefined ? undefined : judge(record, event, held);
  };
}

function governanceIn(
  snapshot: (id: Digest) => Snapshot,
  id: Digest,
): SealedGovernance | undefined {
  try {
    return snapshot(id).governance();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** What is sealed fits whatever it is held against. */
const NOT_HELD: Checks = Object.freeze({ event: () => null, when: null });

function judge(record: Delivered, event: Json, held: Held): string | undefined {
  const { subscription, checks } = held;
  const { tenant, cause } = record;
  const clear = !holdsSealed(event);
  const letter = letterOf(subscription, clear ? checks : NOT_HELD, {
    ...{ tenant, position: cause.position, event },
    open: (value) => ({ value }),
  });
  if (letter === null) return otherwise(record, "is not one that it subscribes to");
  const { content } = letter;
  if ("refusal" in content) {
    // A path may lead into a sealed value, where it finds nothing.
    if (!clear && content.refusal.code !== UNMARKED) return undefined;
    return wasRefusedWith(record, content.refusal)
      ? undefined
      : otherwise(record, `is refused with \`${content.refusal.code}\``);
  }
  if (record.type === "refused") return wrongRefusal(record, content.payload, { held, clear });
  if (!clear && selects(subscription.sealed.payload)) return undefined;
  const own = keyName(tenant, record.trace);
  return same(record.payload, content.payload, own)
    ? undefined
    : otherwise(record, "gives another payload");
}

const UNMARKED = "delivery/unmarked-label";

function wasRefusedWith(record: Delivered, { code, message }: Refusal): boolean {
  return record.type === "refused" && record.code === code && record.message === message;
}

/** A letter that there is was denied, or did not fit; one that there is not may lie behind a seal. */
function wrongRefusal(
  record: Delivered & RefusedBody,
  payload: Json,
  { held, clear }: { readonly held: Held; readonly clear: boolean },
): string | undefined {
  if (!clear) return undefined;
  if (record.code.startsWith("delivery/")) return otherwise(record, "gives a payload");
  if (record.context === null) return undefined;
  const { actions } = held.governance.policies.cedar[""];
  const type = actions[record.intent]?.appliesTo.context;
  const shown = type === undefined ? {} : shownOf({ payload }, type);
  return equal(member(record.context, "payload") ?? null, member(shown, "payload") ?? null)
    ? undefined
    : otherwise(record, "shows policies another payload");
}

function otherwise({ cause, intent }: Delivered, what: string): string {
  return `event ${cause.position} of \`${cause.store}\`, which it was asked for, ${what} for \`${intent}\``;
}

export function holdsSealed(value: Json): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSealed(value) || Object.values(value).some(holdsSealed);
}

/** Whether what stands in a value decides which part of it is bound. */
function selects(binding: Binding): boolean {
  if ("query" in binding) return true;
  if ("object" in binding) return binding.object.some(([, inner]) => selects(inner));
  return "array" in binding && binding.array.some(selects);
}

/** Equal where neither is sealed; what is sealed in the record is so under its execution's own key. */
function same(found: Json | undefined, expected: Json | undefined, ownKey: string): boolean {
  if (found === undefined || expected === undefined) return found === expected;
  if (isSealed(found)) return found.$sealed.key === ownKey;
  if (isSealed(expected)) return true;
  if (Array.isArray(found) && Array.isArray(expected)) {
    const { length } = expected;
    return found.length === length && found.every((item, at) => same(item, expected[at], ownKey));
  }
  if (!isObject(found) || !isObject(expected)) return found === expected;
  const names = Object.keys(found);
  return (
    names.length === Object.keys(expected).length &&
    names.every(
      (name) => Object.hasOwn(expected, name) && same(found[name], expected[name], ownKey),
    )
  );
}
