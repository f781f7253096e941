/**
 * A disk that forgets: fed with the file calls of a run, it says what may stand on it if the power is
 * cut at that moment. It assumes what `runtime/README.md` assumes and no more:
 *
 *   bytes of a file are on the disk once a flush of that file, begun after they were written, returned
 *   without an error; until then each write may be there, missing, in part, or as zeros;
 *   a name (made, moved, removed) is on the disk once its folder was flushed; until then each change
 *   of a name may be there or missing;
 *   after a flush that failed, what it should have flushed is readable and never reaches the disk,
 *   whatever later flushes say.
 *
 * It touches no disk itself.
 */
import { dirname } from "node:path";

export type Operation =
  | {
      readonly kind: "open";
      readonly path: string;
      readonly makes: boolean;
      readonly empties: boolean;
    }
  | {
      readonly kind: "write";
      readonly path: string;
      /** Undefined: at the end. */
      readonly offset: number | undefined;
      readonly bytes: Buffer;
    }
  | { readonly kind: "truncate"; readonly path: string; readonly length: number }
  | {
      readonly kind: "flush";
      readonly path: string;
      readonly failed: boolean;
      /** How many operations had ended when it began: those it covers. */
      readonly after: number;
    }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "folder"; readonly path: string }
  /** The outside world hears this. */
  | { readonly kind: "said"; readonly text: string };

type Change = { readonly since: number; isLost: boolean } & (
  | { readonly offset: number; readonly bytes: Buffer }
  | { readonly length: number }
);

interface File {
  /** What is on the disk for certain. */
  durable: Buffer;
  /** What is not, in order. */
  pending: Change[];
  /** What a program reads. */
  current: Buffer;
}

type Named = File | "folder";
type Names = Map<string, Named>;
/** `to` undefined: the name is gone. */
interface NameChange {
  readonly path: string;
  readonly named: Named | undefined;
  /** Set with a rename: gone from there in the same moment. */
  readonly from?: string;
}

/** One state that a disk may be in. */
export interface DiskState {
  readonly label: string;
  readonly files: ReadonlyMap<string, Buffer | "folder">;
}

export type Content = ReadonlyMap<string, Buffer | "folder">;

export class DiskModel {
  readonly #root: string;
  #current: Names;
  #durable: Names;
  #changes: NameChange[] = [];
  #files: File[] = [];
  #done = 0;

  /** `root` and all that is given stands on the disk. */
  constructor(root: string, given: Content) {
    this.#root = root;
    const names: Names = new Map([[root, "folder"]]);
    for (const [path, content] of given) {
      names.set(path, content === "folder" ? content : this.#make(content));
    }
    this.#current = names;
    this.#durable = new Map(names);
  }

  take(operation: Operation): void {
    this.#note(operation);
    this.#done += 1;
  }

  #note(operation: Operation): void {
    switch (operation.kind) {
      case "open":
        this.#open(operation);
        return;
      case "write": {
        const file = this.#file(operation.path);
        const offset = operation.offset ?? file.current.length;
        this.#change(file, { offset, bytes: operation.bytes });
        return;
      }
      case "truncate":
        this.#change(this.#file(operation.path), { length: operation.length });
        return;
      case "flush":
        this.#flush(operation);
        return;
      case "rename": {
        const named = this.#current.get(operation.path);
        this.#name({ path: operation.to, named, from: operation.path });
        return;
      }
      case "remove":
        this.#name({ path: operation.path, named: undefined });
        return;
      case "folder":
        this.#name({ path: operation.path, named: "folder" });
        return;
      case "said":
        return;
    }
  }

  #make(content: Buffer): File {
    const file = { durable: content, pending: [], current: content };
    this.#files.push(file);
    return file;
  }

  #file(path: string): File {
    const file = this.#current.get(path);
    if (file === undefined || file === "folder") throw new Error(`no file is known at ${path}`);
    return file;
  }

  #open({ path, makes, empties }: Operation & { kind: "open" }): void {
    const named = this.#current.get(path);
    if (named === undefined) {
      if (makes) this.#name({ path, named: this.#make(Buffer.alloc(0)) });
    } else if (empties && named !== "folder" && named.current.length > 0) {
      this.#change(named, { length: 0 });
    }
  }

  #change(
    file: File,
    what: { readonly offset: number; readonly bytes: Buffer } | { readonly length: number },
  ): void {
    const change = { ...what, since: this.#done, isLost: false };
    file.pending.push(change);
    file.current = applied(file.current, change);
  }

  #name(change: NameChange): void {
    this.#changes.push(change);
    rename(this.#current, change);
  }

  #flush({ path, failed, after }: Operation & { kind: "flush" }): void {
    const named = this.#current.get(path);
    if (named === "folder") {
      if (failed) return;
      const flushed = (change: NameChange) =>
        dirname(change.path) === path ||
        (change.from !== undefined && dirname(change.from) === path);
      for (const change of this.#changes.filter(flushed)) rename(this.#durable, change);
      this.#changes = this.#changes.filter((change) => !flushed(change));
      return;
    }
    // A file that was removed while it was open: nothing of it can come back.
    if (named === undefined) return;
    const covered = named.pending.filter(({ since }) => since < after);
    if (failed) for (const change of covered) change.isLost = true;
    else {
      const kept = covered.filter(({ isLost }) => !isLost);
      named.durable = kept.reduce(applied, named.durable);
      named.pending = named.pending.filter((change) => !kept.includes(change));
    }
  }

  /** What may stand on the disk now; the plain cases first; with `draws`, damage and so many at random. */
  *states(draws: number, random: () => number): Generator<DiskState> {
    const names = this.#current;
    yield this.#state("all that was written is there", names, alive);
    yield this.#state("only what was flushed is there", this.#durable, (file) => file.durable);
    if (this.#changes.length > 0) yield* this.#namesLost();
    if (draws === 0) return;
    const dirty = this.#files.filter((file) => file.pending.some(({ isLost }) => !isLost));
    for (const file of dirty) yield* this.#damaged(file, dirty.length > 1);
    if (dirty.length > 0) {
      yield this.#state("sizes are there, bytes are zeros", names, (file) => changed(file, zeroed));
    }
    if (dirty.length + this.#changes.length < 2) return;
    for (let draw = 0; draw < draws; draw += 1) {
      const some = new Map(this.#durable);
      for (const change of this.#changes) if (random() < 0.5) rename(some, change);
      yield this.#state(`drawn ${draw + 1}`, some, (file) =>
        changed(file, (change) => drawn(change, random)),
      );
    }
  }

  *#namesLost(): Generator<DiskState> {
    const changes = this.#changes;
    yield this.#state("names are there, bytes are not", this.#current, (file) => file.durable);
    yield this.#state("bytes are there, names are not", this.#durable, alive);
    for (let count = 1; count < changes.length; count += 1) {
      const some = new Map(this.#durable);
      for (const change of changes.slice(0, count)) rename(some, change);
      yield this.#state(`the first ${count} of ${changes.length} names are there`, some, alive);
    }
    if (changes.length < 2) return;
    for (const [index, change] of changes.entries()) {
      const some = new Map(this.#durable);
      rename(some, change);
      yield this.#state(`only name ${index + 1} of ${changes.length} is there`, some, alive);
    }
  }

  /** One file suffers, the others are whole. */
  *#damaged(file: File, others: boolean): Generator<DiskState> {
    const live = file.pending.filter(({ isLost }) => !isLost);
    const last = live.at(-1);
    const state = (label: string, change: (change: Change) => Change | undefined) =>
      this.#state(label, this.#current, (other) =>
        other === file ? changed(file, change) : alive(other),
      );
    if (last !== undefined && "bytes" in last) {
      const size = last.bytes.length;
      for (const kept of new Set([1, size >> 1, size - 1])) {
        if (kept <= 0 || kept >= size) continue;
        const bytes = last.bytes.subarray(0, kept);
        yield state(`the last write is torn at ${kept} of ${size}`, (change) =>
          change === last ? { ...last, bytes } : change,
        );
      }
      const half = Buffer.concat([
        last.bytes.subarray(0, size >> 1),
        Buffer.alloc(size - (size >> 1)),
      ]);
      yield state("the second half of the last write is zeros", (change) =>
        change === last ? { ...last, bytes: half } : change,
      );
    }
    if (live.length > 1) {
      yield state("the first write is lost, later ones are there", (change) =>
        change === live[0] ? undefined : change,
      );
    }
    if (others) {
      yield this.#state("only one file's bytes are there", this.#current, (other) =>
        other === file ? alive(other) : other.durable,
      );
    }
  }

  #state(label: string, names: Names, content: (file: File) => Buffer): DiskState {
    const files = new Map<string, Buffer | "folder">();
    for (const [path, named] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (path !== this.#root && !isFolder(names, dirname(path), this.#root)) continue;
      files.set(path, named === "folder" ? named : content(named));
    }
    return { label, files };
  }
}

/** All folders above must have reached the disk, too. */
function isFolder(names: Names, path: string, root: string): boolean {
  if (path === root) return true;
  return names.get(path) === "folder" && isFolder(names, dirname(path), root);
}

function rename(names: Names, { path, named, from }: NameChange): void {
  if (from !== undefined) names.delete(from);
  if (named === undefined) names.delete(path);
  else names.set(path, named);
}

/** What a flush of everything would leave. */
function alive(file: File): Buffer {
  return changed(file, (change) => change);
}

function changed(file: File, each: (change: Change) => Change | undefined): Buffer {
  const changes = file.pending.filter(({ isLost }) => !isLost);
  return changes.flatMap((change) => each(change) ?? []).reduce(applied, file.durable);
}

function zeroed(change: Change): Change {
  return "bytes" in change ? { ...change, bytes: Buffer.alloc(change.bytes.length) } : change;
}

/** There, missing, torn, or zeros. */
function drawn(change: Change, random: () => number): Change | undefined {
  const fate = random();
  if (fate < 0.4) return change;
  if (fate < 0.7 || !("bytes" in change)) return undefined;
  if (fate < 0.8) return zeroed(change);
  return { ...change, bytes: change.bytes.subarray(0, Math.floor(random() * change.bytes.length)) };
}

function applied(content: Buffer, change: Change): Buffer {
  const size =
    "length" in change
      ? change.length
      : Math.max(
          content.length,
          change.bytes.length === 0 ? 0 : change.offset + change.bytes.length,
        );
  const result = Buffer.alloc(size);
  content.copy(result, 0, 0, Math.min(content.length, size));
  if ("bytes" in change) change.bytes.copy(result, change.offset);
  return result;
}
