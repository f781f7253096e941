/** The payload of a single run: from a file or from standard input, bounded before it is read. */
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "../protocol/language/limits.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Io } from "./io.ts";

export async function readPayload(file: string, io: Io): Promise<Uint8Array> {
  if (file === "-") return io.input(LIMITS.payloadBytesMax);
  const path = resolve(io.workingFolder, file);
  try {
    return readWhole(path);
  } catch (error) {
    if (error instanceof Refusal || (error as NodeJS.ErrnoException).syscall === undefined)
      throw error;
    const message = `the payload cannot be read: ${(error as Error).message}`;
    throw new Refusal("usage", "payload/not-readable", message, {
      hint: "Name a file that this user may read, or give the payload on standard input (`-`).",
    });
  }
}

function readWhole(path: string): Uint8Array {
  const standing = statSync(path, { throwIfNoEntry: false });
  if (standing?.isFile() !== true) {
    const found = standing === undefined ? "nothing there" : kindOf(standing);
    const message = `expected a file at \`${path}\`, found ${found}`;
    throw new Refusal("usage", "payload/no-file", message, {
      hint: "Name a file that holds the payload, or give it on standard input (`-`).",
    });
  }
  return standing.size > LIMITS.payloadBytesMax ? tooMuch(path) : readFileSync(path);
}

/** One byte more than may be: whoever takes it refuses it for that, and writes that down where it is to be. */
function tooMuch(path: string): Uint8Array {
  const bytes = Buffer.alloc(LIMITS.payloadBytesMax + 1);
  const file = openSync(path, "r");
  try {
    readSync(file, bytes);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** What stands where a file should. */
function kindOf(standing: Stats): string {
  if (standing.isDirectory()) return "a folder";
  if (standing.isFIFO()) return "a pipe";
  if (standing.isSocket()) return "a socket";
  return "a device";
}
