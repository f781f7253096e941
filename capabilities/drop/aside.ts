/**
 * The file aside: hidden, named by the call's key and attempt, so that a repeat finds what an
 * earlier attempt left and nobody else writes to it. It has its whole content on the disk before
 * it may be given the name that readers look for.
 */
import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, reasonOf } from "./failure.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Where each attempt up to this one writes, this one's last. Readers skip names with a dot first. */
export function asideNames(call: {
  readonly settings: { readonly folder: string };
  readonly idempotencyKey: string;
  readonly attempt: number;
}): readonly string[] {
  const key = createHash("sha256").update(call.idempotencyKey).digest("hex").slice(0, 32);
  return Array.from({ length: call.attempt }, (_, before) =>
    join(call.settings.folder, `.pgs-${key}-${before + 1}.part`),
  );
}

/** Undefined once the whole content is on the disk, under the last of the names and no other. */
export async function writeAside(
  asides: readonly string[],
  bytes: Buffer,
  signal: AbortSignal,
): Promise<{ readonly refused: string } | undefined> {
  const aside = asides.at(-1) ?? "";
  let handle: FileHandle;
  try {
    await removeAsides(asides);
    handle = await open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  } catch (error) {
    return { refused: reasonOf(error) ?? `the file could not be made (${codeOf(error)})` };
  }
  try {
    await writeAll(handle, bytes, signal);
    await handle.sync();
    return undefined;
  } catch (error) {
    await removeAsides([aside]);
    signal.throwIfAborted();
    return { refused: reasonOf(error) ?? `the file could not be written (${codeOf(error)})` };
  } finally {
    await handle.close();
  }
}

/** A write may take a part; the next one then takes more, or says why not. */
async function writeAll(handle: FileHandle, bytes: Buffer, signal: AbortSignal): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    signal.throwIfAborted();
    at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten;
  }
}

/** Names that are not there are fine. */
export async function removeAsides(asides: readonly string[]): Promise<void> {
  for (const aside of asides) {
    try {
      await unlink(aside);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}
