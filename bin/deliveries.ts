/** What came of delivering the events of streams, for whoever asked for work that caused some. */
import { Refusal } from "../protocol/language/refusal.ts";
import type { Deliveries, RouteStanding, Runtime } from "../runtime/index.ts";
import type { Io } from "./io.ts";
import type { Workspace } from "./options.ts";
import { ownTenant } from "./own-tenant.ts";
import { count, safe } from "./print.ts";

/** So many are begun at most by a command that was asked for something else. */
const DELIVERIES_ON_THE_WAY = 100;

/** Where no intent subscribes to anything. */
export const NO_MAIL: Deliveries = Object.freeze({ standing: [], hindered: undefined });

/** What own work caused, and what a stop left in one's own tenant; up to a bound. */
export async function deliverOnTheWay(
  { post }: Runtime,
  workspace: Workspace,
): Promise<Deliveries> {
  if (post === undefined) return NO_MAIL;
  return post.deliver({ tenant: ownTenant(workspace), mostNow: DELIVERIES_ON_THE_WAY });
}

/** A line on standard error where events still wait; nothing where none does. */
export function waitingText({ standing, hindered }: Deliveries, io: Io): string {
  const waiting = waitingIn(standing);
  if (waiting === 0) return "";
  const why = hindered instanceof Refusal ? `${io.paintErr.yellow(hindered.code)}: ` : "";
  const who = count(waiting, "event");
  const verb = waiting === 1 ? "waits" : "wait";
  return `deliveries: ${safe(why)}${who} ${verb} for a subscriber: \`pgs deliver\` goes on\n`;
}

/** The same for a JSON document: a member `deliveries`, where events still wait. */
export function waitingMember({ standing }: Deliveries): { readonly deliveries?: object } {
  const waiting = waitingIn(standing);
  return waiting === 0 ? {} : { deliveries: { waiting } };
}

function waitingIn(standing: readonly RouteStanding[]): number {
  return standing.reduce((sum, { waiting }) => sum + waiting, 0);
}

/** A row for a table and for JSON. */
export function rowOf({ tenant, subscription, events, delivered, waiting }: RouteStanding) {
  const { intent, sealed } = subscription;
  const { type, intent: name, workflow } = intent;
  const { stream, store } = sealed;
  return { type, intent: name, workflow, stream, store, tenant, events, delivered, waiting };
}
