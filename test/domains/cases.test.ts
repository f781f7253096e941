/** The cases that the committed domains tell of themselves, tried as `pgs test` tries them. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { tryCase } from "../../bin/testing/expected.ts";
import { explore } from "../../bin/testing/explored.ts";
import { compareGolden } from "../../bin/testing/golden.ts";
import { type AuthoredTest, pathsOf } from "../../compiler/index.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { graphFileOf } from "../../protocol/language/manifest.ts";
import { trialsOf } from "../../runtime/index.ts";
import { capabilities } from "../capabilities/built.ts";
import { compileDomains, DOMAINS } from "./compiled.ts";

const { snapshot, tests } = await compileDomains(DOMAINS);

function graphOf(workflow: AuthoredTest["workflow"]): Graph {
  return JSON.parse(snapshot?.files.get(graphFileOf(workflow)) ?? "null") as Graph;
}

test.each(tests)("$test goes as it says, and as it was kept", (authored) => {
  const graph = graphOf(authored.workflow);
  const tryOut = trialsOf(graph, capabilities);
  const verdicts = authored.cases.map(({ text }) => tryCase(graph, tryOut, text));
  expect(verdicts.filter(({ problems }) => problems.length > 0)).toEqual([]);
  const protocol = join(DOMAINS, "..");
  expect(compareGolden(authored, verdicts, { protocol, update: false }).state).toBe("same");
});

test("each workflow of the three real cases has cases, for each outcome that it can end in", () => {
  const domains = ["permits", "expenses", "insurance"];
  const workflows = snapshot?.manifest.workflows.map(({ workflow }) => workflow) ?? [];
  const real = workflows.filter((name) => domains.some((domain) => name.startsWith(`${domain}::`)));
  expect(real).toHaveLength(7);
  for (const workflow of real) {
    const told = tests
      .filter((one) => one.workflow === workflow)
      .flatMap(({ cases }) => cases.map(({ text }) => text.outcome));
    const ends = pathsOf(graphOf(workflow))[0]?.ends ?? [];
    const possible = ends.filter(({ feasible }) => feasible.declared > 0n);
    expect([workflow, new Set(told)]).toEqual([
      workflow,
      new Set(possible.map(({ outcome }) => outcome)),
    ]);
  }
});

test("every feasible path of every workflow is driven by runs made from its schemas", () => {
  const workflows = snapshot?.manifest.workflows.map(({ workflow }) => workflow) ?? [];
  for (const workflow of workflows) {
    const graph = graphOf(workflow);
    const { paths, edges, missingPaths } = explore(graph, trialsOf(graph, capabilities));
    expect([workflow, `${paths.driven}`, missingPaths]).toEqual([workflow, paths.feasible, []]);
    expect([workflow, edges.missing]).toEqual([workflow, []]);
  }
});

test("nothing is wholly undone after what stands for good: no such path is feasible", () => {
  const ends = pathsOf(graphOf("expenses::WF_CLAIM_EXPENSE_V0"))[0]?.ends ?? [];
  const ways = ends.filter(({ end }) => end.startsWith("given_back/"));
  expect(ways.map(({ end, declared, feasible }) => [end, declared, feasible.declared])).toEqual([
    ["given_back/compensated", 4n, 0n],
    ["given_back/stands", 4n, 4n],
  ]);
});
