/**
 * The Post Office of one runtime: there is one where some intent subscribes to something, and nothing
 * of it where none does. It only puts the parts together.
 */
import type { Admission } from "../admission.ts";
import type { World } from "../execution.ts";
import type { Clock, Snapshot } from "../ports.ts";
import { sealerOf } from "../sealing/sealer.ts";
import { type CarrierOptions, carrier } from "./carrier.ts";
import { type DeliverOptions, PostOffice } from "./post-office.ts";
import type { RouteStanding } from "./route.ts";
import { subscriptionsOf } from "./subscription.ts";

type PostingOptions = CarrierOptions &
  Pick<World, "ledger" | "state" | "vault"> & { readonly clock: Clock };

export function postFor(
  snapshot: Snapshot,
  { ledger, state, vault, clock, ...carrying }: PostingOptions,
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
  });
}

/** What a look at the mail came to. */
export interface Deliveries {
  /** Where each tenant's events stand on their way to each subscriber. */
  readonly standing: readonly RouteStanding[];
  /** Why something was not delivered that can be tried again; undefined where nothing was. */
  readonly hindered: unknown;
}

/** Also waits for executions that a former writer began: what comes after them may then be due. */
export async function deliverAll(
  post: PostOffice | undefined,
  admission: Admission,
  options: DeliverOptions,
): Promise<Deliveries> {
  if (post === undefined) return { standing: [], hindered: undefined };
  await post.deliver(options);
  for (;;) {
    await admission.idle();
    if (post.isIdle) return { standing: post.standing, hindered: post.hindered };
    await post.idle();
  }
}
