/** A ledger that another hand wrote anew: each position, chain, fingerprint and hash is its own. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { fingerprintOf, isHappened } from "../../../runtime/fingerprint.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { copyOf, ledgerFile, recordsOf } from "../on-disk.ts";

/** Changes records, leaves some out, puts some in: their places are theirs again afterwards. */
export type Forge = (records: readonly LedgerRecord[]) => readonly LedgerRecord[];

/** A copy of a data root, with another ledger and no stored state. */
export function forged(dataRoot: string, forge: Forge): string {
  const root = copyOf(dataRoot);
  const heads = new Map<string, { readonly seq: number; readonly prev: Digest }>();
  const records = forge(recordsOf(dataRoot));
  const lines = records.map((record, index) => {
    const { trace, at } = record;
    const { seq, prev } = heads.get(trace) ?? { seq: 1, prev: NO_DIGEST };
    const { line, hash } = writeLine(
      { n: index + 1, trace, seq, at, prev },
      bodyIn(records, record),
    );
    heads.set(trace, { seq: seq + 1, prev: hash });
    return line;
  });
  writeFileSync(ledgerFile(root), lines.join(""));
  rmSync(join(root, "state.db"), { force: true });
  return root;
}

function bodyIn(records: readonly LedgerRecord[], record: LedgerRecord): RecordBody {
  const body = bodyOf(record) as unknown as RecordBody;
  if (body.type !== "closed") return body;
  const trace = records.filter((one) => one.trace === record.trace);
  const [opened] = trace;
  if (opened?.type !== "opened") return body;
  return { ...body, fingerprint: fingerprintOf({ opened, steps: trace.filter(isHappened) }) };
}
