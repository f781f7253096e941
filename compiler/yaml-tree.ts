/**
 * A YAML text as a tree: mappings, lists and scalars with their places. No scalar has a type here,
 * it is its text; what it stands for is said by the pass `parse`.
 */

interface Placed {
  /** Offsets into the text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface YamlScalar extends Placed {
  readonly kind: "scalar";
  readonly text: string;
  /** Written without quotes and not as a block: the text may stand for a number or a word. */
  readonly plain: boolean;
}

export interface YamlEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface YamlMap extends Placed {
  readonly kind: "map";
  readonly entries: readonly YamlEntry[];
}

export interface YamlList extends Placed {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}

/** What stands in place of an alias; its fault was reported. */
export interface YamlAlias extends Placed {
  readonly kind: "alias";
}

export type YamlNode = YamlScalar | YamlMap | YamlList | YamlAlias;

export interface YamlDocument {
  readonly root: YamlNode;
  /** False where the scan refused something in it: to be looked through, and not handed on. */
  readonly sound: boolean;
}
