/**
 * Values by the place they belong to: a tenant's store. Nested and not joined into one text, since a
 * joined text is made and hashed anew whenever something is looked up.
 */
import type { StorePlace } from "../ports.ts";

export class ByPlace<T> {
  readonly #tenants = new Map<string, Map<string, T>>();
  readonly #make: () => T;

  /** `make` gives what a place holds before anything was put there. */
  constructor(make: () => T) {
    this.#make = make;
  }

  at({ tenant, store }: StorePlace): T {
    let stores = this.#tenants.get(tenant);
    if (stores === undefined) {
      stores = new Map();
      this.#tenants.set(tenant, stores);
    }
    let value = stores.get(store);
    if (value === undefined) {
      value = this.#make();
      stores.set(store, value);
    }
    return value;
  }

  /** Every place that was asked for, with what it holds. */
  *entries(): Iterable<readonly [StorePlace, T]> {
    for (const [tenant, stores] of this.#tenants) {
      for (const [store, value] of stores) yield [{ tenant, store }, value];
    }
  }
}
