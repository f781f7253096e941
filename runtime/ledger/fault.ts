/**
 * What does not hold in a ledger, as a refusal: a code, a sentence, and the file, line and byte where
 * it was found. Nothing here repairs anything.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { EvidenceProblem } from "../evidence/problem.ts";

export class LedgerFault extends Refusal {
  constructor(readonly found: EvidenceProblem) {
    super("evidence", found.code, sentence(found));
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
