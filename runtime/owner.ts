/**
 * One writing process a data root. The lock is the kernel's and dies with its owner, so that nobody
 * ever has to delete one by hand; the note beside it only says to whom it belongs.
 */
import { join } from "node:path";
import { isObject } from "../protocol/language/json.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { readStrictJson } from "../protocol/language/strict-json.ts";
import { failureOf } from "./disk-failure.ts";
import type { Clock, Files, Lock } from "./ports.ts";
import { tryLock } from "./state/sqlite.ts";

/** Who holds a data root: for those who find it held. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

export type Ownership = Lock;

export interface OwnOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly holder: Holder;
  /** How long to wait for the one who holds it. */
  readonly waitMs: number;
  /** Takes the lock of a file where it is free; SQLite's unless told. */
  readonly lock?: (path: string) => Lock | undefined;
}

const POLL_MS = 50;
const NOTE = "owner.json";

/** Waits a bounded time for the data root to be free; refuses with the name of who holds it. */
export async function own(options: OwnOptions): Promise<Ownership> {
  const { dataRoot, files, clock, holder, waitMs, lock: take = tryLock } = options;
  const path = join(dataRoot, "owner.db");
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const lock = take(path);
    if (lock !== undefined) {
      leaveNote(files, join(dataRoot, NOTE), { holder, lock });
      return lock;
    }
    if (waitedMs >= waitMs) throw held(files, dataRoot);
    await pause(clock, POLL_MS);
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.timer(ms, resolve));
}

/** The first thing that is written: a data root that cannot be written to is found out here. */
function leaveNote(
  files: Files,
  path: string,
  { holder, lock }: { readonly holder: Holder; readonly lock: Lock },
): void {
  try {
    files.project(path, Buffer.from(`${JSON.stringify(holder)}\n`));
  } catch (error) {
    lock.release();
    throw failureOf("data-root", error);
  }
}

/** Said of a data root in which another process is at work. */
export const HELD = "data-root/held";

function held(files: Files, dataRoot: string): Refusal {
  const message = `the data root \`${dataRoot}\` is held by ${ownerOf(files, dataRoot)}`;
  return new Refusal("busy", HELD, message, {
    hint: "Wait until it has ended, or name another data root with `--data-root`.",
  });
}

/** Between taking the lock and leaving its note an owner stands under the name of the one before. */
function ownerOf(files: Files, dataRoot: string): string {
  const holder = readNote(files, join(dataRoot, NOTE));
  if (holder === undefined) return "another process, which has not told its name";
  const name = `process ${holder.pid} (\`${holder.command}\`)`;
  if (!hasEnded(files, holder.pid)) return name;
  return `another process, which has not told its name: the last to tell was ${name}, which has ended`;
}

/** True only where the system lists its processes and this one is not among them. */
function hasEnded(files: Files, pid: number): boolean {
  return files.standing("/proc/self") !== undefined && files.standing(`/proc/${pid}`) === undefined;
}

/** The note may be missing or half replaced: then nobody is named. */
function readNote(files: Files, path: string): Holder | undefined {
  if (files.standing(path)?.kind !== "file") return undefined;
  const read = readStrictJson(files.read(path));
  if (!("value" in read) || !isObject(read.value)) return undefined;
  const { pid, command } = read.value;
  return typeof pid === "number" && typeof command === "string" ? { pid, command } : undefined;
}
