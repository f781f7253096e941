/**
 * Who allowed something, as a part of a page: role by role, the statements that made the decision,
 * their text, and what they saw. It tells what was recorded, and of the policies what was sealed.
 */
import type { JsonObject } from "../../protocol/language/json.ts";
import type { ToldDecision, ToldRuling, ToldStatement } from "./decided.ts";
import { code, inlineJson, prose, table, textBlock } from "./markdown-text.ts";

export function decidedPart({ rulings, seen }: ToldDecision, title = "Who allowed it"): string {
  return [
    `## ${title}\n`,
    table(["Role", "Decided", "By", "Says"], rulings.flatMap(rulingRows)),
    ...rulings.flatMap(({ determining }) => determining.flatMap(textOf)),
    seenPart(seen),
  ].join("\n");
}

function rulingRows({ role, decision, determining, errors }: ToldRuling): string[][] {
  const first = [code(role), code(decision)];
  const rows = [
    ...determining.map(({ id, effect, summary }) => [
      effect === null ? code(id) : `${code(id)} (${effect})`,
      summary === null ? "" : prose(summary),
    ]),
    ...errors.map((error) => ["an error", code(error)]),
  ];
  if (rows.length === 0) return [[...first, "nothing permits it", ""]];
  return rows.map((row, at) => [...(at === 0 ? first : ["", ""]), ...row]);
}

function textOf({ id, cedar }: ToldStatement): readonly string[] {
  return cedar === null ? [] : [`${code(id)}:\n`, textBlock(cedar, "cedar")];
}

function seenPart(seen: JsonObject): string {
  const rows = Object.entries(seen).map(([path, value]) => [code(path), inlineJson(value)]);
  if (rows.length === 0) return "Nothing of what was asked was looked at.\n";
  return `What they saw:\n\n${table(["", ""], rows)}`;
}
