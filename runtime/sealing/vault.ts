/**
 * The keys of sealed values: one a tenant and execution, in `<data-root>/keys/<tenant>/<trace>.key`,
 * 32 bytes, readable by their owner alone, apart from the evidence. A key is on the disk before
 * anything that it sealed. Whoever removes a key file has erased what it sealed, and nothing else.
 */
import { join } from "node:path";
import { isTraceId } from "../../protocol/language/names.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { writeFailure } from "../ledger/failure.ts";
import type { Entropy, Files, Standing } from "../ports.ts";
import { KEY_BYTES, type SealingKey, sealingKey } from "./cipher.ts";

const FOLDER_MODE = 0o700;
const KEY_MODE = 0o600;
/** Keys that are kept in memory. */
const CACHED_MAX = 1_024;

export interface Vault {
  /** The key of that name, `<tenant>/<trace>`; undefined once it was destroyed. */
  readonly find: (name: string) => SealingKey | undefined;
  /** The key of that name, made and put on the disk where there is none. */
  readonly obtain: (name: string) => SealingKey;
}

export function keyName(tenant: string, trace: string): string {
  return `${tenant}/${trace}`;
}

/** `entropy` is left out by those who only read: they never make a key. */
export function openVault(dataRoot: string, files: Files, entropy?: Entropy): Vault {
  const cache = new Map<string, SealingKey>();
  const folders = foldersOf(files);
  const keep = (name: string, secret: Uint8Array) => {
    if (cache.size >= CACHED_MAX) cache.clear();
    const key = sealingKey(name, secret);
    cache.set(name, key);
    return key;
  };
  const find = (name: string) => {
    const path = pathOf(dataRoot, name);
    // Asked of the disk every time: a key that was just destroyed opens nothing more.
    const standing = path === undefined ? undefined : files.standing(path);
    if (path === undefined || standing === undefined) {
      cache.delete(name);
      return undefined;
    }
    return cache.get(name) ?? keep(name, readSecret(files, path, standing));
  };
  return {
    find,
    obtain(name) {
      const standing = find(name);
      if (standing !== undefined) return standing;
      if (entropy === undefined) throw keyMissing(name);
      const secret = entropy.bytes(KEY_BYTES);
      writeSecret(files, folders, { dataRoot, name, secret });
      return keep(name, secret);
    },
  };
}

/** Only a process that may write makes keys; it has a source of entropy. */
function keyMissing(name: string): Refusal {
  return new Refusal("evidence", "sealing/key-missing", `the key \`${name}\` is not there`);
}

/** A name out of a record becomes a path only when both its parts are safe as file names. */
function pathOf(dataRoot: string, name: string): string | undefined {
  const [tenant = "", trace = "", ...rest] = name.split("/");
  if (rest.length > 0 || !isTraceId(tenant) || !isTraceId(trace)) return undefined;
  return join(dataRoot, "keys", tenant, `${trace}.key`);
}

/** A key that others can read proves nothing of who sealed, and hides nothing: it is not used. */
function readSecret(files: Files, path: string, standing: Standing): Uint8Array {
  const { kind, links, bytes, exposed } = standing;
  if (kind !== "file" || links !== 1 || bytes !== KEY_BYTES) {
    throw new Refusal("evidence", "sealing/bad-key", `\`${path}\` is not a key`);
  }
  if (exposed === true) {
    const message = `others than its owner may read the key \`${path}\``;
    const hint = `Run \`chmod 600 ${path}\`, and ask who may have read it.`;
    throw new Refusal("viability", "sealing/key-exposed", message, { hint });
  }
  return files.read(path);
}

function writeSecret(
  files: Files,
  make: MakeFolder,
  { dataRoot, name, secret }: { dataRoot: string; name: string; secret: Uint8Array },
): void {
  const path = pathOf(dataRoot, name);
  if (path === undefined) throw keyMissing(name);
  try {
    make(dataRoot, "keys");
    make(join(dataRoot, "keys"), name.slice(0, name.indexOf("/")));
    files.replace(path, secret, KEY_MODE);
  } catch (error) {
    throw writeFailure(error);
  }
}

type MakeFolder = (parent: string, name: string) => void;

/**
 * Makes folders. One that stands may have been made by a process that was stopped before its name was
 * on the disk: the first time, it is flushed again.
 */
function foldersOf(files: Files): MakeFolder {
  const flushed = new Set<string>();
  return (parent, name) => {
    const folder = join(parent, name);
    if (flushed.has(folder) && files.standing(folder) !== undefined) return;
    files.makeFolder(folder, FOLDER_MODE);
    files.flushFolder(parent);
    flushed.add(folder);
  };
}
