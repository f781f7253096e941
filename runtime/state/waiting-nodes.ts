/**
 * The fold, for those who read every record from the beginning: it remembers which nodes wait, and
 * nothing else, so that the end of each wait is known from the records alone.
 */
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Change } from "../ports.ts";
import { foldWith } from "./fold.ts";

export class WaitingNodes {
  readonly #nodes = new Map<string, Set<string>>();

  /** The change that a record makes, if it makes one. Records come in the ledger's order. */
  fold(record: LedgerRecord): Change | undefined {
    const change = foldWith(record, (trace, node) => this.#nodes.get(trace)?.has(node) === true);
    if (change?.kind === "waits") this.#begin(change.row.trace, change.row.node);
    else if (change?.kind === "woken") this.#end(change.trace, change.node);
    else if (change?.kind === "closed") this.#nodes.delete(change.trace);
    return change;
  }

  #begin(trace: string, node: string): void {
    const nodes = this.#nodes.get(trace);
    if (nodes === undefined) this.#nodes.set(trace, new Set([node]));
    else nodes.add(node);
  }

  #end(trace: string, node: string | null): void {
    const nodes = this.#nodes.get(trace);
    if (node === null || (nodes?.size === 1 && nodes.has(node))) this.#nodes.delete(trace);
    else nodes?.delete(node);
  }
}
