/**
 * The records that fit a filter, in their order: fields that equal a value, and fields that are
 * there at all. No record fitting is an outcome of its own, never an empty list under SUCCESS.
 */
import { canonical } from "../../protocol/language/canonical.ts";
import { type JsonObject, member } from "../../protocol/language/json.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Filter = { readonly equals?: JsonObject; readonly present?: readonly string[] };
type Input = { readonly source: readonly JsonObject[]; readonly filter: Filter };

export const transform = transformOf<Input>(({ source, filter }) => {
  const extracted = source.filter((record) => fits(record, filter));
  return extracted.length === 0
    ? { outcome: "EMPTY", output: NOTHING }
    : { outcome: "SUCCESS", output: { extracted } };
});

function fits(record: JsonObject, { equals = {}, present = [] }: Filter): boolean {
  return (
    present.every((field) => member(record, field) !== undefined) &&
    Object.entries(equals).every(([field, wanted]) => {
      const found = member(record, field);
      return found !== undefined && canonical(found) === canonical(wanted);
    })
  );
}
