/**
 * What stands in the stores as records alone say it, in memory, record by record: what an effect
 * ought to have met. It follows the same fold as the stored state and never asks that state.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { Change, DocumentEntry, RegistryEntry, State, StorePlace } from "../ports.ts";
import { ByPlace } from "../state/by-place.ts";

export class FoldInMemory implements State {
  readonly #registry = new ByPlace(() => new Map<string, RegistryEntry>());
  readonly #documents = new ByPlace(() => new Map<string, DocumentEntry>());
  readonly #streams = new ByPlace((): Json[] => []);

  registry(place: StorePlace, key: string): RegistryEntry | undefined {
    return this.#registry.at(place).get(key);
  }

  document(place: StorePlace, key: string): DocumentEntry | undefined {
    return this.#documents.at(place).get(key);
  }

  streamLength(place: StorePlace): number {
    return this.#streams.at(place).length;
  }

  events(place: StorePlace, from: number, limit: number): readonly Json[] {
    return this.#streams.at(place).slice(from - 1, from - 1 + limit);
  }

  /** Executions are not kept: no effect asks for one. */
  execution(): undefined {
    return undefined;
  }

  executionByKey(): undefined {
    return undefined;
  }

  take(change: Change): void {
    switch (change.kind) {
      case "register":
        this.#registry.at(change).set(change.key, { value: change.value, revoked: false });
        return;
      case "revoke": {
        const entry = this.registry(change, change.key);
        if (entry !== undefined) {
          this.#registry.at(change).set(change.key, { ...entry, revoked: true });
        }
        return;
      }
      case "append":
        append(this.#streams.at(change), change);
        return;
      case "put": {
        const { value, version } = change;
        this.#documents.at(change).set(change.key, { value, version });
        return;
      }
      case "remove": {
        const entry = this.document(change, change.key);
        if (entry !== undefined) {
          this.#documents.at(change).set(change.key, { ...entry, value: undefined });
        }
        return;
      }
      case "opened":
      case "closed":
    }
  }
}

function append(events: Json[], { position, event }: Change & { readonly kind: "append" }): void {
  invariant(position === events.length + 1, "only an append that follows the last is taken up");
  events.push(event);
}
