/**
 * So many at a time: a place is taken before a line begins and given back when it has ended. Who
 * finds none waits for one; only one may wait at a time, as lines are taken one after another.
 */
import { invariant } from "../../protocol/language/invariant.ts";

export class Slots {
  readonly #max: number;
  #taken = 0;
  #wake: (() => void) | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Settles with a place that is taken. */
  async take(): Promise<void> {
    if (this.#taken >= this.#max) await this.#until(() => this.#taken < this.#max);
    this.#taken += 1;
  }

  give(): void {
    this.#taken -= 1;
    this.#wake?.();
  }

  /** Settles when every place was given back. */
  idle(): Promise<void> {
    return this.#until(() => this.#taken === 0);
  }

  async #until(holds: () => boolean): Promise<void> {
    invariant(this.#wake === undefined, "lines are taken one after another");
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
  }
}
