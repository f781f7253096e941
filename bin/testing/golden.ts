/**
 * What the cases of a test came to when somebody looked at it and kept it: a file beside the test.
 * It is compared as a whole; nothing but `--update` changes it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AuthoredTest } from "../../compiler/index.ts";
import type { CaseVerdict, ShownStep } from "./expected.ts";

export type GoldenState = "same" | "differs" | "missing" | "written";

export interface Golden {
  /** As the test's file is shown. */
  readonly file: string;
  readonly state: GoldenState;
}

/** Compares, or writes where that is asked for. `protocol` is the workspace's folder of it. */
export function compareGolden(
  test: AuthoredTest,
  verdicts: readonly CaseVerdict[],
  { protocol, update }: { readonly protocol: string; readonly update: boolean },
): Golden {
  const code = test.test.slice(test.test.indexOf("::") + 2);
  const file = join(dirname(test.file), `${code}.golden.json`);
  const path = join(dirname(protocol), file);
  const text = goldenText(test, verdicts);
  const kept = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (kept === text) return { file, state: "same" };
  if (update) {
    writeFileSync(path, text);
    return { file, state: "written" };
  }
  return { file, state: kept === undefined ? "missing" : "differs" };
}

function goldenText({ test, workflow }: AuthoredTest, verdicts: readonly CaseVerdict[]): string {
  const cases = verdicts.map(({ name, found: { path, exit, outcome, result } }) => ({
    name,
    path: path.map(stepText),
    exit,
    outcome,
    result,
  }));
  return `${JSON.stringify({ test, workflow, cases }, null, 2)}\n`;
}

export function stepText({ node, outcome }: ShownStep): string {
  return `${node}: ${outcome}`;
}
