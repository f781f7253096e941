/**
 * Who subscribes to what under a snapshot, and how far a tenant's events have come on their way to
 * each, as the record of a data root says it. It needs no lock, delivers nothing and writes nothing.
 */
import { type IndexedRoot, upToDate } from "../evidence/up-to-date.ts";
import type { Snapshot } from "../ports.ts";
import { sealerOf } from "../sealing/sealer.ts";
import { openVault } from "../sealing/vault.ts";
import { MailAtHand } from "./mail-at-hand.ts";
import { Route, type RouteStanding } from "./route.ts";
import { checksOf, type Subscription, subscriptionsOf } from "./subscription.ts";

/** Sorted by the types of the intents. */
export async function subscribersIn(
  snapshot: Snapshot,
  { files, dataRoot, tenant }: IndexedRoot & { readonly tenant: string },
): Promise<readonly RouteStanding[]> {
  const subscriptions = subscriptionsOf(snapshot.governance());
  const standing = files.standing(dataRoot);
  const empty = () => new MailAtHand(tenant, subscriptions);
  const state =
    standing === undefined || subscriptions.length === 0
      ? empty()
      : upToDate(
          { files, dataRoot },
          {
            stored: (store) => new MailAtHand(tenant, subscriptions, store),
            none: empty,
            take: (found, record) => found.take(record),
          },
        );
  const { open } = sealerOf(openVault(dataRoot, files), tenant, "");
  const looked = async (subscription: Subscription): Promise<RouteStanding> => {
    const checks = await checksOf(subscription.sealed);
    const route = new Route({
      ...{ subscription, tenant, state, open },
      checks: () => checks,
      durable: () => Number.MAX_SAFE_INTEGER,
      aheadMax: Number.POSITIVE_INFINITY,
    });
    while (route.take() !== undefined);
    return route.standing;
  };
  return Promise.all(subscriptions.map(looked));
}
