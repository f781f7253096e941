/**
 * The value at a JSON Pointer (RFC 6901). For pointers that are data: a path that the author knows
 * is written in the binding, where the compiler can check it. A place that is not there never
 * becomes null.
 */
import { type Json, member } from "../../protocol/language/json.ts";
import { transformOf } from "../sdk.ts";

type Input = { readonly from: Json; readonly pointer: string };

export const transform = transformOf<Input>(({ from, pointer }) => {
  let value: Json = from;
  let at = "";
  for (const token of pointer.split("/").slice(1)) {
    at += `/${token}`;
    const inner = child(value, token.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (inner === undefined) return { outcome: "NOT_FOUND", output: { at } };
    value = inner;
  }
  return { outcome: "SUCCESS", output: { value } };
});

function child(value: Json, name: string): Json | undefined {
  if (!Array.isArray(value)) return member(value, name);
  return /^(0|[1-9][0-9]*)$/.test(name) ? value[Number(name)] : undefined;
}
