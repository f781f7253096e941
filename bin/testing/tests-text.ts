/** What `pgs test` found, for people: each case, a failing one with both paths side by side. */
import type { ChalkInstance } from "chalk";
import { columns, count, safe } from "../print.ts";
import { type Golden, stepText } from "./golden.ts";
import type { Tested, TestedCase } from "./tested.ts";

export function testsText(tested: Tested, paint: ChalkInstance): string {
  const { cases, goldens, workflows } = tested;
  return [
    ...cases.map((one) => caseText(one, paint)),
    ...goldens.flatMap((one) => goldenText(one, paint)),
    coverageText(workflows, paint),
    ...workflows.map((one) => missingText(one, paint)),
    verdictText(tested, paint),
  ].join("");
}

function caseText(one: TestedCase, paint: ChalkInstance): string {
  const place = paint.dim(`${one.file}:${one.line}`);
  if (one.problems.length === 0) return `${paint.green("ok")}      ${safe(one.name)} ${place}\n`;
  const problems = one.problems.map((problem) => `  ${safe(problem)}\n`);
  const head = `${paint.red("FAILS")}   ${safe(one.name)} ${place}\n`;
  return `${head}${problems.join("")}${sideBySide(one, paint)}`;
}

/** Expected and found, step by step; the first difference is marked. */
function sideBySide({ expectedPath, found }: TestedCase, paint: ChalkInstance): string {
  const left = expectedPath?.map(stepText);
  const right = found.path.map(stepText);
  if (left === undefined) return right.length === 0 ? "" : `  path: ${safe(right.join(" → "))}\n`;
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const [a = "–", b = "–"] = [left[at], right[at]];
    return ["", a === b ? "" : "≠", safe(a), safe(b)];
  });
  return columns([["", "", "expected", "found"], ...rows], paint);
}

function goldenText({ file, state }: Golden, paint: ChalkInstance): readonly string[] {
  switch (state) {
    case "same":
      return [];
    case "written":
      return [`${paint.green("kept")}    ${safe(file)}\n`];
    case "missing":
      return [`${paint.dim("not kept")} ${safe(file)}: --update keeps what the cases came to\n`];
    case "differs":
      return [
        `${paint.red("DIFFERS")} ${safe(file)}: what the cases came to is not what was kept; look at it, then --update\n`,
      ];
  }
}

/** Edges that are named where they were not driven. */
const NAMED_MAX = 3;

function coverageText(workflows: Tested["workflows"], paint: ChalkInstance): string {
  if (workflows.length === 0) return "";
  const head = ["workflow", "paths driven", "feasible", "edges driven", "runs", "not driven"];
  const rows = workflows.map(({ workflow, paths, edges, runs, complete }) => {
    const named = edges.missing.slice(0, NAMED_MAX).map(stepText);
    const more = edges.missing.length - named.length;
    return [
      workflow,
      `${paths.driven}`,
      paths.feasible,
      `${edges.driven} of ${edges.declared}`,
      `${runs}${complete ? "" : " (more there are)"}`,
      [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(", "),
    ];
  });
  return columns([head, ...rows], paint);
}

/** What remains, and why. */
function missingText(one: Tested["workflows"][number], paint: ChalkInstance): string {
  const { workflow, paths, complete, runs, missingPaths } = one;
  const left = BigInt(paths.feasible) - BigInt(paths.driven);
  if (left <= 0n) return "";
  const why = complete
    ? "no value that is made from the schemas leads there; give a case of it"
    : `more than the ${runs} runs that are made at most`;
  const shown = missingPaths.map(({ steps, exit, outcome }) => {
    const path = [...steps.map(stepText), `${exit}: ${outcome}`].join(" → ");
    return `  ${safe(path)}\n`;
  });
  return `${paint.dim("not driven")} ${left} of ${paths.feasible} feasible paths of ${workflow}: ${why}\n${shown.join("")}`;
}

function verdictText({ ok, cases, snapshot }: Tested, paint: ChalkInstance): string {
  const wrong = cases.filter(({ problems }) => problems.length > 0).length;
  const verdict = ok
    ? `${paint.green("as expected")}: ${count(cases.length, "case")}`
    : `${paint.red("not as expected")}: ${wrong} of ${count(cases.length, "case")}`;
  return `${verdict} (snapshot ${snapshot})\n`;
}
