/** Numbers by labels: one for each combination of values that was ever counted. */

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Between the values in a key: no name, outcome or code holds it. */
const SEPARATOR = "\u0000";

export class Counter {
  readonly #names: readonly string[];
  readonly #counts = new Map<string, number>();

  constructor(...names: readonly string[]) {
    this.#names = names;
  }

  /** Counts one, for a value of each label. */
  add(...values: readonly string[]): void {
    const key = keyOf(values);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** Sorted by their labels; one without labels is there before anything was counted. */
  rows(): readonly Labelled[] {
    if (this.#names.length === 0) return [{ labels: {}, value: this.total }];
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ labels: labelsOf(this.#names, key), value }));
  }
}

export function labelsOf(names: readonly string[], key: string): Readonly<Record<string, string>> {
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
}

export function keyOf(values: readonly string[]): string {
  return values.join(SEPARATOR);
}
