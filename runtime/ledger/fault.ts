/**
 * What does not hold in a ledger, as a refusal: a code, a sentence, and the file, line and byte where
 * it was found, and what to do about it. Nothing here repairs anything.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { EvidenceProblem } from "../evidence/problem.ts";

export class LedgerFault extends Refusal {
  constructor(readonly found: EvidenceProblem) {
    super("evidence", found.code, sentence(found), { hint: hintFor(found.code) });
  }

  /** A refusal knows its own by a brand; this one by what it carries besides. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Refusal[Symbol.hasInstance](value) && "found" in (value as Refusal);
  }
}

function sentence({ file, line, position, message }: EvidenceProblem): string {
  const place = [
    ...(file === null ? [] : [file]),
    ...(line === null ? [] : [`line ${line}`]),
    ...(position === null ? [] : [`byte ${position}`]),
  ];
  return place.length === 0 ? message : `${place.join(", ")}: ${message}`;
}

/** What most likely happened, by the code or by the part of it that says what does not hold. */
const HAPPENED: Readonly<Record<string, string>> = {
  "ledger/truncated":
    "The ledger has lost its end, or an older copy of it stands beside a newer state.",
  "ledger/missing-segment": "A file of the ledger was removed or renamed.",
  "ledger/gap": "Records were removed from the ledger, or put into another order.",
  line: "A record that was acknowledged is damaged or was edited.",
  chain: "Records that were acknowledged were removed, replaced, or put into another order.",
};

function hintFor(code: string): string {
  const [part = ""] = code.split("/");
  const happened = HAPPENED[code] ?? HAPPENED[part] ?? "The ledger is not as it was written.";
  const todo = "`pgs verify` shows all that does not hold; restore the data root from a copy.";
  return `${happened} It was left as it stands. ${todo}`;
}
