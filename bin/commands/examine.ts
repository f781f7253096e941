/** `pgs examine`: checks one trace and says what happened, who allowed it, and why it ended so. */
import type { Command } from "commander";
import { examinationText, examine, recordsIn } from "../../runtime/index.ts";
import { ledgerAtHand, snapshotAtHand, traceOf } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, runtimeOptions, type WorkspaceOptions, workspaceOf } from "../options.ts";

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(
    runtimeOptions(command.argument("<trace>", "a trace's .jsonl file, or its id")),
  ).action(async (given: string, options: WorkspaceOptions) => {
    const workspace = await workspaceOf(options, io);
    const reading = traceOf(given, workspace, io);
    const ledger = ledgerAtHand(workspace);
    const beside = {
      snapshot: snapshotAtHand(workspace),
      ledger: ledger === undefined ? undefined : () => recordsIn(ledger),
    };
    let examined = examine(reading, { ...beside, locate: () => undefined });
    if (examined.findings.some(({ artifact }) => artifact !== null)) {
      const { locatorOf } = await import("../locate.ts");
      examined = examine(reading, { ...beside, locate: locatorOf(workspace, io) });
    }
    io.out(
      options.json === true
        ? `${JSON.stringify(examined)}\n`
        : examinationText(examined, {
            title: io.paint.bold,
            good: io.paint.green,
            bad: io.paint.red,
            faint: io.paint.dim,
          }),
    );
    done(examined.integrity.ok ? EXIT.done : EXIT.evidence);
  });
}
