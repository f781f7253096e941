/** Names that came, that went, and whose meaning changed. */
import { byCodeUnits } from "../../protocol/language/canonical.ts";

export interface ChangedNames {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** By name what each says; names sorted. */
export function changedNames(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ChangedNames {
  const sorted = (names: Iterable<string>) => [...names].sort(byCodeUnits);
  return {
    added: sorted([...after.keys()].filter((name) => !before.has(name))),
    removed: sorted([...before.keys()].filter((name) => !after.has(name))),
    changed: sorted(
      [...after].flatMap(([name, text]) =>
        before.has(name) && before.get(name) !== text ? [name] : [],
      ),
    ),
  };
}

/** The same of names alone. */
export function changedSets(before: Iterable<string>, after: Iterable<string>) {
  const same = (names: Iterable<string>) => new Map([...names].map((name) => [name, ""] as const));
  const { added, removed } = changedNames(same(before), same(after));
  return { added, removed };
}

export function hasChanges({ added, removed, changed = [] }: Partial<ChangedNames>): boolean {
  return [added, removed, changed].some((names) => (names?.length ?? 0) > 0);
}
