/**
 * The chains that run through a ledger: one of positions without a gap, and one of hashes a trace.
 * It remembers the traces that are open and forgets each when it closes, so that its size is that of
 * what is open, not that of history.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { type Broken, breakBefore, type Head, headOf } from "../evidence/chain.ts";

export class Chains {
  readonly #heads = new Map<string, Head>();
  #n: number | undefined;

  /** `after` is the position of the record before the first; undefined where any may come first. */
  constructor(after: number | undefined) {
    this.#n = after;
  }

  /** The position of the last record. */
  get n(): number {
    return this.#n ?? 0;
  }

  /** Takes the next record, or says what does not hold. With `verified`, its trace may be unknown. */
  take(record: LedgerRecord, verified: boolean): Broken | undefined {
    if (this.#n !== undefined && record.n !== this.#n + 1) {
      const message = `expected record ${this.#n + 1} of the ledger, found ${record.n}`;
      return { code: "ledger/gap", message };
    }
    const head = this.#heads.get(record.trace);
    const known = head !== undefined || !verified;
    const broken = known ? breakBefore(head, record) : undefined;
    if (broken !== undefined) return broken;
    this.#n = record.n;
    const next = headOf(record);
    if (next.ended) this.#heads.delete(record.trace);
    else this.#heads.set(record.trace, next);
    return undefined;
  }
}
