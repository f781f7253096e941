/**
 * What a snapshot alone refuses of work, before a data root is opened: a name that it does not have,
 * and what cannot be a session's credential. So a typo wakes nothing of what a stop left open. It
 * decides nothing that needs the ledger, and acceptance looks again.
 */
import { unknownIntent } from "./acceptance.ts";
import type { Snapshot } from "./ports.ts";
import { knownName } from "./programs.ts";
import type { Work } from "./runtime-options.ts";
import { readCredential } from "./sessions/credential.ts";

export function requireKnown(
  snapshot: Snapshot,
  { intent, workflow, session }: Pick<Work, "intent" | "workflow" | "session">,
): void {
  if (workflow !== undefined) knownName(snapshot, workflow);
  const governance = snapshot.governance();
  // One that was sealed without is stopped on its way through the gates, which is the cause to tell.
  if (intent !== undefined && governance !== undefined) {
    const types = governance.intents.intents.map(({ type }) => type);
    if (!types.includes(intent)) throw unknownIntent(intent, types);
  }
  if (session !== undefined) readCredential(session);
}
