/**
 * A disk with a memory of its own: what processes read is the page cache, and what a power cut leaves
 * is another matter. Bytes of a file are durable after a flush of that file, names after a flush of
 * their folder. All else is at a power cut kept, lost, torn, zeroed or reordered, as chance has it.
 * A flush that failed marks its pages clean: later flushes pass over them, and they are still read.
 */
import type { Random } from "./random.ts";

/** What was done to a file since it was last flushed. */
interface Change {
  readonly offset: number;
  /** Undefined: cut to `offset` bytes. */
  readonly bytes: Uint8Array | undefined;
  /** Its flush failed: no later flush will write it. */
  lost: boolean;
}

/** Bytes that grow. */
class Content {
  #bytes: Buffer;
  size: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = Buffer.from(bytes);
    this.size = bytes.length;
  }

  view(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  put(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.#bytes.length * 2, 1_024));
      this.#bytes.copy(grown, 0, 0, this.size);
      this.#bytes = grown;
    }
    // What a gap shows are zeros, whatever stood there before a cut.
    if (offset > this.size) this.#bytes.fill(0, this.size, offset);
    this.#bytes.set(bytes, offset);
    this.size = Math.max(this.size, end);
  }

  cut(length: number): void {
    if (length > this.size) this.put(this.size, new Uint8Array(length - this.size));
    this.size = length;
  }
}

let inodes = 0;

export class File {
  readonly kind = "file";
  readonly inode = ++inodes;
  /** What processes see. */
  content = new Content();
  #durable = new Content();
  #pending: Change[] = [];

  constructor(readonly mode: number) {}

  write(offset: number, bytes: Uint8Array): void {
    const copy = Uint8Array.from(bytes);
    this.content.put(offset, copy);
    this.#pending.push({ offset, bytes: copy, lost: false });
  }

  truncate(length: number): void {
    this.content.cut(length);
    this.#pending.push({ offset: length, bytes: undefined, lost: false });
  }

  /** What a flush that begins now covers. */
  dirty(): ReadonlySet<Change> {
    return new Set(this.#pending);
  }

  flushed(covered: ReadonlySet<Change>): void {
    const left: Change[] = [];
    for (const change of this.#pending) {
      if (change.lost || !covered.has(change)) left.push(change);
      else play(this.#durable, change);
    }
    this.#pending = left;
  }

  flushFailed(covered: ReadonlySet<Change>): void {
    for (const change of covered) change.lost = true;
  }

  powerCut(random: Random): void {
    const pending = this.#pending.filter(({ lost }) => !lost || random.chance(0.1));
    if (pending.length > 0) survive(this.#durable, pending, random);
    this.content = new Content(this.#durable.view());
    this.#pending = [];
  }
}

function play(content: Content, { offset, bytes }: Change): void {
  if (bytes === undefined) content.cut(offset);
  else content.put(offset, bytes);
}

/** Which of the unflushed changes reached the disk, and how. */
function survive(content: Content, pending: readonly Change[], random: Random): void {
  const fate = random.weighed({ none: 3, all: 2, prefix: 4, zeros: 2, pieces: 4 });
  if (fate === "none") return;
  const kept = fate === "prefix" ? random.below(pending.length + 1) : pending.length;
  pending.forEach((change, at) => {
    const { offset, bytes } = change;
    if (bytes === undefined) {
      if (at < kept && (fate === "all" || random.chance(0.5))) content.cut(offset);
    } else if (at < kept && (fate === "all" || fate === "prefix")) content.put(offset, bytes);
    else if (fate === "prefix" && at === kept) {
      content.put(offset, bytes.subarray(0, random.below(bytes.length + 1)));
    } else if (fate === "zeros") content.put(offset, zeroedFrom(bytes, random));
    else if (fate === "pieces") inPieces(content, { offset, bytes }, random);
  });
}

function zeroedFrom(bytes: Uint8Array, random: Random): Uint8Array {
  const zeroed = Uint8Array.from(bytes);
  return zeroed.fill(0, random.chance(0.5) ? 0 : random.below(bytes.length + 1));
}

/** Sectors or pages reach the disk in any order: each of them did, or did not, or left zeros. */
function inPieces(
  content: Content,
  { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
  random: Random,
): void {
  const size = random.pick([512, 4_096]);
  const end = offset + bytes.length;
  for (let from = offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / size) + 1) * size);
    const piece = bytes.subarray(from - offset, to - offset);
    const fate = random.below(4);
    if (fate < 2) content.put(from, piece);
    else if (fate === 2) content.put(from, new Uint8Array(piece.length));
    from = to;
  }
}

type Names = Map<string, Node>;
export type Node = File | Folder;
/** One call's effect on the names of a folder: all of it happens, or none. */
type Naming = readonly (readonly [name: string, node: Node | undefined])[];

export class Folder {
  readonly kind = "folder";
  readonly inode = ++inodes;
  names: Names = new Map();
  #durable: Names = new Map();
  #pending: Naming[] = [];

  constructor(readonly mode: number) {}

  name(...naming: Naming): void {
    playNaming(this.names, naming);
    this.#pending.push(naming);
  }

  /** What a flush that begins now covers. */
  dirty(): ReadonlySet<Naming> {
    return new Set(this.#pending);
  }

  flushed(covered: ReadonlySet<Naming> = this.dirty()): void {
    for (const naming of covered) playNaming(this.#durable, naming);
    this.#pending = this.#pending.filter((naming) => !covered.has(naming));
  }

  powerCut(random: Random): void {
    const fate = random.weighed({ none: 2, all: 1, prefix: 1, any: 4 });
    const kept = fate === "prefix" ? random.below(this.#pending.length + 1) : this.#pending.length;
    this.#pending.forEach((naming, at) => {
      if (fate === "none" || at >= kept || (fate === "any" && random.chance(0.5))) return;
      playNaming(this.#durable, naming);
    });
    this.#pending = [];
    this.names = new Map(this.#durable);
    for (const node of this.names.values()) node.powerCut(random);
  }
}

function playNaming(names: Names, naming: Naming): void {
  for (const [name, node] of naming) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

export class Disk {
  readonly root = new Folder(0o755);
  /** Bytes that can still be written; the disk is full at 0. */
  room = Number.POSITIVE_INFINITY;

  /** The node at an absolute path; undefined where there is none. */
  find(path: string): Node | undefined {
    return this.#walk(partsOf(path));
  }

  /** The folder that a path's last name stands in, and that name. */
  place(path: string): { readonly folder: Folder | undefined; readonly name: string } {
    const names = partsOf(path);
    const name = names.at(-1) ?? "";
    const folder = this.#walk(names.slice(0, -1));
    return { folder: folder?.kind === "folder" ? folder : undefined, name };
  }

  /** The bytes of a file as processes see them; undefined where there is none. */
  bytes(path: string): Buffer | undefined {
    const node = this.find(path);
    return node?.kind === "file" ? node.content.view() : undefined;
  }

  powerCut(random: Random): void {
    this.root.powerCut(random);
  }

  #walk(names: readonly string[]): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of names) {
      if (node?.kind !== "folder") return undefined;
      node = node.names.get(name);
    }
    return node;
  }
}

const PARTS_MAX = 10_000;
const parts = new Map<string, readonly string[]>();

/** The names of a path; most paths are asked for again and again. */
function partsOf(path: string): readonly string[] {
  const known = parts.get(path);
  if (known !== undefined) return known;
  if (parts.size >= PARTS_MAX) parts.clear();
  const found = path.split("/").filter((part) => part !== "");
  parts.set(path, found);
  return found;
}
