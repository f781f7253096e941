/**
 * Keys that were made and are not on the disk yet, and the way there: many of them share the wait.
 * Each is written aside, flushed, and only then given its name, so that half a key never stands under
 * the name of one; then the names are flushed, once a folder. A key is known here until all that is
 * done. It never decides when: the ledger asks before it writes what they sealed.
 */
import { dirname, join } from "node:path";
import type { Refusal } from "../../protocol/language/refusal.ts";
import { flushFailure, isNoRoom, writeFailure } from "../ledger/failure.ts";
import type { AsideFile, Files } from "../ports.ts";
import type { SealingKey } from "./cipher.ts";

const FOLDER_MODE = 0o700;
const KEY_MODE = 0o600;
/** Files that are open at a time. */
const AT_ONCE = 64;

/** A key, and the file that is to hold its secret. */
export interface PendingKey {
  readonly key: SealingKey;
  readonly path: string;
  readonly secret: Uint8Array;
}

export class PendingKeys {
  readonly #files: Files;
  readonly #dataRoot: string;
  readonly #keys = new Map<string, PendingKey>();
  /** Folders that hold names which may not be on the disk. */
  readonly #unsettled = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #made = new Set<string>();

  constructor(files: Files, dataRoot: string) {
    this.#files = files;
    this.#dataRoot = dataRoot;
  }

  find(name: string): SealingKey | undefined {
    return this.#keys.get(name)?.key;
  }

  add(pending: PendingKey): void {
    this.#keys.set(pending.key.name, pending);
    this.#unsettled.add(dirname(pending.path));
  }

  /** What a process that was stopped left standing may not be on the disk by name. */
  distrust(path: string): void {
    const folder = dirname(path);
    if (!this.#settled.has(folder)) this.#unsettled.add(folder);
  }

  /**
   * Settles when all that was added so far is on the disk, bytes and names; nothing, where all of it
   * is. Gives the failure where there is no room, and may be asked again; every other one is final.
   */
  settle(): Promise<Refusal | undefined> | undefined {
    return this.#unsettled.size === 0 ? undefined : this.#settle();
  }

  async #settle(): Promise<Refusal | undefined> {
    const keys = [...this.#keys.values()];
    const folders = [...this.#unsettled];
    try {
      for (const folder of folders) this.#makeFolder(folder);
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        await this.#place(keys.slice(from, from + AT_ONCE));
      }
    } catch (error) {
      const failure = writeFailure(error);
      if (isNoRoom(failure)) return failure;
      throw failure;
    }
    await this.#flushNames(folders);
    for (const { key } of keys) this.#keys.delete(key.name);
    // Others were added meanwhile.
    for (const { path } of this.#keys.values()) this.#unsettled.add(dirname(path));
    return undefined;
  }

  /** Some keys, from nothing to their names. Where that fails, what has no name yet is thrown away. */
  async #place(keys: readonly PendingKey[]): Promise<void> {
    const asides: AsideFile[] = [];
    try {
      for (const { path, secret } of keys) {
        asides.push(this.#files.writeAside(path, secret, KEY_MODE));
      }
      await allOf(asides.map((aside) => aside.flush()));
      for (const aside of [...asides]) {
        asides.shift();
        aside.place();
      }
    } catch (error) {
      for (const aside of asides) aside.discard();
      throw error;
    }
  }

  /** Makes a tenant's folder where there is none, flushing each name before anything is behind it. */
  #makeFolder(folder: string): void {
    const files = this.#files;
    if (this.#made.has(folder) && files.standing(folder) !== undefined) return;
    const all = join(this.#dataRoot, "keys");
    for (const path of [all, folder]) {
      files.makeFolder(path, FOLDER_MODE);
      flushedNow(() => files.flushFolder(dirname(path)));
    }
    this.#made.add(folder);
  }

  async #flushNames(folders: readonly string[]): Promise<void> {
    await allOf(folders.map((folder) => this.#files.flushNames(folder)));
    for (const folder of folders) {
      this.#settled.add(folder);
      this.#unsettled.delete(folder);
    }
  }
}

/**
 * Settles when all of them have, well or not: a file that is being flushed is not closed. Of a flush
 * that failed there is no second one, whatever the system says.
 */
async function allOf(flushes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(flushes);
  for (const result of results) if (result.status === "rejected") throw notFlushed(result.reason);
}

function flushedNow(flush: () => void): void {
  try {
    flush();
  } catch (error) {
    throw notFlushed(error);
  }
}

function notFlushed(error: unknown): Error {
  return flushFailure(error, "a key");
}
