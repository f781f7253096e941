/** Phases as they pass, for people: each check in a line; what does not hold with its cause and remedy. */
import { PHASE_TITLES, type Phase } from "../../protocol/language/gates.ts";
import type { Check, PhaseReport } from "../../runtime/index.ts";
import type { Io } from "../io.ts";
import { safe } from "../print.ts";

type Paint = Io["paint"];

export function phaseText({ phase, gate, ok, ms, checks }: PhaseReport, paint: Paint): string {
  const isRoot = checks.some((check) => !check.ok && check.looked);
  const stopped = isRoot ? paint.red("stopped") : paint.yellow("not looked at");
  const verdict = ok ? paint.green("passed") : stopped;
  const head = `${paint.bold(`${phase} ${PHASE_TITLES[phase]}`)}  ${gate} ${verdict} ${paint.dim(`${ms} ms`)}`;
  return [head, ...checks.flatMap((check) => checkLines(check, paint)), ""].join("\n");
}

/** The widest name of a check; a longer one moves its own line only. */
const NAME_CHARS = 21;

function checkLines(check: Check, paint: Paint): readonly string[] {
  const { name, ok, looked, expected, found, cause, remedy } = check;
  const label = name.padEnd(NAME_CHARS);
  if (ok) return [`  ${paint.green("✓")} ${label} ${paint.dim(safe(found))}`];
  if (!looked) return [`  ${paint.yellow("·")} ${label} follows from \`${safe(cause ?? "")}\``];
  const indent = " ".repeat(NAME_CHARS + 5);
  // A sentence of its own that says both.
  const isWhole = found.startsWith("expected ");
  return [
    `  ${paint.red("✗")} ${label} ${safe(cause ?? "")}`,
    ...(isWhole
      ? [`${indent}${safe(found)}`]
      : [`${indent}expected ${safe(expected)}`, `${indent}found ${safe(found)}`]),
    ...(remedy === null ? [] : [`${indent}${safe(remedy)}`]),
  ];
}

export function endText(reached: Phase, until: Phase, paint: Paint): string {
  if (reached === until) return `${paint.green.bold("alive")}: reached ${reached}\n`;
  return `${paint.red.bold("stopped")}: reached ${reached}, not ${until}\n`;
}
