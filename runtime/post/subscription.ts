/**
 * The subscriptions of a snapshot, made ready: who is to be asked for what, of which stream, and the
 * checks that an event is held against. It decides nothing of any event.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { SealedGovernance, SealedIntent } from "../../protocol/language/governance.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { SchemaCheck } from "../../protocol/language/json-schema.ts";
import type { SealedSubscription } from "../../protocol/language/subscription.ts";

export interface Subscription {
  readonly intent: SealedIntent;
  readonly sealed: SealedSubscription;
  /** Changes with whatever decides which events are delivered: what was delivered is kept by it. */
  readonly id: string;
}

/** Sorted by the types of the intents; empty where none subscribes. */
export function subscriptionsOf(governance: SealedGovernance | undefined): readonly Subscription[] {
  return (governance?.intents.intents ?? []).flatMap((intent) => {
    const sealed = intent.subscribes;
    return sealed === undefined ? [] : [{ intent, sealed, id: idOf(intent, sealed) }];
  });
}

function idOf({ intent }: SealedIntent, { store, when }: SealedSubscription): string {
  return `${intent}#${sha256(canonical({ store, when } as Json)).slice(0, 16)}`;
}

/** What an event is held against. */
export interface Checks {
  readonly event: SchemaCheck;
  /** Null where every event is delivered. */
  readonly when: SchemaCheck | null;
}

/** Loaded late: validators take longer to load than everything else together. */
export async function checksOf({ event, when }: SealedSubscription): Promise<Checks> {
  const { compileSchema } = await import("../../protocol/language/json-schema.ts");
  return { event: compileSchema(event), when: when === null ? null : compileSchema(when) };
}
