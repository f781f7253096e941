/** What was asked with the idempotency keys of each tenant, and which trace each of them stands for. */
import { Failure } from "./failure.ts";
import type { Asking } from "./workload.ts";

export class Keys {
  readonly #asked = new Map<string, Set<string>>();
  readonly #traces = new Map<string, string>();
  /** How often trace ids were asked for, and not refused. */
  readonly #named = new Map<string, number>();

  /** From now on the key may be refused to whoever asks for other work, and the trace id to anybody. */
  asks(asking: Asking): void {
    const { traceId } = asking.work;
    if (traceId !== undefined) this.#named.set(traceId, this.named(traceId) + 1);
    const key = keyOf(asking);
    if (key === undefined) return;
    const { idempotencyKey: _, ...what } = asking.work;
    this.#asked.set(key, (this.#asked.get(key) ?? new Set()).add(JSON.stringify(what)));
  }

  named(traceId: string | undefined): number {
    return this.#named.get(traceId ?? "") ?? 0;
  }

  /** What was refused has taken no name. */
  turnedDown(asked: object): void {
    const traceId = "work" in asked ? (asked as Asking).work.traceId : undefined;
    if (traceId !== undefined) this.#named.set(traceId, this.named(traceId) - 1);
  }

  /** Somebody was told that the key stands for other work: somebody of their tenant asked for that. */
  otherWork(asking: Asking): void {
    const key = keyOf(asking) ?? "no key";
    if ((this.#asked.get(key)?.size ?? 0) < 2) throw new Failure(`${key} stands for nothing else`);
  }

  /** Somebody was told this trace: the key stands for it and for no other. */
  told(asking: Asking, trace: string): void {
    const key = keyOf(asking);
    if (key === undefined) return;
    const first = this.#traces.get(key) ?? trace;
    if (first !== trace)
      throw new Failure(`${key} was answered with ${first} and now with ${trace}`);
    this.#traces.set(key, trace);
  }
}

function keyOf({ work, tenant }: Asking): string | undefined {
  return work.idempotencyKey && `${tenant}/${work.idempotencyKey}`;
}
