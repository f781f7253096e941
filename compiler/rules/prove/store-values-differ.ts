/** What one contract writes to a store, every other that gives it back can take. */
import { member } from "../../../protocol/language/json.ts";
import type { Operation } from "../../../protocol/language/semantics.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ResolvedEffect, Schema } from "../../model.ts";
import { fit } from "../../types/fit.ts";
import { typeOf } from "../../types/type.ts";
import { type Flow, operationOf, type ProtocolRule } from "../flow.ts";

/** Only what some workflow writes is held against what some workflow reads. */
export const storeValuesDiffer: ProtocolRule = (flows) => {
  const writers = effectsWith(flows, (operation) => writtenSchema(operation) !== undefined);
  const readers = effectsWith(flows, ({ givesBack }) => givesBack.length > 0);
  return readers.flatMap((reader) =>
    writers
      .filter((writer) => writer !== reader && writer.store === reader.store)
      .flatMap((writer) => faultOf(reader, writer)),
  );
};

function effectsWith(
  flows: readonly Flow[],
  holds: (operation: Operation) => boolean,
): readonly ResolvedEffect[] {
  const effects = flows.flatMap(({ nodes }) =>
    nodes.flatMap((node) => {
      const operation = operationOf(node);
      const { node: resolved } = node.typed;
      if (resolved.kind !== "effect" || operation === undefined) return [];
      return holds(operation) ? [resolved.effect] : [];
    }),
  );
  return [...new Set(effects)];
}

function faultOf(reader: ResolvedEffect, writer: ResolvedEffect): readonly Diagnostic[] {
  const found = fit(typeOf(valuesOf(writer)), valuesOf(reader));
  if (found.verdict !== "no") return [];
  const { artifact } = reader;
  const parameters = {
    store: reader.store,
    reader: artifact.text.code,
    witness: JSON.stringify(found.refutation.witness),
  };
  const span = writer.artifact.document.spanOf(["value"]);
  const related = [{ span, message: `\`${writer.artifact.text.code}\` writes it` }];
  const place = artifact.document.spanOf(["value"]);
  return [diagnose("prove/store-values-differ", place, parameters, { related })];
}

/** What a contract says of its store's values, with references written out. */
function valuesOf({ operations }: ResolvedEffect): Schema {
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
