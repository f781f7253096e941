/**
 * What records may say of waiting, read from the ledger alone: nobody gives up before the time that
 * was set, nobody is heard twice, and no wait is over without that it came to something.
 */
import type { LedgerRecord, SignalBody } from "../../protocol/language/records.ts";
import { Failure } from "./failure.ts";
import { TELL, TELLERS } from "./long-graphs.ts";

interface Wait {
  readonly until: string;
  readonly said: Set<string>;
  /** Whether somebody said so without a token: all who do are one. */
  shell: boolean;
}

export class Waits {
  /** By trace and node. */
  readonly #waits = new Map<string, Wait>();
  /** Every wait that was begun, and every word that was heard. */
  readonly #begun = new Set<string>();
  readonly #heard = new Set<string>();

  take(record: LedgerRecord): void {
    if (record.type === "timer" || record.type === "retry") {
      const place = `${record.trace} ${record.node}`;
      this.#waits.set(place, { until: record.until, said: new Set(), shell: false });
      this.#begun.add(place);
    } else if (record.type === "node" || record.type === "attempted") {
      this.#over(record);
    }
  }

  #over(record: LedgerRecord & { readonly type: "node" | "attempted" }): void {
    const { n, trace, node, at } = record;
    const place = `${trace} ${node}`;
    const wait = this.#waits.get(place);
    if (wait === undefined) return;
    this.#waits.delete(place);
    if (record.type === "node" && record.outcome === TELL) {
      if (wait.said.size === TELLERS) return;
      throw new Failure(`record ${n}: ${wait.said.size} people were enough`);
    }
    if (at < wait.until) throw new Failure(`record ${n}: it is ${at}, and not ${wait.until}`);
  }

  said({ n, trace, node, signal, principal, caller }: LedgerRecord & SignalBody): void {
    const wait = this.#waits.get(`${trace} ${node}`);
    if (wait === undefined || signal !== TELL) {
      throw new Failure(`record ${n}: nobody waits for ${signal} at ${node}`);
    }
    if (wait.said.has(principal)) throw new Failure(`record ${n}: ${principal} is heard twice`);
    const shell = caller.identity === "operator";
    if (shell && wait.shell) throw new Failure(`record ${n}: the operator is heard twice`);
    wait.shell ||= shell;
    wait.said.add(principal);
    this.#heard.add(`${trace} ${principal}`);
  }

  /** What was told of words and waits stands. */
  check(signals: ReadonlySet<string>, waiting: ReadonlyMap<string, readonly string[]>): void {
    for (const one of signals) {
      if (!this.#heard.has(one)) throw new Failure(`that ${one} was heard does not stand`);
    }
    for (const [trace, nodes] of waiting) {
      for (const node of nodes) {
        if (this.#begun.has(`${trace} ${node}`)) continue;
        throw new Failure(`that ${trace} waits at ${node} does not stand`);
      }
    }
  }
}
