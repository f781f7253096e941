/**
 * Subscriptions: an intent that is asked for with every event of a stream, once for each, in order a
 * key. Here is what a snapshot holds of one, and by what names the deliveries are known. It says
 * nothing of when something is delivered.
 */

import type { Binding, SealedPlace } from "./graph.ts";
import type { JsonObject } from "./json.ts";
import type { FullName } from "./names.ts";

/** What the bindings of a subscription read, by slot: the event, its position, its tenant. */
export const SUBSCRIPTION_ROOTS = Object.freeze(["event", "position", "tenant"] as const);
export type SubscriptionRoot = (typeof SUBSCRIPTION_ROOTS)[number];

export interface SealedSubscription {
  readonly stream: FullName;
  /** `domain/store`. */
  readonly store: string;
  /** What every event of the stream is held against: a self-contained JSON Schema. */
  readonly event: JsonObject | boolean;
  /** Labelled places of the event. */
  readonly seal: readonly SealedPlace[];
  /** The events that are delivered; null where all of them are. */
  readonly when: JsonObject | boolean | null;
  /** Gives text or a whole number: events that share it are delivered one after the other. Null: all share one. */
  readonly key: Binding | null;
  /** Gives what the intent takes. */
  readonly payload: Binding;
}

/** The principal that asks for what subscriptions ask for, with the identity `runtime`. */
export const POST_PRINCIPAL = "post_office";

/** What the idempotency keys of deliveries begin with; no caller's may. */
export const DELIVERY_KEY = "post/";

/** One delivery for ever: of the event at a position, to an intent, within a tenant. */
export function deliveryKey(intent: FullName, position: number): string {
  return `${DELIVERY_KEY}${intent}/${position}`;
}
