/**
 * The form of a subscription: every member, its type and its range, and that its bindings read what
 * there is to read. Whoever delivers relies on each.
 */
import type { Binding } from "../../protocol/language/graph.ts";
import { type FullName, splitName } from "../../protocol/language/names.ts";
import {
  type SealedSubscription,
  SUBSCRIPTION_ROOTS,
} from "../../protocol/language/subscription.ts";
import { type Form, members, orNull, problem, text } from "./form.ts";
import { binding, fullName, places } from "./graph-form.ts";
import { readsOf } from "./graph-regions.ts";

/** Reads the event, its position and its tenant, and nothing else. */
const own: Form = (value) =>
  binding(value) ??
  (readsOf(value as Binding).some((slot) => slot >= SUBSCRIPTION_ROOTS.length)
    ? problem("", "expected to read the event, its position or its tenant")
    : undefined);

export function subscriptionForm(schemaText: Form): Form {
  const form = members({
    stream: fullName,
    store: text,
    event: schemaText,
    seal: places,
    when: orNull(schemaText),
    key: orNull(own),
    payload: own,
  });
  return (value) => form(value) ?? strayStore(value as SealedSubscription);
}

function strayStore({ stream, store }: SealedSubscription) {
  const domain = splitName(stream satisfies FullName)?.domain;
  const within = /^[a-z][a-z0-9_]*$/.test(store.slice(`${domain}/`.length));
  return store.startsWith(`${domain}/`) && within
    ? undefined
    : problem("/store", "expected a store of the stream's domain");
}
