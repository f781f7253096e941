/**
 * `pgs policy test`: the workspace's tables of decisions, held against its policies. It compiles and
 * writes nothing; a case that is decided otherwise than expected fails the command.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { openCapabilities } from "../../capabilities/registry.ts";
import {
  type Compilation,
  compile,
  diagnosticJson,
  type ExpectedDecision,
  formatText,
  protocolFilesIn,
} from "../../compiler/index.ts";
import {
  INTENTS_FILE,
  POLICIES_FILE,
  type SealedGovernance,
} from "../../protocol/language/governance.ts";
import type { Decision } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  decideCase,
  governorOf,
  openSnapshot,
  resolveSnapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type Workspace, workspaceOf, workspaceOption } from "../options.ts";
import { columns, count } from "../print.ts";
import { defineImpact } from "./policy-impact.ts";

interface Options {
  readonly workspace: string;
  readonly snapshot?: string;
  readonly json?: boolean;
}

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  defineImpact(command, io, done);
  const test = command.command("test").description("hold the tables of decisions against policies");
  jsonOption(workspaceOption(test))
    .option("--snapshot <id|dir>", "ask the policies of this snapshot (default: the workspace's)")
    .action(async (options: Options) => {
      const workspace = await workspaceOf(options, io);
      const compilation = await compileWorkspace(workspace, io);
      if (!compilation.ok) {
        tellFaults(compilation, options, io);
        done(EXIT.doesNotCompile);
        return;
      }
      const { snapshot, governance } = policiesOf(compilation, workspace);
      const governor = governorOf(governance);
      const cases: Tried[] = [];
      for (const expected of compilation.expected) {
        cases.push({ expected, decided: await decideCase(governor, expected.case) });
      }
      io.out(options.json === true ? document(snapshot, cases) : text(snapshot, cases, io));
      done(cases.some(differs) ? EXIT.doesNotCompile : EXIT.done);
    });
}

function compileWorkspace({ protocol, capabilities }: Workspace, io: Io): Promise<Compilation> {
  return compile({
    workspace: protocolFilesIn(join(protocol, "domains"), "protocol/domains"),
    program: protocolFilesIn(join(io.programFolder, "protocol", "domains"), "<pgs>"),
    capabilities: openCapabilities(capabilities),
  });
}

function tellFaults({ diagnostics, texts }: Compilation, { json }: Options, io: Io): void {
  if (json === true) {
    io.out(`${JSON.stringify({ ok: false, diagnostics: diagnostics.map(diagnosticJson) })}\n`);
    return;
  }
  io.err(formatText(diagnostics, { texts, paint: io.paintErr }));
  io.out(`${io.paint.red("does not compile")}: no case was tried\n`);
}

/** Those that compiling gives now, to the byte as they would be sealed; or those of a snapshot. */
function policiesOf(
  { snapshot: compiled, expected }: Compilation,
  { snapshot: wanted, snapshots }: Workspace,
): { readonly snapshot: string; readonly governance: SealedGovernance } {
  if (expected.length === 0) {
    throw new Refusal("usage", "policy/no-cases", "the protocol has no table of decisions", {
      hint: "Write a document of the kind `decisions` beside the policies.",
    });
  }
  if (wanted !== undefined) {
    const { files } = SYSTEM_PORTS;
    const opened = openSnapshot(files, resolveSnapshot(files, snapshots, wanted));
    const governance = opened.governance();
    if (governance !== undefined) return { snapshot: opened.id, governance };
    throw new Refusal("usage", "policy/no-policies", `the snapshot ${opened.id} has no policies`);
  }
  const sealed = (file: string) => JSON.parse(compiled?.files.get(file) ?? "null");
  const governance = { intents: sealed(INTENTS_FILE), policies: sealed(POLICIES_FILE) };
  return { snapshot: compiled?.id ?? "", governance };
}

interface Tried {
  readonly expected: ExpectedDecision;
  readonly decided: Decision;
}

function differs({ expected, decided }: Tried): boolean {
  return expected.expect !== decided.decision;
}

function document(snapshot: string, cases: readonly Tried[]): string {
  const rows = cases.map((tried) => {
    const { table, case: asked, expect, span } = tried.expected;
    const { file, line } = span;
    return { table, file, line, ...asked, expect, ok: !differs(tried), ...tried.decided };
  });
  return `${JSON.stringify({ ok: !cases.some(differs), snapshot, cases: rows })}\n`;
}

function text(snapshot: string, cases: readonly Tried[], io: Io): string {
  const head = ["", "case", "principal", "tenant", "intent", "expected", "decided", "because"];
  const rows = cases.map((tried) => {
    const { case: asked, expect, span } = tried.expected;
    return [
      differs(tried) ? "DIFFERS" : "ok",
      `${span.file}:${span.line}`,
      asked.principal.name,
      asked.tenant,
      asked.intent,
      expect,
      tried.decided.decision,
      because(tried.decided),
    ];
  });
  const wrong = cases.filter(differs).length;
  const verdict =
    wrong === 0
      ? `${io.paint.green("as expected")}: ${count(cases.length, "case")}`
      : `${io.paint.red("not as expected")}: ${wrong} of ${count(cases.length, "case")}`;
  return `${columns([head, ...rows], io.paint)}${verdict} (snapshot ${snapshot})\n`;
}

function because({ unmet, rulings }: Decision): string {
  if (unmet !== null) return unmet;
  return rulings
    .map(({ role, decision, determining, errors = [] }) => {
      if (errors.length > 0) return `${role} could not decide: ${errors.join("; ")}`;
      if (determining.length > 0) return `${role}: ${determining.join(", ")}`;
      return decision === "deny" ? `${role} permits nothing of it` : role;
    })
    .filter((_, at, all) => rulings.at(-1)?.decision === "allow" || at === all.length - 1)
    .join("; ");
}
