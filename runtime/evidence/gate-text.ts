/**
 * What the gates of a start had found, as the execution that went through the last one was told: its
 * payload holds it, for whoever asks the record. Of any other execution there is nothing to tell.
 */
import { BOOT_INTENT } from "../../protocol/language/acts.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import type { OpenedBody } from "../../protocol/language/records.ts";
import { visible, visibleJson } from "../traces/escape.ts";

export function gateLines({ intent, payload }: Pick<OpenedBody, "intent" | "payload">) {
  if (intent !== BOOT_INTENT) return [];
  return listIn(payload, "gates").flatMap((gate) => {
    const name = textOf(member(gate, "gate"));
    const checks = listIn(gate, "checks");
    if (checks.length === 0) return [`${name}  nothing to check`];
    return checks.map((check) => {
      const [what, found] = [member(check, "name"), member(check, "found")].map(textOf);
      return `${name}  ${what}: ${found}`;
    });
  });
}

function listIn(value: Json, name: string): readonly Json[] {
  const list = member(value, name);
  return Array.isArray(list) ? list : [];
}

/** Also of what is no text: a record may come from another hand. */
function textOf(value: Json | undefined): string {
  return typeof value === "string" ? visible(value) : visibleJson(value ?? null);
}
