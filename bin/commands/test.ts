/**
 * `pgs test`: the authored cases of the workspace's workflows, and runs made from their paths, tried
 * through the machine on stores in memory. Nothing outside is called, and nothing is recorded.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import {
  type AuthoredTest,
  type Compilation,
  compile,
  diagnosticJson,
  formatText,
  protocolFilesIn,
} from "../../compiler/index.ts";
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import { didYouMean } from "../../protocol/language/did-you-mean.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { graphFileOf } from "../../protocol/language/manifest.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { trialsOf } from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type Workspace, workspaceOf, workspaceOption } from "../options.ts";
import { type CaseVerdict, tryCase } from "../testing/expected.ts";
import { explore } from "../testing/explored.ts";
import { compareGolden, type Golden } from "../testing/golden.ts";
import type { Tested, TestedCase } from "../testing/tested.ts";
import { testsText } from "../testing/tests-text.ts";

interface Options {
  readonly workspace?: string;
  readonly update?: boolean;
  readonly paths?: boolean;
  readonly json?: boolean;
}

const NOTES = `
A case says what comes in, what the outside answers, and how it must go. Transforms run, stores stand in
memory and are empty, time stands still but for what is waited for. Where a case gives answers for a
node, these are what it gets. What nothing in memory can answer (a call to the outside, a signal) must be
given.

Runs made from paths answer every node with each of its declared outcomes, by values made from the
schemas; of the items of a map, the first two. Paths are counted exactly; those of the engine's own
outcomes are not driven, and a map or a parallel is one step with one outcome. Where there are too many
paths to drive all, edges tell how far it came. What remains is told, with the reason.

What each case came to is kept beside its file with --update, and compared from then on.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const names = "workflows: domain::WF_NAME_V0 (default: all of the workspace)";
  jsonOption(workspaceOption(command.argument("[workflows...]", names)))
    .option("--update", "keep what the cases came to, for later runs to be compared with")
    .option("--no-paths", "try the authored cases alone")
    .addHelpText("after", NOTES)
    .action(async (wanted: readonly string[], options: Options) => {
      const workspace = await workspaceOf(options, io);
      const capabilities = openCapabilities(workspace.capabilities);
      const compilation = await compileWorkspace(workspace, capabilities, io);
      if (!compilation.ok) {
        tellFaults(compilation, options, io);
        done(EXIT.doesNotCompile);
        return;
      }
      const tested = tryAll(compilation, { wanted, workspace, capabilities, options });
      io.out(options.json === true ? document(tested) : testsText(tested, io.paint));
      done(tested.ok ? EXIT.done : EXIT.doesNotCompile);
    });
}

function compileWorkspace(
  { protocol }: Workspace,
  capabilities: Capabilities,
  io: Io,
): Promise<Compilation> {
  return compile({
    workspace: protocolFilesIn(join(protocol, "domains"), "protocol/domains"),
    program: protocolFilesIn(join(io.programFolder, "protocol", "domains"), "<pgs>"),
    capabilities,
  });
}

function tellFaults({ diagnostics, texts }: Compilation, { json }: Options, io: Io): void {
  if (json === true) {
    io.out(`${JSON.stringify({ ok: false, diagnostics: diagnostics.map(diagnosticJson) })}\n`);
    return;
  }
  io.err(formatText(diagnostics, { texts, paint: io.paintErr }));
  io.out(`${io.paint.red("does not compile")}: nothing was tried\n`);
}

interface Trying {
  readonly wanted: readonly string[];
  readonly workspace: Workspace;
  readonly capabilities: Capabilities;
  readonly options: Options;
}

function tryAll(compilation: Compilation, trying: Trying): Tested {
  const { snapshot, tests } = compilation;
  const { options, workspace, capabilities } = trying;
  const graphs = chosen(compilation, trying);
  const cases: TestedCase[] = [];
  const goldens: Golden[] = [];
  const workflows: Tested["workflows"][number][] = [];
  for (const graph of graphs) {
    const { workflow } = graph;
    const tryOut = trialsOf(graph, capabilities);
    for (const test of tests.filter((one) => one.workflow === workflow)) {
      const verdicts = test.cases.map(({ text }) => tryCase(graph, tryOut, text));
      cases.push(...verdicts.map((verdict, at) => placed(test, verdict, at)));
      const update = options.update === true;
      goldens.push(compareGolden(test, verdicts, { protocol: workspace.protocol, update }));
    }
    if (options.paths !== false) workflows.push({ workflow, ...explore(graph, tryOut) });
  }
  const isWrong =
    cases.some(({ problems }) => problems.length > 0) ||
    goldens.some(({ state }) => state === "differs");
  return { ok: !isWrong, snapshot: snapshot?.id ?? "", cases, goldens, workflows };
}

function placed(test: AuthoredTest, verdict: CaseVerdict, at: number): TestedCase {
  const { file = test.file, line = 0 } = test.cases[at]?.span ?? {};
  return { ...verdict, test: test.test, workflow: test.workflow, file, line };
}

/** The graphs that are meant: those named, or all that the workspace itself declares. */
function chosen({ snapshot }: Compilation, { wanted }: Trying): readonly Graph[] {
  const names = snapshot?.manifest.workflows.map(({ workflow }) => workflow) ?? [];
  const meant =
    wanted.length === 0
      ? names.filter((name) => !name.startsWith("platform::"))
      : wanted.map((one) => named(one, names));
  return meant.map((name) => JSON.parse(snapshot?.files.get(graphFileOf(name)) ?? "null") as Graph);
}

function named(wanted: string, names: readonly FullName[]): FullName {
  const meant = names.filter((name) => name === wanted || name.endsWith(`::${wanted}`));
  const [name] = meant;
  if (name !== undefined && meant.length === 1) return name;
  const message =
    meant.length > 1
      ? `${meant.length} workflows are called \`${wanted}\``
      : `the protocol has no workflow \`${wanted}\``;
  const hint = didYouMean(wanted, names) ?? "Name it in full: `domain::WF_NAME_V0`.";
  throw new Refusal("usage", "workflow/unknown", message, { hint });
}

function document({ workflows, ...tested }: Tested): string {
  const shown = workflows.map(({ drivenPaths: _, ...coverage }) => coverage);
  return `${JSON.stringify({ ...tested, workflows: shown })}\n`;
}
