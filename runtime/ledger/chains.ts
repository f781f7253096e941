/**
 * The chains that run through a ledger: one of positions without a gap, one of epochs and one of
 * times that never fall, and one of hashes a trace. It remembers the traces that are open and forgets each when it
 * closes, so that its size is that of what is open, not that of history.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { type Broken, breakBefore, type Head, headOf } from "../evidence/chain.ts";

/** What is known where reading begins. */
export interface ChainsFrom {
  /** The position of the record before the first; undefined where any may come first. */
  readonly n: number | undefined;
  /** Up to this position, a trace that is not known may have begun earlier. */
  readonly verified: number;
  /** No record behind is of an earlier one. */
  readonly epoch?: number | undefined;
  /** The traces that are open there. */
  readonly heads?: ReadonlyMap<string, Head> | undefined;
  /** The same of those that are not among them, for those that need not be known before they go on. */
  readonly headOf?: ((trace: string) => Head | undefined) | undefined;
}

export class Chains {
  readonly #heads: Map<string, Head>;
  readonly #verified: number;
  readonly #headOf: ChainsFrom["headOf"];
  #n: number | undefined;
  #epoch: number;
  #at = "";

  constructor({ n, verified, epoch = 0, heads, headOf }: ChainsFrom) {
    this.#n = n;
    this.#headOf = headOf;
    this.#verified = verified;
    this.#epoch = epoch;
    this.#heads = new Map(heads);
  }

  /** The position of the last record. */
  get n(): number {
    return this.#n ?? 0;
  }

  /** Takes the next record, or says what does not hold. */
  take(record: LedgerRecord): Broken | undefined {
    if (this.#n !== undefined && record.n !== this.#n + 1) {
      const message = `expected record ${this.#n + 1} of the ledger, found ${record.n}`;
      return { code: "ledger/gap", message };
    }
    const first = record.seq === 1;
    const head =
      this.#heads.get(record.trace) ?? (first ? undefined : this.#headOf?.(record.trace));
    const known = head !== undefined || record.n > this.#verified;
    const broken =
      (known ? breakBefore(head, record) : undefined) ??
      formerWriter(record, this.#epoch) ??
      earlier(record, this.#at);
    if (broken !== undefined) return broken;
    this.#n = record.n;
    this.#at = record.at;
    if ("epoch" in record) this.#epoch = record.epoch;
    const next = headOf(record, head);
    if (next.ended) this.#heads.delete(record.trace);
    else this.#heads.set(record.trace, next);
    return undefined;
  }
}

/** A writer that another one followed writes nothing more, and none knows what comes after it. */
export function formerWriter(record: LedgerRecord, before: number): Broken | undefined {
  if (!("epoch" in record) || record.epoch >= before) return undefined;
  const message = `the writer of epoch ${record.epoch} wrote behind that of epoch ${before}`;
  return { code: "ledger/epoch", message };
}

/** A writer gives no record an earlier time than the one before has, whatever its clock does. */
export function earlier({ at }: { readonly at: string }, before: string): Broken | undefined {
  if (at >= before) return undefined;
  return { code: "ledger/time", message: `the record is of ${at}, the one before it of ${before}` };
}
