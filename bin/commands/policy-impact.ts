/**
 * `pgs policy impact`: everything that was ever asked on a data root, decided again by the policies of
 * two snapshots, and what would change from the one to the other. It reads, and writes nothing.
 */
import type { Command } from "commander";
import { type Impact, impact, SYSTEM_PORTS } from "../../runtime/index.ts";
import { snapshotAtHand } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type WorkspaceOptions, workspaceOf } from "../options.ts";
import { requireNoSession } from "../own-tenant.ts";
import { columns, count } from "../print.ts";
import { ledgerProgress } from "../progress.ts";
import { namedSnapshot } from "../snapshots.ts";

const NOTES = `
Every recorded decision is made again from its record: of executions, refusals, sessions and cancels,
of all tenants. Labelled values stay sealed, and no policy sees them. What nobody can say is listed
as undecidable: the intent or the workflow is gone, the payload no longer fits, or the policies may
see more than the record of a refusal holds.

Exit codes: 0 nothing would change; 2 wrong use; 3 something would change, or cannot be said, as
\`pgs policy test\` has it for a case; 6 the ledger does not hold.
`;

export function defineImpact(command: Command, io: Io, done: (exitCode: number) => void): void {
  const summary = "tell which recorded decisions would change under another snapshot";
  const one = command.command("impact").description(summary);
  jsonOption(one)
    .argument(
      "<old>",
      "what is decided now: a snapshot's id, its first 8 digits or more, `current`, or a folder",
    )
    .argument("<new>", "what would be decided: a snapshot, named in the same way")
    .option("--workspace <dir>", "the folder that holds snapshots/ and data/ (default: .)")
    .option("--data-root <dir>", "the folder of the ledger (default: <workspace>/data)")
    .addHelpText("after", NOTES)
    .action(async (old: string, other: string, options: WorkspaceOptions) => {
      const workspace = await workspaceOf(options, io);
      requireNoSession(workspace, "policy impact");
      const progress = ledgerProgress(io, "decided again");
      const found = await impact({
        files: SYSTEM_PORTS.files,
        dataRoot: workspace.dataRoot,
        before: namedSnapshot(old, workspace),
        after: namedSnapshot(other, workspace),
        snapshot: snapshotAtHand(workspace),
        progress: progress.tell,
      });
      progress.end();
      io.out(options.json === true ? `${JSON.stringify(found)}\n` : text(found, io));
      done(found.ok ? EXIT.done : EXIT.doesNotCompile);
    });
}

function text({ ok, counts, groups, before, after }: Impact, io: Io): string {
  const head = ["intent", "count", "would be", "because", "before", "for example"];
  const rows = groups.map((group) => [
    group.intent,
    String(group.count),
    group.change,
    group.because,
    group.before,
    group.traces[0] ?? "",
  ]);
  const table = rows.length === 0 ? "" : columns([head, ...rows], io.paint);
  const changed = [
    `${counts.denied} denied`,
    `${counts.allowed} allowed`,
    `${counts.undecidable} undecidable`,
  ].join(", ");
  const of = `${count(counts.decisions, "decision")} from ${before} to ${after}`;
  const verdict = ok
    ? `${io.paint.green("nothing changes")}: ${of}`
    : `${io.paint.red("changes")}: ${changed}, of ${of}`;
  const undecided =
    counts.undecided === 0
      ? ""
      : `${count(counts.undecided, "refusal")} before any policy was asked, which none changes\n`;
  return `${table}${verdict}\n${undecided}`;
}
