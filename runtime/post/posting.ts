/**
 * The Post Office of one runtime: there is one where some intent subscribes to something, and nothing
 * of it where none does. It only puts the parts together.
 */
import type { World } from "../execution.ts";
import type { Snapshot } from "../ports.ts";
import { sealerOf } from "../sealing/sealer.ts";
import { type CarrierOptions, carrier } from "./carrier.ts";
import { PostOffice, type PostOptions } from "./post-office.ts";
import { subscriptionsOf } from "./subscription.ts";

type PostingOptions = CarrierOptions &
  Pick<World, "ledger" | "state" | "vault"> &
  Pick<PostOptions, "clock" | "unheard">;

export function postFor(
  snapshot: Snapshot,
  { ledger, state, vault, clock, unheard, ...carrying }: PostingOptions,
): PostOffice | undefined {
  const subscriptions = subscriptionsOf(snapshot.governance());
  if (subscriptions.length === 0) return undefined;
  return new PostOffice({
    subscriptions,
    state,
    clock,
    durable: () => ledger.durable.n,
    // Values are opened with the keys that they name, whoever sealed them.
    open: sealerOf(vault, "", "").open,
    deliver: carrier(carrying),
    quiet: () => carrying.admission.idle(),
    refuseUnlessOpen: carrying.refuseUnlessOpen,
    unheard,
  });
}
