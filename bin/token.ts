/** The token that a session is opened with: from a file or from standard input, bounded. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "../protocol/language/limits.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Io } from "./io.ts";

/** Its text, without the end of its line. What is too long is cut, and refused for it later. */
export async function readToken(file: string, io: Io): Promise<string> {
  const bytes =
    file === "-" ? await io.input(LIMITS.tokenBytesMax) : readSome(resolve(io.workingFolder, file));
  return Buffer.from(bytes)
    .toString("latin1")
    .replace(/\r?\n$/, "");
}

function readSome(path: string): Uint8Array {
  try {
    const fd = openSync(path, "r");
    try {
      if (!fstatSync(fd).isFile()) throw unreadable(path, "something else");
      const bytes = Buffer.alloc(LIMITS.tokenBytesMax + 1);
      return bytes.subarray(0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof Refusal || syscall === undefined) throw error;
    throw unreadable(path, String(code));
  }
}

function unreadable(path: string, found: string): Refusal {
  const message = `expected a file with a token at \`${path}\`, found ${found}`;
  return new Refusal("usage", "token/not-readable", message, {
    hint: "Name a file that this user may read, or give the token on standard input (`-`).",
  });
}
