/**
 * The chains that run through a ledger: one of positions, and one of hashes a trace. It remembers the
 * traces that are open, and forgets each when it closes, so that its size is that of what is open.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";

export interface Head {
  seq: number;
  hash: Digest;
}

export type ChainFault = { readonly code: string; readonly detail: string };

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

  /** Takes the next record; says what does not hold. With `verified`, its trace may be unknown. */
  take(record: LedgerRecord, verified = false): ChainFault | undefined {
    if (record.n !== (this.#n ?? record.n - 1) + 1) {
      return { code: "ledger/gap", detail: `expected record ${this.n + 1}, found ${record.n}` };
    }
    const fault = this.#link(record, verified);
    if (fault !== undefined) return fault;
    this.#n = record.n;
    if (isLast(record)) this.#heads.delete(record.trace);
    else this.#heads.set(record.trace, { seq: record.seq, hash: record.hash });
    return undefined;
  }

  #link({ trace, seq, prev, type }: LedgerRecord, verified: boolean): ChainFault | undefined {
    const head = this.#heads.get(trace);
    if (head === undefined && verified) return undefined;
    const expected = head ?? { seq: 0, hash: NO_DIGEST };
    const begins = type === "opened" || type === "cut";
    if (begins !== (head === undefined) || seq !== expected.seq + 1 || prev !== expected.hash) {
      const found = `found ${type} ${seq} after ${prev.slice(0, 8)}`;
      const wanted = `expected record ${expected.seq + 1} after ${expected.hash.slice(0, 8)}`;
      return {
        code: "ledger/broken-chain",
        detail: `the chain of trace \`${trace}\` is broken: ${wanted}, ${found}`,
      };
    }
    return undefined;
  }
}

/** True for the record that ends its trace. */
export function isLast({ type }: LedgerRecord): boolean {
  return type === "closed" || type === "cut";
}
