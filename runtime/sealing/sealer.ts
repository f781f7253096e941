/**
 * Sealing and opening whole values for one execution: labelled places are replaced on the way into
 * a record, sealed values are opened on the way to the machine. A value that came sealed from the
 * state stays as it is: it is never sealed again under another key.
 */
import type { Graph, GraphNode, SealedPlace } from "../../protocol/language/graph.ts";
import { deepFreeze, isObject, type Json } from "../../protocol/language/json.ts";
import type { SealedValue } from "../../protocol/language/records.ts";
import { holdsSealed, isSealed, replacePlaces } from "../machine/places.ts";
import { open, type SealingKey, seal } from "./cipher.ts";
import { keyName, type Vault } from "./vault.ts";

export interface Sealer {
  /** Makes the execution's key where there is none, so that sealing writes nothing later. */
  readonly prepare: () => void;
  /** `part` names what the value is within the execution: `payload`, `register/output`. */
  readonly seal: (value: Json, places: readonly SealedPlace[], part: string) => Json;
  readonly open: (value: Json) => Opened;
}

/** The clear value, frozen; or the names of keys that are gone, or that do not open it. */
export type Opened = { readonly value: Json } | { readonly erased: readonly string[] };

export function sealerOf(vault: Vault, tenant: string, trace: string): Sealer {
  let key: SealingKey | undefined;
  return {
    prepare() {
      key ??= vault.obtain(keyName(tenant, trace));
    },
    seal(value, places, part) {
      return replacePlaces(value, places, (inner, pointer) => {
        key ??= vault.obtain(keyName(tenant, trace));
        return seal(key, `${part}${pointer}`, inner);
      });
    },
    open: (value) => openValue(vault, value),
  };
}

const sealing = new WeakMap<Graph, boolean>();

/** True where an execution of this graph may have to seal something. */
export function sealsAnything(graph: Graph): boolean {
  let seals = sealing.get(graph);
  if (seals === undefined) {
    seals = graph.sealPayload.length > 0 || graph.nodes.some(sealsIn);
    sealing.set(graph, seals);
  }
  return seals;
}

function sealsIn(node: GraphNode): boolean {
  switch (node.kind) {
    case "decide":
    case "undo":
      return false;
    case "enter":
    case "leave":
    case "exit":
    case "map":
    case "parallel":
    case "join":
      return node.seal.length > 0;
    case "await":
      return node.signals.some(([, { seal }]) => seal.length > 0);
    case "effect":
    case "external":
      return node.sealInput.length > 0 || sealsSome(node.seal);
    case "transform":
      return sealsSome(node.seal);
  }
}

function sealsSome(seal: { readonly [outcome: string]: readonly SealedPlace[] }): boolean {
  for (const outcome in seal) {
    if ((seal[outcome] ?? []).length > 0) return true;
  }
  return false;
}

/** Opens every sealed value inside a value. */
function openValue(vault: Vault, value: Json): Opened {
  if (!holdsSealed(value)) return { value: deepFreeze(value) };
  const erased: string[] = [];
  const clear = unsealed(value, (sealed) => {
    const name = nameIn(sealed);
    const key = vault.find(name);
    const inner = key === undefined ? undefined : open(key, sealed);
    if (inner === undefined) erased.push(name);
    return inner;
  });
  return erased.length > 0 ? { erased } : { value: deepFreeze(clear) };
}

/** The key's name; empty where a forged record does not give a sealed value its form. */
function nameIn({ $sealed }: SealedValue): string {
  const { key, mac, data } = $sealed as Readonly<Record<string, unknown>>;
  return typeof key === "string" && typeof mac === "string" && typeof data === "string" ? key : "";
}

/** The same value where nothing in it is sealed. */
function unsealed(value: Json, unseal: (sealed: SealedValue) => Json | undefined): Json {
  if (isSealed(value)) {
    const inner = unseal(value);
    return inner === undefined ? value : unsealed(inner, unseal);
  }
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => unsealed(item, unseal));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(
    ([key, inner]) => [key, unsealed(inner, unseal)] as const,
  );
  return members.every(([key, inner]) => inner === value[key])
    ? value
    : Object.fromEntries(members);
}
