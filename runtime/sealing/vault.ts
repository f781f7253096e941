/**
 * The keys of sealed values: one a tenant and execution, in `<data-root>/keys/<tenant>/<trace>.key`,
 * 32 bytes, readable by their owner alone, apart from the evidence. A key is made in memory, and the
 * ledger has it brought to the disk before it writes anything that it sealed. Whoever removes a key
 * file has erased what it sealed, and nothing else.
 */
import { join } from "node:path";
import { isTraceId } from "../../protocol/language/names.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Entropy, Files, Standing } from "../ports.ts";
import { KEY_BYTES, type SealingKey, sealingKey } from "./cipher.ts";
import { PendingKeys } from "./pending-keys.ts";

/** Keys that are kept in memory. */
const CACHED_MAX = 1_024;

export interface Vault {
  /** The key of that name, `<tenant>/<trace>`; undefined once it was destroyed. */
  readonly find: (name: string) => SealingKey | undefined;
  /** The key of that name, made where there is none. What it seals is written behind `settle`. */
  readonly obtain: (name: string) => SealingKey;
}

/** The vault of a data root; keys that were made wait in it for the disk. */
export interface OpenVault extends Vault {
  /**
   * Settles when all keys that were obtained so far are on the disk; nothing, where all of them are.
   * Gives the failure where there is no room, and may be asked again; every other one is final.
   */
  readonly settle: () => Promise<Refusal | undefined> | undefined;
}

export function keyName(tenant: string, trace: string): string {
  return `${tenant}/${trace}`;
}

/** `entropy` is left out by those who only read: they never make a key. */
export function openVault(dataRoot: string, files: Files, entropy?: Entropy): OpenVault {
  const cache = new Map<string, SealingKey>();
  const pending = new PendingKeys(files, dataRoot);
  const keep = (name: string, secret: Uint8Array) => {
    if (cache.size >= CACHED_MAX) cache.clear();
    const key = sealingKey(name, secret);
    cache.set(name, key);
    return key;
  };
  const find = (name: string) => {
    const made = pending.find(name);
    if (made !== undefined) return made;
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
      const path = pathOf(dataRoot, name);
      if (standing !== undefined) {
        if (path !== undefined && entropy !== undefined) pending.distrust(path);
        return standing;
      }
      if (path === undefined || entropy === undefined) throw keyMissing(name);
      const secret = entropy.bytes(KEY_BYTES);
      const key = keep(name, secret);
      pending.add({ key, path, secret });
      return key;
    },
    settle: () => pending.settle(),
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
