/**
 * Places in a source text: from offsets to lines and columns, and from the path of a value to the
 * node that it was read from. Lines are counted when the first place of a file is asked for.
 */
import type { Span } from "../../diagnostic.ts";
import type { PathStep, Source } from "../../model.ts";
import type { YamlEntry, YamlMap, YamlNode } from "../../yaml-tree.ts";

/** Gives the span of a half-open range of offsets. */
export type Spanner = (start: number, end: number) => Span;

export function spannerOf({ file, text }: Pick<Source, "file" | "text">): Spanner {
  let starts: readonly number[] | undefined;
  return (start, end) => {
    starts ??= lineStarts(text);
    const from = positionOf(starts, start);
    const to = positionOf(starts, Math.max(start, end));
    return {
      file,
      line: from.line,
      column: from.column,
      endLine: to.line,
      endColumn: to.column,
    };
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function positionOf(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The place of a value or a key below `root`; the nearest one that is there, for a missing step. */
export function spanOf(
  root: YamlNode,
  path: readonly PathStep[],
  part: "key" | "value",
): { start: number; end: number } {
  let node = root;
  let key: YamlNode | undefined;
  for (const step of path) {
    const entry = childOf(node, step);
    if (entry === undefined) return key === undefined || part === "value" ? node : key;
    node = entry.value;
    key = entry.key;
  }
  return part === "key" && key !== undefined ? key : node;
}

function childOf(node: YamlNode, step: PathStep): { key?: YamlNode; value: YamlNode } | undefined {
  if (node.kind === "map") return entryOf(node, String(step));
  const item = node.kind === "list" ? node.items[Number(step)] : undefined;
  return item === undefined ? undefined : { value: item };
}

/** Above so many entries a map is indexed by key when one is first looked for. */
const INDEXED_FROM = 16;
const indices = new WeakMap<YamlMap, ReadonlyMap<string, YamlEntry>>();

/** The first entry of a map with this key. */
export function entryOf(map: YamlMap, name: string): YamlEntry | undefined {
  if (map.entries.length < INDEXED_FROM) {
    return map.entries.find(({ key }) => key.kind === "scalar" && key.text === name);
  }
  let index = indices.get(map);
  if (index === undefined) {
    // Backwards, so that the first of two equal keys stays.
    const entries = map.entries.toReversed();
    index = new Map(entries.flatMap((e) => (e.key.kind === "scalar" ? [[e.key.text, e]] : [])));
    indices.set(map, index);
  }
  return index.get(name);
}
