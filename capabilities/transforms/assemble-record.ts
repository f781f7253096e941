/**
 * One record out of several. A member that stands in two of them is an outcome of its own: it is
 * never overwritten.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly parts: readonly JsonObject[] };

export const transform = transformOf<Input>(({ parts }) => {
  const members = new Map<string, Json>();
  for (const part of parts) {
    for (const [field, value] of Object.entries(part)) {
      if (members.has(field)) return { outcome: "CONFLICT", output: { field } };
      members.set(field, value);
    }
  }
  return { outcome: "SUCCESS", output: { record: Object.fromEntries(members) } };
});
