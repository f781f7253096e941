/**
 * What stands under a name: nothing, a file of the same content, or one of another. It reads only
 * files, never through a link, and never waits for a pipe.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { codeOf, reasonOf } from "./failure.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const CHUNK_BYTES = 64 * 1024;

export type Standing =
  | { readonly kind: "none" }
  | { readonly kind: "same" }
  | { readonly kind: "other"; readonly sha256: string };

/** A file of the same content is on the disk when this returns: whoever wrote it may not have known. */
export async function standingAt(
  path: string,
  sha256: string,
  signal: AbortSignal,
): Promise<Standing | { readonly refused: string }> {
  let handle: FileHandle;
  try {
    if (!(await lstat(path)).isFile()) return { refused: "what stands there is not a file" };
    handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "none" };
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { refused: `what stands there could not be read: ${reason}` };
  }
  try {
    // What was looked at may have been replaced by a pipe before it was opened.
    if (!(await handle.stat()).isFile()) return { refused: "what stands there is not a file" };
    const found = await digestOf(handle, signal);
    if (found !== sha256) return { kind: "other", sha256: found };
    await handle.sync();
    return { kind: "same" };
  } finally {
    await handle.close();
  }
}

async function digestOf(handle: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}
