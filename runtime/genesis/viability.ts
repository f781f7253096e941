/**
 * The first gate, physical viability: folders that are there, ours and no links, room, a file system
 * that keeps what it was told to keep, and nobody else at work. What it writes it removes again.
 */
import { join } from "node:path";
import type { Digest } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { prepareDataRoot } from "../data-root.ts";
import { failureOf } from "../disk-failure.ts";
import { HELD, type Ownership, own } from "../owner.ts";
import type { Files } from "../ports.ts";
import { type Check, checked, held, refused, unseen } from "./check.ts";
import type { Site } from "./site.ts";
import type { Settings, Start } from "./start.ts";

/** A folder that is not there, or is a link, is no workspace. */
export function requireWorkspace(files: Files, workspace: string): string {
  const kind = files.standing(workspace)?.kind;
  if (kind !== "folder") {
    const found = kind === undefined ? "nothing there" : "something else";
    const message = `expected the workspace \`${workspace}\` to be a folder of its own, found ${found}`;
    throw new Refusal("viability", "workspace/not-a-folder", message, {
      hint: "Name the folder itself with `--workspace`; a link to it is not followed.",
    });
  }
  return `${files.names(workspace).length} names in \`${workspace}\``;
}

/** Whoever writes into the data root of somebody else leaves behind what that one cannot change. */
export function requireOwner(files: Files, { user, ownerOf }: Site, dataRoot: string): string {
  if (user === undefined || files.standing(dataRoot) === undefined) return "not there yet";
  const owner = ownerOf(dataRoot);
  if (owner === user) return `\`${dataRoot}\`, owned by user ${user}`;
  const message = `the data root \`${dataRoot}\` is owned by user ${owner}, this process runs as user ${user}`;
  throw new Refusal("viability", "data-root/other-owner", message, {
    hint: "Run as its owner, give it to this user (`chown -R`), or name another with `--data-root`.",
  });
}

export async function workspaceChecks({ ports, workspace }: Start): Promise<readonly Check[]> {
  const expected = { name: "workspace", expected: "a folder that can be read, and no link" };
  return [await checked(expected, () => requireWorkspace(ports.files, workspace))];
}

export async function dataRootChecks({ ports, site, settings }: Start): Promise<readonly Check[]> {
  const place = { name: "data-root", expected: "a folder of its own, with files of its own" };
  // Where it lies, the configuration says; what is wrong with that, the next gate.
  if (settings instanceof Refusal) return [unseen(place, "configuration")];
  const { files } = ports;
  const { dataRoot } = settings;
  const owner = { name: "data-root-owner", expected: "a data root of this user, or none yet" };
  const own = await checked(owner, () => requireOwner(files, site, dataRoot));
  if (!own.ok) return [own];
  const prepared = await checked(place, () => {
    prepareDataRoot(files, dataRoot);
    return `\`${dataRoot}\``;
  });
  return [own, prepared];
}

/** One record of the largest size: with less, work may be refused that was accepted. */
const ROOM_BYTES_MIN = LIMITS.recordBytesMax;
const MIB = 1024 * 1024;

export async function roomChecks({ site, settings }: Start): Promise<readonly Check[]> {
  const { dataRoot } = knownOf(settings);
  const expected = { name: "room", expected: `${ROOM_BYTES_MIN / MIB} MiB for a largest record` };
  return [await checked(expected, () => requireRoom(site, dataRoot))];
}

function requireRoom(site: Site, dataRoot: string): string {
  const { bytes, names } = site.roomAt(dataRoot);
  const found = `${Math.floor(bytes / MIB).toLocaleString("en-US")} MiB free`;
  const few = bytes < ROOM_BYTES_MIN;
  if (!few && names !== 0) return found;
  const message = few ? found : "no more files can be made on this disk";
  throw new Refusal("busy", "data-root/no-room", message, {
    hint: "Make room on the disk: what was acknowledged stands.",
  });
}

const LOCK = { name: "lock", expected: "a data root that no other process holds" };
const FLUSH = {
  name: "flush",
  expected: "a file that is written, flushed, renamed, and read back as it was",
};

/** Writes only while it holds the lock: into what another process holds nothing is written. */
export async function lockChecks(start: Start): Promise<readonly Check[]> {
  const { ports, settings, holder } = start;
  const { dataRoot, waitMs, digest } = knownOf(settings);
  const { files, clock, lock } = ports;
  let ownership: Ownership;
  try {
    ownership = await own({ dataRoot, files, clock, holder, waitMs, ...(lock && { lock }) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === HELD) return [refused(LOCK, error), unseen(FLUSH, LOCK.name)];
    return [refused(FLUSH, error), unseen(LOCK, FLUSH.name)];
  }
  try {
    const kept = await checked(FLUSH, () => probe(files, dataRoot, digest));
    return [held(LOCK.name, LOCK.expected, "free"), kept];
  } finally {
    ownership.release();
  }
}

const PROBE = ".genesis-probe";
const PROBE_BYTES = 4_096;

function probe(files: Files, dataRoot: string, digest: Digest): string {
  const path = join(dataRoot, PROBE);
  const bytes = Buffer.alloc(PROBE_BYTES, digest);
  try {
    files.replace(path, bytes);
    const back = Buffer.from(files.read(path));
    files.remove(path);
    if (back.equals(bytes)) return `${PROBE_BYTES} bytes in \`${dataRoot}\``;
  } catch (error) {
    throw failureOf("data-root", error);
  }
  const message = `\`${path}\` was read back with other bytes than were written`;
  throw new Refusal("viability", "data-root/io-error", message, {
    hint: "Check the disk: it does not keep what it is told to.",
  });
}

function knownOf(settings: Settings | Refusal): Settings {
  invariant(!(settings instanceof Refusal), "what follows from the data root requires it");
  return settings;
}
