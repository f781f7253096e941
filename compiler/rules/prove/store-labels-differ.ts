/** What one contract labels in a store, every other that gives it back labels too. */
import type { SealStep } from "../../../protocol/language/graph.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { marks, placesOf } from "../../types/labels.ts";
import type { ProtocolRule } from "../flow.ts";
import { type Sharing, sharedStores, valuesOf } from "../stores.ts";

export const storeLabelsDiffer: ProtocolRule = (flows) => sharedStores(flows).flatMap(faultOf);

/** The first label that would be lost: the others are mended with it. */
function faultOf({ reader, writer }: Sharing): readonly Diagnostic[] {
  const marked = placesOf(valuesOf(reader));
  for (const { path, labels } of placesOf(valuesOf(writer))) {
    const label = labels.find((one) => !marks(marked, path, one));
    if (label === undefined) continue;
    const parameters = {
      store: reader.store,
      reader: reader.artifact.text.code,
      label,
      place: path.length === 0 ? "the value" : path.map(stepText).join("."),
    };
    const span = writer.artifact.document.spanOf(["value"]);
    const related = [{ span, message: `\`${writer.artifact.text.code}\` labels it` }];
    const at = reader.artifact.document.spanOf(["value"]);
    return [diagnose("prove/store-labels-differ", at, parameters, { related })];
  }
  return [];
}

function stepText(step: SealStep): string {
  return typeof step === "object" ? "*" : String(step);
}
