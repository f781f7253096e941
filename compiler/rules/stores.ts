/**
 * Contracts that share a store: what some workflow writes through the one, another may read through
 * the other. Which laws hold between them is for the rules to say.
 */
import { member } from "../../protocol/language/json.ts";
import type { Operation } from "../../protocol/language/semantics.ts";
import type { ResolvedEffect, Schema } from "../model.ts";
import { type Flow, operationOf } from "./flow.ts";

export interface Sharing {
  readonly reader: ResolvedEffect;
  readonly writer: ResolvedEffect;
}

/** Only what some workflow writes is paired with what some workflow, or who subscribes, reads. */
export function sharedStores(flows: readonly Flow[]): readonly Sharing[] {
  const writers = effectsWith(flows, (operation) => writtenSchema(operation) !== undefined);
  const readers = effectsWith(flows, ({ givesBack }) => givesBack.length > 0);
  const subscriptions = flows[0]?.typed.subscriptions.values() ?? [];
  const subscribed = Array.from(subscriptions, ({ subscription }) => subscription.stream);
  return [...new Set([...readers, ...subscribed])].flatMap((reader) =>
    writers
      .filter((writer) => writer !== reader && writer.store === reader.store)
      .map((writer) => ({ reader, writer })),
  );
}

function effectsWith(
  flows: readonly Flow[],
  holds: (operation: Operation) => boolean,
): readonly ResolvedEffect[] {
  const effects = flows.flatMap(({ nodes }) =>
    nodes.flatMap(({ typed: { node, compensation } }) =>
      [node, compensation?.node].flatMap((asked) => {
        const operation = asked === undefined ? undefined : operationOf(asked);
        if (asked?.kind !== "effect" || operation === undefined) return [];
        return holds(operation) ? [asked.effect] : [];
      }),
    ),
  );
  return [...new Set(effects)];
}

/** What a contract says of its store's values, with references written out. */
export function valuesOf({ operations }: ResolvedEffect): Schema {
  const values = Object.values(operations)
    .map(writtenSchema)
    .find((schema) => schema !== undefined);
  return values ?? true;
}

/** The schema of what an operation leaves in its store; undefined where it leaves nothing. */
function writtenSchema({ input, writes }: Operation): Schema | undefined {
  const inputs = member(input, "properties");
  const value = member(inputs, "value") ?? member(inputs, "event");
  return writes ? (value as Schema | undefined) : undefined;
}
