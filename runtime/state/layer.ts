/**
 * Values that lie above the store until they are in it. It keeps the last value of each id and
 * nothing else.
 */
import type { StorePlace } from "../ports.ts";

/** Takes a value out of its layer again, unless a later one has replaced it. */
export type Settle = () => void;

export interface Layer<T> {
  readonly get: (id: string) => T | undefined;
  readonly set: (id: string, value: T) => Settle;
}

export function layer<T>(): Layer<T> {
  const values = new Map<string, { readonly value: T }>();
  return {
    get: (id) => values.get(id)?.value,
    set(id, value) {
      const held = { value };
      values.set(id, held);
      return () => {
        if (values.get(id) === held) values.delete(id);
      };
    },
  };
}

/** Tenants and stores hold no NUL: no two places share an id. */
export function idOf({ tenant, store }: StorePlace, key: string | number): string {
  return `${tenant}\0${store}\0${key}`;
}
