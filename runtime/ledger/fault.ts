/**
 * What does not hold in a ledger or a trace: a code, a sentence, and the file, line and byte where it
 * was found. Nothing here repairs anything.
 */
import { Refusal } from "../../protocol/language/refusal.ts";

export interface FaultPlace {
  readonly file: string;
  /** From 1; 0 where the fault is the file's as a whole. */
  readonly line: number;
  /** The byte at which the line begins. */
  readonly offset: number;
}

export class LedgerFault extends Refusal {
  constructor(
    code: string,
    readonly detail: string,
    readonly place: FaultPlace,
  ) {
    const { file, line, offset } = place;
    super("evidence", code, `${file}, line ${line}, byte ${offset}: ${detail}`, []);
  }
}

export function refuseLedger(code: string, detail: string, place: FaultPlace): never {
  throw new LedgerFault(code, detail, place);
}
