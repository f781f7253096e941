/** What one contract writes to a store, every other that gives it back can take. */
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { fit } from "../../types/fit.ts";
import { typeOf } from "../../types/type.ts";
import type { ProtocolRule } from "../flow.ts";
import { type Sharing, sharedStores, valuesOf } from "../stores.ts";

export const storeValuesDiffer: ProtocolRule = (flows) => sharedStores(flows).flatMap(faultOf);

function faultOf({ reader, writer }: Sharing): readonly Diagnostic[] {
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
