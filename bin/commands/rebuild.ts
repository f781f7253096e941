/** `pgs rebuild`: makes the state and the trace files anew, from the ledger or from traces alone. */
import { type Command, Option } from "commander";
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
import { jsonOption, runtimeOptions, type WorkspaceOptions, workspaceOf } from "../options.ts";
import { count, safe } from "../print.ts";

interface Options extends WorkspaceOptions {
  readonly from: "ledger" | "traces";
  readonly traces: boolean;
}

/** How long to wait for another process to let go of the data root. */
const WAIT_MS = 5_000;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const from = new Option("--from <source>", "what to fold").choices(["ledger", "traces"]);
  jsonOption(runtimeOptions(command))
    .addOption(from.default("ledger"))
    .option("--no-traces", "leave the trace files alone")
    .action(async (options: Options) => {
      const workspace = workspaceOf(options, io);
      const rebuilt = await rebuild({
        files: SYSTEM_PORTS.files,
        clock: SYSTEM_PORTS.clock,
        dataRoot: workspace.dataRoot,
        holder: { pid: io.pid, command: io.commandLine },
        waitMs: WAIT_MS,
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
