/**
 * How a delivery is carried out: asked for by the principal of the Post Office, on the runtime's own
 * behalf, in the event's tenant, and decided on like anything else. It has no roles and no
 * attributes, and no way past a policy.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import { POST_PRINCIPAL } from "../../protocol/language/subscription.ts";
import type { Acceptance, Accepted } from "../acceptance.ts";
import type { Admission } from "../admission.ts";
import type { Asker } from "../asker.ts";
import type { Work } from "../runtime-options.ts";
import type { PostOptions } from "./post-office.ts";
import type { Delivery } from "./route.ts";

export interface CarrierOptions {
  readonly admission: Admission;
  readonly acceptance: Acceptance;
  /** Throws a refusal where nothing new may be begun. */
  readonly refuseUnlessOpen: () => void;
  /** Carries out what was accepted. Settles when the end of it is durable. */
  readonly answer: (accepting: Promise<Accepted>, work: Work) => Promise<unknown>;
}

export function carrier({ admission, ...options }: CarrierOptions): PostOptions["deliver"] {
  return async (delivery) => {
    await admission.reenter();
    try {
      options.refuseUnlessOpen();
      await carry(delivery, options);
    } catch (error) {
      // A refusal that was written down is what came of it.
      if (!(error instanceof Refusal) || error.trace === undefined) throw error;
    } finally {
      admission.leave();
    }
  };
}

async function carry(
  { subscription, tenant, position, idempotencyKey: key, content }: Delivery,
  { acceptance, answer }: Omit<CarrierOptions, "admission">,
): Promise<void> {
  const { intent, sealed } = subscription;
  const asker = postOfficeOf(tenant);
  const cause = { store: sealed.store, position };
  if ("refusal" in content) {
    const { type, workflow } = intent;
    await acceptance.refuse(asker, content.refusal, { intent: type, workflow, key, cause });
    return;
  }
  const work: Work = { intent: intent.type, payload: content.payload, idempotencyKey: key };
  await answer(acceptance.acceptFor(asker, work, cause), work);
}

function postOfficeOf(tenant: string): Asker {
  const caller = Object.freeze({ identity: "runtime", roles: [], attributes: {} } as const);
  return Object.freeze({ tenant, principal: POST_PRINCIPAL, caller, session: null });
}
