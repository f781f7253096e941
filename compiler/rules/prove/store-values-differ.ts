/** What one contract writes to a store, every other that gives it back can take. */
import { member } from "../../../protocol/language/json.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ResolvedEffect, Schema } from "../../model.ts";
import { fit } from "../../types/fit.ts";
import { typeOf } from "../../types/type.ts";
import type { Flow, ProtocolRule } from "../flow.ts";

/** Only what some workflow writes is held against what some workflow reads. */
export const storeValuesDiffer: ProtocolRule = (flows) => {
  const writers = effectsWith(flows, (operation) => WRITES.has(operation));
  const readers = effectsWith(flows, (operation) => GIVES_BACK.has(operation));
  return readers.flatMap((reader) =>
    writers
      .filter((writer) => writer !== reader && writer.store === reader.store)
      .flatMap((writer) => faultOf(reader, writer)),
  );
};

/** Operations that leave a value, and those that give back one which was left. */
const WRITES: ReadonlySet<string> = new Set(["REGISTER", "APPEND", "PUT", "REPLACE"]);
const GIVES_BACK: ReadonlySet<string> = new Set(["REGISTER", "RESOLVE", "REVOKE", "READ", "GET"]);

function effectsWith(
  flows: readonly Flow[],
  performs: (operation: string) => boolean,
): readonly ResolvedEffect[] {
  const effects = flows.flatMap(({ nodes }) =>
    nodes.flatMap(({ typed: { node } }) =>
      node.kind === "effect" && performs(node.operation) ? [node.effect] : [],
    ),
  );
  return [...new Set(effects)];
}

function faultOf(reader: ResolvedEffect, writer: ResolvedEffect): readonly Diagnostic[] {
  const found = fit(typeOf(writtenSchema(writer)), writtenSchema(reader));
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

/** The schema of a store's values with its references written out, as a writing operation takes it. */
function writtenSchema({ operations }: ResolvedEffect): Schema {
  const inputs = Object.values(operations).map(({ input }) => member(input, "properties"));
  const values = inputs.map((input) => member(input, "value") ?? member(input, "event"));
  return (values.find((value) => value !== undefined) ?? true) as Schema;
}
