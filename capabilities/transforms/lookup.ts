/** What a table says of a key. A key that is not in it is an outcome, never a null. */
import { type JsonObject, member } from "../../protocol/language/json.ts";
import { NOTHING, transformOf } from "../sdk.ts";

type Input = { readonly key: string; readonly map: JsonObject };

export const transform = transformOf<Input>(({ key, map }) => {
  const result = member(map, key);
  return result === undefined
    ? { outcome: "NOT_FOUND", output: NOTHING }
    : { outcome: "SUCCESS", output: { result } };
});
