/**
 * Where a batch comes from: a file, a pipe, or standard input, opened before anything else is, so
 * that a name that is wrong is told before the data root is touched. It never reads ahead of who
 * takes the bytes.
 */
import { constants, createReadStream, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Io } from "../io.ts";

export interface Source {
  readonly stream: Readable;
  /** All there is to read; undefined where nobody can know. */
  readonly bytes: number | undefined;
}

/** So much is read at a time. */
const CHUNK_BYTES = 256 * 1024;

export function openSource(given: string, io: Io): Source {
  if (given === "-") return { stream: io.inputStream(), bytes: undefined };
  const path = resolve(io.workingFolder, given);
  try {
    const fd = openSync(path, constants.O_RDONLY);
    const standing = fstatSync(fd);
    if (standing.isFile()) {
      const stream = createReadStream(path, { fd, highWaterMark: CHUNK_BYTES });
      return { stream, bytes: standing.size };
    }
    // Not as a file: a read of a pipe in which nothing stands could not be given up.
    if (standing.isFIFO()) {
      return { stream: new Socket({ fd, readable: true, writable: false }), bytes: undefined };
    }
  } catch (error) {
    throw sourceFailure(error);
  }
  throw new Refusal("usage", "batch/no-file", `expected a file or a pipe at \`${path}\``, { hint });
}

const hint = "Name a file with one payload a line, or give the lines on standard input (`-`).";

/** The refusal for what the system says of a batch; our own faults pass as they are. */
export function sourceFailure(error: unknown): unknown {
  const { syscall, code, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const word = code === "ENOENT" ? "no-file" : "not-readable";
  return new Refusal("usage", `batch/${word}`, `the batch cannot be read: ${message}`, { hint });
}
