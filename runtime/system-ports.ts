/**
 * The real ports: the system's clock, its source of randomness, its file system. Everything that
 * reaches a disk goes through here; nothing here decides what is written or when.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { Refusal } from "../protocol/language/refusal.ts";
import { diskFailure } from "./disk-failure.ts";
import type { AsideFile, Clock, Entropy, Files, OpenFile, Standing } from "./ports.ts";

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } =
  constants;
const FILE_MODE = 0o644;
/** What the group and everybody else may do. */
const OTHERS_MODE = 0o077;

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  timer: (ms: number, ring: () => void) => {
    const timeout = setTimeout(ring, ms);
    return () => clearTimeout(timeout);
  },
});

export const systemEntropy: Entropy = Object.freeze({
  bytes: (count: number) => randomBytes(count),
});

/** Every call on the disk that fails for a reason of the disk's throws a refusal. */
export const systemFiles: Files = Object.freeze({
  standing: (path: string) => reading(() => standing(path)),
  names: (folder: string) => reading(() => names(folder)),
  makeFolder: (folder: string, mode = 0o755) => writing(() => makeFolder(folder, mode)),
  read: (path: string) => reading(() => withFile(path, O_RDONLY, (fd) => readFileSync(fd))),
  readAt: (path: string, offset: number, length: number) =>
    reading(() => withFile(path, O_RDONLY, (fd) => readAt(fd, { path, offset, length }))),
  openAppend: (path: string) => writing(() => openAppend(path)),
  replace: (path: string, data: Uint8Array, mode = FILE_MODE) =>
    writing(() => {
      replaceFile(path, data, { mode, flushed: true });
      flushFolder(dirname(path));
    }),
  project: (path: string, data: Uint8Array) =>
    writing(() => replaceFile(path, data, { mode: FILE_MODE, flushed: false })),
  writeAside: (path: string, data: Uint8Array, mode = FILE_MODE) =>
    writing(() => writeAside(path, data, mode)),
  remove: (path: string) => writing(() => rmSync(path)),
  flushFolder: (folder: string) => writing(() => flushFolder(folder)),
  flushNames,
});

function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFailure(error, "read");
  }
}

function writing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFailure(error, "write");
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Below a file nothing stands, as below a folder that is not there. */
function standing(path: string): Standing | undefined {
  const stats = statsOf(path);
  if (stats === undefined) return undefined;
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  const exposed = (stats.mode & OTHERS_MODE) !== 0;
  return { kind, bytes: stats.size, links: stats.nlink, exposed };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || isNoFolder(error)) return [];
    throw error;
  }
}

/** Where a file stands in a folder's place, nothing stands below it. */
function isNoFolder(error: unknown): boolean {
  return codeOf(error) === "ENOTDIR";
}

/** Never follows a link, never waits for the other end of a FIFO. */
function withFile<T>(path: string, flags: number, use: (fd: number) => T, mode = FILE_MODE): T {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

interface Stretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** No more memory is taken than there is to read, however much was asked for. */
function readAt(fd: number, { path, offset, length }: Stretch): Uint8Array {
  const stats = fstatSync(fd);
  if (!stats.isFile()) throw notAFile("disk", path);
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, stats.size - offset)));
  let read = 0;
  while (read < bytes.length) {
    const more = readSync(fd, bytes, read, bytes.length - read, offset + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

/**
 * At the end, or where the last write ended, unless told where. `writeSync` may write less than it
 * was given, and says so only in what it returns.
 */
function writeAll(fd: number, data: Uint8Array, at?: number): void {
  for (let written = 0; written < data.byteLength; ) {
    const left = data.byteLength - written;
    const more = writeSync(fd, data, written, left, at === undefined ? null : at + written);
    if (more === 0) throw tookNothing(data.byteLength - written);
    written += more;
  }
}

/** A disk that takes nothing and says that all is well would be asked for ever. */
function tookNothing(bytes: number): Error {
  return Object.assign(new Error(`the disk took none of ${bytes} bytes`), { code: "EIO" });
}

function replaceFile(
  path: string,
  data: Uint8Array,
  { mode, flushed }: { readonly mode: number; readonly flushed: boolean },
): void {
  const aside = `${path}.aside`;
  rmSync(aside, { force: true });
  const write = (fd: number) => {
    writeAll(fd, data);
    if (flushed) fsyncSync(fd);
  };
  try {
    withFile(aside, O_WRONLY | O_CREAT | O_EXCL, write, mode);
    renameSync(aside, path);
  } catch (error) {
    // A part of a file helps nobody, and on a full disk it stands in the way.
    discard(aside);
    throw error;
  }
}

/**
 * One that stands there was left behind by a process that was stopped, and says nothing. It is not
 * removed before it is met: that alone would wait for what the folder's file system is flushing.
 */
function openAside(aside: string, mode: number): number {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK;
  try {
    return openSync(aside, flags, mode);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    rmSync(aside);
    return openSync(aside, flags, mode);
  }
}

function writeAside(path: string, data: Uint8Array, mode: number): AsideFile {
  const aside = `${path}.aside`;
  const fd = openAside(aside, mode);
  const away = () => {
    closeSync(fd);
    discard(aside);
  };
  try {
    writeAll(fd, data);
  } catch (error) {
    away();
    throw error;
  }
  return asideFile(fd, { aside, path, away });
}

interface AsideNames {
  readonly aside: string;
  readonly path: string;
  readonly away: () => void;
}

function asideFile(fd: number, { aside, path, away }: AsideNames): AsideFile {
  return {
    flush: () => settled((done) => fsync(fd, done)),
    place() {
      closeSync(fd);
      try {
        writing(() => renameSync(aside, path));
      } catch (error) {
        discard(aside);
        throw error;
      }
    },
    discard: away,
  };
}

/** Where this fails too, what failed before says why. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next writer removes it, or refuses for the reason that is told now.
  }
}

function flushFolder(folder: string): void {
  withFile(folder, O_RDONLY | O_DIRECTORY, fsyncSync);
}

async function flushNames(folder: string): Promise<void> {
  const fd = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  try {
    await settled((done) => fsync(fd, done));
  } finally {
    closeSync(fd);
  }
}

/** What a call says that does not hold this thread up. */
function settled(begin: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    begin((error) => (error === null ? resolve() : reject(error)));
  });
}

function notAFile(place: string, path: string): Refusal {
  const message = `\`${path}\` is not a file of its own`;
  return new Refusal("viability", `${place}/not-a-file`, message);
}

function openAppend(path: string): OpenFile {
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const fd = openSync(path, flags, FILE_MODE);
  const stats = fstatSync(fd);
  if (!stats.isFile() || stats.nlink !== 1) {
    closeSync(fd);
    throw notAFile("data-root", path);
  }
  let over: number | undefined;
  return {
    append: (data) => writeAll(fd, data),
    overwriting() {
      over ??= reading(() => openSame(path, stats));
      const other = over;
      return other === undefined ? undefined : (data, at) => writeAll(other, data, at);
    },
    flush: (here) => (here === true ? flushHere(fd) : settled((done) => fdatasync(fd, done))),
    truncate: (length) => writing(() => ftruncateSync(fd, length)),
    standing: () => reading(() => bytesIf(stats, statsOf(path))),
    close() {
      closeSync(fd);
      if (over !== undefined) closeSync(over);
    },
  };
}

/** What was opened to append writes at the end, wherever it is told to. */
function openSame(path: string, { ino, dev }: Stats): number | undefined {
  const fd = openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.ino === ino && stats.dev === dev) return fd;
  closeSync(fd);
  return undefined;
}

/** Others have their turn behind it, as they have behind one that another thread made. */
async function flushHere(fd: number): Promise<void> {
  fdatasyncSync(fd);
  await new Promise((resolve) => setImmediate(resolve));
}

/** Of the same file: an inode is not given to another one while this one is open. */
function bytesIf({ ino, dev }: Stats, standing: Stats | undefined): number | undefined {
  return standing?.ino === ino && standing.dev === dev ? standing.size : undefined;
}
