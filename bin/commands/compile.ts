/** `pgs compile`: checks the protocols of a workspace and seals them into a snapshot. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import {
  type Compilation,
  compile,
  diagnosticJson,
  exactJson,
  formatSarif,
  formatText,
  protocolFilesIn,
  type Written,
  writeSnapshot,
} from "../../compiler/index.ts";
import { VERSION } from "../../protocol/language/version.ts";
import { EXIT } from "../exit-codes.ts";
import { readExplanations } from "../explanations.ts";
import type { Io } from "../io.ts";
import { jsonOption, type Workspace, workspaceOf, workspaceOption } from "../options.ts";
import { count, safe } from "../print.ts";

interface Options {
  readonly workspace?: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly format: "text" | "json" | "sarif";
}

const NOTES = `
The document of \`--json\`: \`ok\`, \`snapshot\` (the id, or null), \`diagnostics\`, \`counts\` (\`artifacts\`,
\`workflows\`, \`nodes\`, \`edges\`, \`paths\`). Paths are counted exactly: a number up to
9007199254740991, and above it the same digits as text.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const formats = command
    .createOption("--format <form>", "how diagnostics are written")
    .choices(["text", "json", "sarif"]);
  jsonOption(workspaceOption(command.argument("[dir]", "the workspace (as --workspace)")))
    .option("--out <dir>", "where snapshots are written (default: <workspace>/snapshots)")
    .option("--check", "write nothing")
    .option("--verbose", "say which checks stay for run time, and why")
    .addOption(formats.default("text"))
    .addHelpText("after", NOTES)
    .action(async (dir: string | undefined, options: Options) => {
      const given = dir === undefined ? options : { ...options, workspace: dir };
      const workspace = await workspaceOf(given, io);
      const result = await compileWorkspace(workspace, io);
      const written = options.check === true ? null : write(result, workspace, options, io);
      report(result, { options, written }, io);
      done(result.ok ? EXIT.done : EXIT.doesNotCompile);
    });
}

/** Compiles what a workspace holds, with the program's own domain `platform`. */
export function compileWorkspace(workspace: Workspace, io: Io): Promise<Compilation> {
  return compile({
    workspace: protocolFilesIn(join(workspace.protocol, "domains"), "protocol/domains"),
    program: protocolFilesIn(join(io.programFolder, "protocol", "domains"), "<pgs>"),
    capabilities: openCapabilities(workspace.capabilities),
  });
}

function write(
  { snapshot }: Compilation,
  workspace: Workspace,
  { out }: Options,
  io: Io,
): Written | null {
  if (snapshot === null) return null;
  return writeSnapshot(
    snapshot,
    out === undefined ? workspace.snapshots : resolve(io.workingFolder, out),
  );
}

interface Outcome {
  readonly options: Options;
  readonly written: Written | null;
}

function report(result: Compilation, { options, written }: Outcome, io: Io): void {
  const { ok, snapshot, diagnostics, counts } = result;
  if (options.json === true || options.format === "json") {
    const id = snapshot?.id ?? null;
    const told = { ...counts, paths: exactJson(counts.paths) };
    const document = {
      ok,
      snapshot: id,
      diagnostics: diagnostics.map(diagnosticJson),
      counts: told,
    };
    io.out(`${JSON.stringify(document)}\n`);
  } else if (options.format === "sarif") {
    const explanations = readExplanations(io);
    const helpOf = (code: string) => explanations.get(code)?.text;
    io.out(`${JSON.stringify(formatSarif(diagnostics, { version: VERSION, helpOf }), null, 2)}\n`);
  } else {
    io.err(formatText(diagnostics, { texts: result.texts, paint: io.paintErr }));
    if (options.verbose === true) io.out(undecidedText(result));
    io.out(summary(result, written, io));
  }
}

function undecidedText({ undecided }: Compilation): string {
  const lines = undecided.map(
    ({ workflow, node, why, span }) =>
      `${safe(span.file)}:${span.line}:${span.column}: ${workflow} \`${node}\` is checked at run time: ${safe(why)}\n`,
  );
  return lines.join("");
}

function summary(
  { ok, snapshot, diagnostics, counts }: Compilation,
  written: Written | null,
  io: Io,
): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (!ok || snapshot === null) {
    const first = diagnostics.find(({ severity }) => severity === "error")?.code ?? "";
    return `${io.paint.red("does not compile")}: ${count(errors, "error")} (\`pgs explain ${first}\` tells more)\n`;
  }
  const { artifacts, workflows, nodes, edges, paths } = counts;
  const what = [
    count(artifacts, "artifact"),
    count(workflows, "workflow"),
    count(nodes, "node"),
    count(edges, "edge"),
    count(paths, "path"),
  ].join(", ");
  const where =
    written === null
      ? "nothing was written"
      : `${written.isNew ? "sealed" : "unchanged"}: ${safe(written.folder)}`;
  return `${io.paint.green("compiles")}: ${what}\n${where}${written === null ? ` (snapshot ${snapshot.id})` : ""}\n`;
}
