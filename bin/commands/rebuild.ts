/** `pgs rebuild`: makes the state and the trace files anew, from the ledger or from traces alone. */
import type { Command } from "commander";
import {
  problemLine,
  type Rebuilt,
  rebuild,
  renderPng,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { snapshotSource } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { requireNoSession } from "../own-tenant.ts";
import { count, safe } from "../print.ts";

interface Options extends WorkspaceOptions {
  readonly from: "ledger" | "traces";
  readonly traces: boolean;
  readonly wait?: string;
}

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const from = command
    .createOption("--from <source>", "what to fold")
    .choices(["ledger", "traces"]);
  jsonOption(waitOption(runtimeOptions(command)))
    .addOption(from.default("ledger"))
    .option("--no-traces", "leave the trace files alone")
    .action(async (options: Options) => {
      const workspace = await workspaceOf(options, io);
      requireNoSession(workspace, "rebuild");
      const rebuilt = await rebuild({
        files: SYSTEM_PORTS.files,
        clock: SYSTEM_PORTS.clock,
        dataRoot: workspace.dataRoot,
        holder: { pid: io.pid, command: io.commandLine },
        waitMs: workspace.config.wait_seconds * 1_000,
        from: options.from,
        tracesFolder: workspace.traces,
        snapshot: snapshotSource(workspace),
        paint: options.traces ? (svg) => renderPng(svg, workspace.font) : undefined,
      });
      io.out(options.json === true ? `${JSON.stringify(rebuilt)}\n` : text(rebuilt, io));
      done(rebuilt.ok ? EXIT.done : EXIT.evidence);
    });
}

function text(
  { ok, from, records, state_keys, written, problems }: Rebuilt,
  { paint }: Io,
): string {
  const lines = [
    ...written.map((path) => `written: ${safe(path)}`),
    ...problems.map(problemLine),
    `${ok ? paint.green("rebuilt") : paint.red("rebuilt in part")}: ${count(state_keys, "row")} of state from ${count(records, "record")} (${from}), ${count(written.length, "trace file")} written`,
  ];
  return `${lines.join("\n")}\n`;
}
