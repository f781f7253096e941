/**
 * The folder that files are put into. It must be there and be a folder itself, not a link to one;
 * it stays open while a file is put into it, so that it can be flushed and told from another that
 * took its place. Nothing makes it.
 */
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { codeOf, reasonOf } from "./failure.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

export async function openFolder(
  path: string,
): Promise<{ readonly handle: FileHandle } | { readonly refused: string }> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return { refused: "the folder is a link" };
    if (!stats.isDirectory()) return { refused: "the folder is not a folder" };
    return { handle: await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) };
  } catch (error) {
    return { refused: reasonOf(error) ?? `the folder could not be opened (${codeOf(error)})` };
  }
}

/** Whether the path still leads to the folder that was opened. */
export async function standsThere(path: string, handle: FileHandle): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  try {
    const standing = await lstat(path, { bigint: true });
    return standing.dev === opened.dev && standing.ino === opened.ino;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
