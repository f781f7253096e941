/** Whether a session may be used now: by what its records say, and the ledger's time. */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { SessionRow } from "../ports.ts";

export type SessionStatus = "open" | "ended" | "expired";

export function statusOf(
  { ended_at, expires_at }: Pick<SessionRow, "ended_at" | "expires_at">,
  nowMs: number,
): SessionStatus {
  if (ended_at !== null) return "ended";
  return nowMs >= Date.parse(expires_at) ? "expired" : "open";
}

/** Why it may not; undefined where it may. */
export function overWith(
  row: Pick<SessionRow, "session" | "ended_at" | "expires_at">,
  nowMs: number,
): Refusal | undefined {
  const status = statusOf(row, nowMs);
  if (status === "open") return undefined;
  const { session, ended_at, expires_at } = row;
  const when = status === "ended" ? `was ended at ${ended_at}` : `expired at ${expires_at}`;
  const now = new Date(nowMs).toISOString();
  const message = `expected a session that is open at ${now}: \`${session}\` ${when}`;
  return new Refusal("acceptance", `session/${status}`, message, {
    hint: "`pgs session create` opens a new one.",
  });
}

/**
 * There is none for who asks: also where there is one of another tenant, or the secret is another's.
 * Nobody learns which.
 */
export function noSession(): Refusal {
  const message = "there is no such session";
  return new Refusal("acceptance", "session/unknown", message, {
    hint: "It belongs to one data root, one tenant and one secret: `pgs session list` shows one's own.",
  });
}
