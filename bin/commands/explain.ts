/** `pgs explain <code>`: what a diagnostic's code means, with a wrong and a right example. */
import type { Command } from "commander";
import { didYouMean } from "../../protocol/language/did-you-mean.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { EXIT } from "../exit-codes.ts";
import { type Explanation, readExplanations } from "../explanations.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../options.ts";

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(command.argument("[code]", "a code such as routing/unrouted-outcome"))
    .addHelpText("after", "\nWithout a code, lists all of them.\n")
    .action((code: string | undefined, { json = false }: { json?: boolean }) => {
      const all = readExplanations(io);
      if (code === undefined) io.out(listing([...all.keys()], json));
      else io.out(paragraph(code, find(all, code), json ? undefined : io));
      done(EXIT.done);
    });
}

function listing(codes: readonly string[], json: boolean): string {
  return json ? `${JSON.stringify({ codes })}\n` : `${codes.join("\n")}\n`;
}

function find(all: ReadonlyMap<string, Explanation>, code: string): Explanation {
  const found = all.get(code);
  if (found !== undefined) return found;
  const close = didYouMean(code, [...all.keys()]);
  const hint = close === undefined ? "" : `${close} `;
  throw new Refusal("usage", "explain/unknown-code", `no diagnostic has the code \`${code}\``, {
    hint: `${hint}\`pgs explain\` lists all codes.`,
  });
}

/** As text with an Io to colour it, else as a JSON document. */
function paragraph(code: string, { text, wrong, right }: Explanation, io?: Io): string {
  if (io === undefined) return `${JSON.stringify({ code, text, wrong, right })}\n`;
  const example = (title: string, yaml: string | null) =>
    yaml === null ? "" : `\n${io.paint.bold(title)}\n\n${indented(yaml)}\n`;
  return `${io.paint.bold(code)}\n\n${text.trim()}\n${example("Wrong", wrong)}${example("Right", right)}`;
}

function indented(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, "    ");
}
