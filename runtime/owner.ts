/**
 * One writing process a data root. The lock is the kernel's and dies with its owner, so that nobody
 * ever has to delete one by hand; the note beside it only says to whom it belongs.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../protocol/language/json.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { readStrictJson } from "../protocol/language/strict-json.ts";
import { failureOf } from "./disk-failure.ts";
import type { Files } from "./ports.ts";
import { tryLock } from "./state/sqlite.ts";

/** Who holds a data root: for those who find it held. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
}

export interface Ownership {
  readonly release: () => void;
}

export interface OwnOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly holder: Holder;
  /** How long to wait for the one who holds it. */
  readonly waitMs: number;
}

const POLL_MS = 50;
const NOTE = "owner.json";

/** Waits a bounded time for the data root to be free; refuses with the name of who holds it. */
export async function own({ dataRoot, files, holder, waitMs }: OwnOptions): Promise<Ownership> {
  const path = join(dataRoot, "owner.db");
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const lock = tryLock(path);
    if (lock !== undefined) {
      leaveNote(files, join(dataRoot, NOTE), { holder, lock });
      return lock;
    }
    if (waitedMs >= waitMs) throw held(files, dataRoot);
    await sleep(POLL_MS);
  }
}

/** The first thing that is written: a data root that cannot be written to is found out here. */
function leaveNote(
  files: Files,
  path: string,
  { holder, lock }: { readonly holder: Holder; readonly lock: Ownership },
): void {
  try {
    files.project(path, Buffer.from(`${JSON.stringify(holder)}\n`));
  } catch (error) {
    lock.release();
    throw failureOf("data-root", error);
  }
}

function held(files: Files, dataRoot: string): Refusal {
  const holder = readNote(files, join(dataRoot, NOTE));
  const who =
    holder === undefined ? "another process" : `process ${holder.pid} (\`${holder.command}\`)`;
  return new Refusal("busy", "data-root/held", `the data root \`${dataRoot}\` is held by ${who}`, {
    hint: "Wait until it has ended, or name another data root with `--data-root`.",
  });
}

/** The note may be missing or half replaced: then nobody is named. */
function readNote(files: Files, path: string): Holder | undefined {
  if (files.standing(path)?.kind !== "file") return undefined;
  const read = readStrictJson(files.read(path));
  if (!("value" in read) || !isObject(read.value)) return undefined;
  const { pid, command } = read.value;
  return typeof pid === "number" && typeof command === "string" ? { pid, command } : undefined;
}
