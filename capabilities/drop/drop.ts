/**
 * How a file comes into a folder whole: written aside, flushed, given its name by a link that
 * overwrites nothing, the name aside taken away, the folder flushed. Stopped anywhere and repeated,
 * it ends with one whole file and nothing beside it. REFUSED is only said where the file does not
 * stand there; where that cannot be told, it throws, which means that nobody knows.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type FileHandle, link } from "node:fs/promises";
import { join } from "node:path";
import type { ExternalAnswer } from "../../protocol/language/capabilities.ts";
import { isFileName } from "../../protocol/language/file-name.ts";
import { isObject, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import type { CallOf } from "../sdk.ts";
import { asideNames, removeAsides, writeAside } from "./aside.ts";
import { codeOf, reasonOf } from "./failure.ts";
import { openFolder, standsThere } from "./folder.ts";
import { type Standing, standingAt } from "./standing.ts";

export type DropSettings = JsonObject & { readonly folder: string };

/** What is to stand where. */
interface Drop {
  readonly name: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly path: string;
  /** Where this and each earlier attempt at the same call wrote; the last is this one's. */
  readonly asides: readonly string[];
}

/** How often a name may be found taken and free again before this gives up. */
const ROUNDS_MAX = 8;

export async function dropFile(call: CallOf<DropSettings, Json>): Promise<ExternalAnswer> {
  const { folder } = call.settings;
  const drop = dropOf(call);
  if ("refused" in drop) return refused(drop.refused);
  const opened = await openFolder(folder);
  if ("refused" in opened) return refused(opened.refused);
  try {
    const answer = await dropInto(opened.handle, drop, call.signal);
    if (await standsThere(folder, opened.handle)) return answer;
    return { unknown: "the folder was replaced meanwhile" };
  } finally {
    await opened.handle.close();
  }
}

function dropOf(call: CallOf<DropSettings, Json>): Drop | { readonly refused: string } {
  const { input, operation } = call;
  if (operation !== "DROP") return { refused: "expected the operation `DROP`" };
  const name = member(input, "name");
  const content = member(input, "content");
  if (!isObject(input) || Object.keys(input).length !== 2) {
    return { refused: "expected an object with `name` and `content`" };
  }
  if (typeof name !== "string" || !isFileName(name)) {
    return { refused: "expected `name` to be safe as a file name" };
  }
  if (typeof content !== "string" || !content.isWellFormed()) {
    return { refused: "expected `content` to be a text" };
  }
  const bytes = Buffer.from(content, "utf8");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const path = join(call.settings.folder, name);
  return { name, bytes, sha256, path, asides: asideNames(call) };
}

async function dropInto(
  folder: FileHandle,
  drop: Drop,
  signal: AbortSignal,
): Promise<ExternalAnswer> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    signal.throwIfAborted();
    const standing = await standingAt(drop.path, drop.sha256, signal);
    if ("refused" in standing) return refused(standing.refused);
    if (standing.kind !== "none") return await settle(folder, drop, standing);
    const put = await putThere(drop, signal);
    if ("refused" in put) return refused(put.refused);
    if (put.linked) return await settle(folder, drop, { kind: "same" });
  }
  return refused("others put a file there and take it away all the time");
}

/** Tries to give the written file its name. Not linked: another file has the name. */
async function putThere(
  drop: Drop,
  signal: AbortSignal,
): Promise<{ readonly linked: boolean } | { readonly refused: string }> {
  const aside = drop.asides.at(-1) ?? "";
  const written = await writeAside(drop.asides, drop.bytes, signal);
  if (written !== undefined) return written;
  try {
    signal.throwIfAborted();
    await link(aside, drop.path);
    return { linked: true };
  } catch (error) {
    await removeAsides([aside]);
    if (codeOf(error) === "EEXIST") return { linked: false };
    const reason = reasonOf(error, LINK_FAILURES);
    if (reason === undefined) throw error;
    return { refused: reason };
  }
}

const NO_LINKS = "the file system has no hard links, so a file could overwrite another";

/** Failures after which it is certain that the name was not given. */
const LINK_FAILURES: Readonly<Record<string, string>> = {
  ENOTSUP: NO_LINKS,
  EOPNOTSUPP: NO_LINKS,
  ENOSYS: NO_LINKS,
  EPERM: NO_LINKS,
  ENAMETOOLONG: "the name is too long for the file system",
};

/** Takes away what stands aside, and makes what stands in the folder last. */
async function settle(
  folder: FileHandle,
  drop: Drop,
  standing: Exclude<Standing, { kind: "none" }>,
): Promise<ExternalAnswer> {
  await removeAsides(drop.asides);
  await folder.sync();
  const { name, sha256, bytes } = drop;
  return standing.kind === "same"
    ? { outcome: "DROPPED", output: { name, bytes: bytes.length, sha256 } }
    : { outcome: "EXISTS", output: { name, sha256: standing.sha256 } };
}

function refused(reason: string): ExternalAnswer {
  return { outcome: "REFUSED", output: { reason } };
}
