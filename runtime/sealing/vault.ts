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
  const folders = foldersOf(files, dataRoot);
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
      if (standing !== undefined) {
        if (entropy !== undefined) folders.settle(tenantOf(name));
        return standing;
      }
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
  folders: Folders,
  { dataRoot, name, secret }: { dataRoot: string; name: string; secret: Uint8Array },
): void {
  const path = pathOf(dataRoot, name);
  if (path === undefined) throw keyMissing(name);
  durably(() => {
    folders.make(tenantOf(name));
    files.replace(path, secret, KEY_MODE);
  });
}

function tenantOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}

/** The folders of keys. What a process that was stopped left in them may not be on the disk by name. */
interface Folders {
  /** Makes a tenant's folder, or flushes its name again. */
  readonly make: (tenant: string) => void;
  /** Flushes the names of all keys that stand there. */
  readonly settle: (tenant: string) => void;
}

function foldersOf(files: Files, dataRoot: string): Folders {
  const all = join(dataRoot, "keys");
  const made = new Set<string>();
  const settled = new Set<string>();
  const make = (tenant: string) => {
    const own = join(all, tenant);
    if (made.has(own) && files.standing(own) !== undefined) return;
    for (const [folder, parent] of [
      [all, dataRoot],
      [own, all],
    ] as const) {
      files.makeFolder(folder, FOLDER_MODE);
      files.flushFolder(parent);
    }
    made.add(own);
  };
  const settle = (tenant: string) => {
    if (settled.has(tenant)) return;
    make(tenant);
    files.flushFolder(join(all, tenant));
    settled.add(tenant);
  };
  return { make, settle: (tenant) => durably(() => settle(tenant)) };
}

/** A disk that refuses a key's folder refuses as it would for the ledger. */
function durably(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw writeFailure(error);
  }
}
