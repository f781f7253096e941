/**
 * The calls of `node:fs` that the system's ports make, on the simulated machine. The bundle of the
 * simulator puts this in the place of `node:fs`, so that the ports themselves are what is tried.
 * A call that is missing here fails the bundle, not the run.
 */
import { constants as real } from "node:fs";
import { File, Folder, type Node } from "./disk.ts";
import type { Fault } from "./faults.ts";
import { failed, type Machine, machineAtHand, type Process } from "./machine.ts";

export const constants = real;

interface Descriptor {
  readonly node: Node;
  readonly path: string;
  readonly owner: Process | undefined;
  readonly append: boolean;
  at: number;
}

/** Descriptors are never given out twice: one that was closed stays so. */
const descriptors = new Map<number, Descriptor>();
let last = 2;

export function forgetDescriptors(): void {
  descriptors.clear();
}

function descriptorOf(fd: number): Descriptor {
  const found = descriptors.get(fd);
  if (found === undefined) throw failed("EBADF", "use", String(fd));
  return found;
}

function fileOf(fd: number): Descriptor & { readonly node: File } {
  const found = descriptorOf(fd);
  if (found.node.kind !== "file") throw failed("EISDIR", "use", found.path);
  return found as Descriptor & { readonly node: File };
}

export function openSync(path: string, flags: number, mode = 0o666): number {
  const machine = machineAtHand();
  const standing = machine.disk.find(path);
  const node = standing ?? created(machine, path, { flags, mode });
  if (standing !== undefined) {
    if ((flags & real.O_EXCL) !== 0) throw failed("EEXIST", "open", path);
    machine.call("open", path, { work: () => undefined });
    if ((flags & real.O_DIRECTORY) !== 0 && node.kind !== "folder") {
      throw failed("ENOTDIR", "open", path);
    }
  }
  last += 1;
  const append = (flags & real.O_APPEND) !== 0;
  descriptors.set(last, { node, path, owner: machine.current, append, at: 0 });
  return last;
}

function created(
  machine: Machine,
  path: string,
  { flags, mode }: { readonly flags: number; readonly mode: number },
): File {
  const { folder, name } = machine.disk.place(path);
  if ((flags & real.O_CREAT) === 0 || folder === undefined) throw failed("ENOENT", "open", path);
  return machine.call("create", path, {
    work() {
      needRoom(machine, path);
      const file = new File(mode);
      folder.name([name, file]);
      return file;
    },
  });
}

/** A full disk has no room for a name either. */
function needRoom(machine: Machine, path: string): void {
  if (machine.disk.room <= 0) throw failed("ENOSPC", "create", path);
}

export function closeSync(fd: number): void {
  descriptors.delete(fd);
}

export function writeSync(
  fd: number,
  data: Uint8Array,
  offset = 0,
  length?: number,
  position: number | null = null,
): number {
  const machine = machineAtHand();
  const found = fileOf(fd);
  const bytes = data.subarray(offset, length === undefined ? undefined : offset + length);
  const put = (count: number) => {
    const { size } = found.node.content;

    const at = found.append ? size : (position ?? found.at);
    found.node.write(at, bytes.subarray(0, count));
    if (position === null) found.at = at + count;
    machine.disk.room -= found.node.content.size - size;
    return count;
  };
  const part = () => machine.random.below(bytes.length + 1);
  return machine.call("write", `${found.path} ${bytes.length}`, {
    work: (fault) => put(writable(machine, { bytes: bytes.length, path: found.path, fault, part })),
    partly: () => put(part()),
  });
}

interface Wanted {
  readonly bytes: number;
  readonly path: string;
  readonly fault: Fault | undefined;
  readonly part: () => number;
}

/** How much of a write is taken: less than asked for where it is cut short or room runs out. */
function writable(machine: Machine, { bytes, path, fault, part }: Wanted): number {
  const { room } = machine.disk;
  if (bytes > 0 && room <= 0) throw failed("ENOSPC", "write", path);
  const taken = fault?.kind === "short" ? Math.max(1, part()) : bytes;
  return Math.min(taken, room, bytes);
}

export function readSync(
  fd: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number | null = null,
): number {
  const found = fileOf(fd);
  return machineAtHand().call("read", found.path, {
    work() {
      const from = position ?? found.at;
      const bytes = found.node.content.view().subarray(from, from + length);
      into.set(bytes, offset);
      if (position === null) found.at += bytes.length;
      return bytes.length;
    },
  });
}

export function readFileSync(fd: number): Buffer {
  const found = fileOf(fd);
  const work = () => Buffer.from(found.node.content.view());
  return machineAtHand().call("read", found.path, { work });
}

/** Flushes now: of a file its bytes, of a folder its names. */
export function fsyncSync(fd: number): void {
  const { node, path } = descriptorOf(fd);
  const machine = machineAtHand();
  if (node.kind === "folder") {
    machine.call("flushFolder", path, { work: () => node.flushed() });
    return;
  }
  const covered = node.dirty();
  try {
    machine.call("flush", path, { work: () => node.flushed(covered) });
  } catch (error) {
    if (isFailure(error)) node.flushFailed(covered);
    throw error;
  }
}

export const fdatasyncSync = fsyncSync;

function isFailure(error: unknown): error is NodeJS.ErrnoException {
  return (error as NodeJS.ErrnoException).code !== undefined;
}

type Callback = (error: NodeJS.ErrnoException | null) => void;

/** Flushes later: it covers what was written before the call, and nothing that came after. */
export function fsync(fd: number, done: Callback): void {
  const { path, owner } = descriptorOf(fd);
  const answer = flushOf(descriptorOf(fd));
  machineAtHand().agenda.add(`the flush of ${path}`, () => {
    if (owner?.alive === true) done(answer());
  });
}

export const fdatasync = fsync;

/** The call is counted when it is made; what it does is done when it is over. */
function flushOf({ node, path }: Descriptor): () => NodeJS.ErrnoException | null {
  const ways = node.kind === "file" ? waysOfFile(node) : waysOfFolder(node);
  try {
    machineAtHand().call(ways.call, path, { work: () => undefined });
  } catch (error) {
    if (!isFailure(error)) throw error;
    return () => {
      ways.failed();
      return error;
    };
  }
  return () => {
    ways.flushed();
    return null;
  };
}

interface FlushWays {
  readonly call: "flush" | "flushFolder";
  readonly flushed: () => void;
  readonly failed: () => void;
}

function waysOfFile(file: File): FlushWays {
  const covered = file.dirty();
  return {
    call: "flush",
    flushed: () => file.flushed(covered),
    failed: () => file.flushFailed(covered),
  };
}

function waysOfFolder(folder: Folder): FlushWays {
  const covered = folder.dirty();
  return { call: "flushFolder", flushed: () => folder.flushed(covered), failed: () => {} };
}

export function ftruncateSync(fd: number, length: number): void {
  const { node, path } = fileOf(fd);
  const work = () => node.truncate(length);
  machineAtHand().call("truncate", `${path} ${length}`, { work });
}

interface Stats {
  readonly mode: number;
  readonly size: number;
  readonly nlink: number;
  readonly ino: number;
  readonly dev: number;
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
}

function statsOf(node: Node): Stats {
  return {
    mode: node.mode,
    size: node.kind === "file" ? node.content.size : 0,
    nlink: 1,
    ino: node.inode,
    dev: 1,
    isFile: () => node.kind === "file",
    isDirectory: () => node.kind === "folder",
  };
}

export function lstatSync(
  path: string,
  { throwIfNoEntry = true }: { readonly throwIfNoEntry?: boolean } = {},
): Stats | undefined {
  const machine = machineAtHand();
  const node = machine.call("look", path, { work: () => machine.disk.find(path) });
  if (node === undefined && throwIfNoEntry) throw failed("ENOENT", "lstat", path);
  return node === undefined ? undefined : statsOf(node);
}

export const statSync = lstatSync;

export function fstatSync(fd: number): Stats {
  return statsOf(descriptorOf(fd).node);
}

export function mkdirSync(path: string, { mode = 0o777 }: { readonly mode?: number } = {}): void {
  const machine = machineAtHand();
  const { folder, name } = machine.disk.place(path);
  if (folder === undefined) throw failed("ENOENT", "mkdir", path);
  if (folder.names.has(name)) throw failed("EEXIST", "mkdir", path);
  machine.call("mkdir", path, {
    work() {
      needRoom(machine, path);
      folder.name([name, new Folder(mode)]);
    },
  });
}

export function readdirSync(path: string): string[] {
  const machine = machineAtHand();
  const node = machine.call("look", path, { work: () => machine.disk.find(path) });
  if (node === undefined) throw failed("ENOENT", "readdir", path);
  if (node.kind !== "folder") throw failed("ENOTDIR", "readdir", path);
  return [...node.names.keys()];
}

export function renameSync(from: string, to: string): void {
  const machine = machineAtHand();
  const { folder, name } = machine.disk.place(from);
  const there = machine.disk.place(to);
  const node = folder?.names.get(name);
  if (folder === undefined || node === undefined) throw failed("ENOENT", "rename", from);
  if (there.folder !== folder) throw new Error("the simulator renames within a folder only");
  const work = () => folder.name([there.name, node], [name, undefined]);
  machine.call("rename", `${from} -> ${there.name}`, { work });
}

export function rmSync(path: string, { force = false }: { readonly force?: boolean } = {}): void {
  const machine = machineAtHand();
  const { folder, name } = machine.disk.place(path);
  if (folder?.names.has(name) !== true) {
    if (force) return;
    throw failed("ENOENT", "unlink", path);
  }
  machine.call("unlink", path, { work: () => folder.name([name, undefined]) });
}

export const unlinkSync = rmSync;
