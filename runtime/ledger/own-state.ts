/**
 * Whether a stored state is this ledger's. It names the last record that it follows by place and by
 * hash: where the ledger has another one there, the state was made from another ledger, and nothing
 * that it says is to be believed. It is refused, never put away: why it stands there, a person knows.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { statePath } from "../data-root.ts";
import type { Files, LedgerPosition, Watermark } from "../ports.ts";
import { recordBefore } from "./line-at.ts";
import { segmentPath } from "./segments.ts";

const OTHER_LEDGER = "state/other-ledger";

/** Whether the ledger still reaches as far as the state says that it did. */
export function reaches(files: Files, dataRoot: string, durable: LedgerPosition): boolean {
  const path = segmentPath(dataRoot, durable.segment);
  const { offset } = durable;
  if ((files.standing(path)?.bytes ?? 0) < offset) return false;
  // Room is where lines were not yet: a copy of the ledger that is older than the state may end in it.
  return offset === 0 || files.readAt(path, offset - 1, 1)[0] !== 0;
}

/** The record that ends where the state has come to; undefined where that is before all. */
export function requireOwn(
  files: Files,
  dataRoot: string,
  { durable, hash }: Watermark,
): LedgerRecord | undefined {
  const record = recordBefore(files, dataRoot, durable);
  if (record === undefined || record.hash === hash) return record;
  const path = statePath(dataRoot);
  const message = `\`${path}\` is the state of another ledger: it follows a record ${record.n} that is not the one here`;
  throw new Refusal("evidence", OTHER_LEDGER, message, {
    hint: `Delete \`${path}\`, its \`-wal\` and its \`-shm\`: this ledger gives back its own state.`,
  });
}

/** Why the state is not to be believed, for those who do without; what else does not hold, others tell. */
export function otherLedger(
  files: Files,
  dataRoot: string,
  watermark: Watermark | undefined,
): Refusal | undefined {
  if (watermark === undefined || !reaches(files, dataRoot, watermark.durable)) return undefined;
  try {
    requireOwn(files, dataRoot, watermark);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal) || error.family !== "evidence") throw error;
    return error.code === OTHER_LEDGER ? error : undefined;
  }
}
