/**
 * Stores in memory, for one trial: what an operation gives is decided as it is on a data root, and
 * nothing is kept.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import type { DocumentEntry, RegistryEntry, Values } from "../ports.ts";
import { type Asked, type Decided, decide } from "../state/decide.ts";

export interface Memory {
  readonly commit: (asked: Asked) => Decided;
}

export function memory(): Memory {
  const registries = new Map<string, RegistryEntry>();
  const documents = new Map<string, DocumentEntry>();
  const streams = new Map<string, Json[]>();
  const values: Values = {
    registry: ({ store }, key) => registries.get(placed(store, key)),
    document: ({ store }, key) => documents.get(placed(store, key)),
    streamLength: ({ store }) => streams.get(store)?.length ?? 0,
    events: ({ store }, from, limit) =>
      (streams.get(store) ?? []).slice(from - 1, from - 1 + limit),
  };
  const keep = ({ store, operation, input }: Asked, output: Json): void => {
    const at = () => placed(store, String(member(input, "key")));
    const value = member(input, "value") ?? null;
    switch (operation) {
      case "REGISTER":
        registries.set(at(), { value, revoked: false });
        break;
      case "REVOKE": {
        const standing = registries.get(at());
        invariant(standing !== undefined, "what is revoked stands");
        registries.set(at(), { ...standing, revoked: true });
        break;
      }
      case "APPEND":
        streams.set(store, [...(streams.get(store) ?? []), member(input, "event") ?? null]);
        break;
      case "PUT":
      case "REPLACE":
        documents.set(at(), { value, version: Number(member(output, "version")) });
        break;
      case "REMOVE":
        documents.set(at(), { value: undefined, version: documents.get(at())?.version ?? 0 });
        break;
      default:
      // What reads changes nothing.
    }
  };
  return {
    commit: (asked) => {
      const decided = decide(values, asked);
      if (decided.outcome === "SUCCESS") keep(asked, decided.output);
      return decided;
    },
  };
}

function placed(store: string, key: string): string {
  return JSON.stringify([store, key]);
}
