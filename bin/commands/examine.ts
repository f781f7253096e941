/** `pgs examine`: checks one trace and says what happened, who allowed it, and why it ended so. */
import type { Command } from "commander";
import { examinationText, examine, readyGovernors, recordsIn } from "../../runtime/index.ts";
import { ledgerAtHand, snapshotAtHand, type TraceReading, traceIn, traceOf } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  workspaceOf,
} from "../options.ts";

type Examination = ReturnType<typeof examine>;

const NOTES = `
A trace is an execution; or what was refused, a session, the end of one, a start (\`boot-<n>\`), or a
torn tail that was cut: these have no files, and are named by their ids. By its id, a trace of one's
own tenant is found: the operator's, or that of the session in PGS_SESSION. A file that is named by
its path is examined whosever it is, but for who comes with a session.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command.argument("<trace>", "a trace's .jsonl file, or its id")))
    .addHelpText("after", NOTES)
    .action(async (given: string, options: WorkspaceOptions) => {
      const workspace = await workspaceOf(options, io);
      const reading = traceOf(given, workspace, io);
      const examined = await examineBeside(reading, workspace, io);
      const gates = await gatesOf(examined, workspace, io);
      const all = gates === undefined ? [examined] : [examined, gates];
      if (options.json === true) {
        io.out(`${JSON.stringify(gates === undefined ? examined : { ...examined, gates })}\n`);
      } else io.out(all.map((one) => textOf(one, io)).join("\n"));
      done(all.every(({ integrity }) => integrity.ok) ? EXIT.done : EXIT.evidence);
    });
}

async function examineBeside(
  reading: TraceReading,
  workspace: Workspace,
  io: Io,
): Promise<Examination> {
  const ledger = ledgerAtHand(workspace);
  const snapshot = snapshotAtHand(workspace);
  const beside = {
    snapshot,
    governor: await readyGovernors(reading.records, snapshot),
    ledger: ledger === undefined ? undefined : () => recordsIn(ledger),
  };
  const examined = examine(reading, { ...beside, locate: () => undefined });
  if (examined.findings.every(({ artifact }) => artifact === null)) return examined;
  const { locatorOf } = await import("../locate.ts");
  return examine(reading, { ...beside, locate: locatorOf(workspace, io) });
}

/** Of a start, the execution that went through the gates. */
async function gatesOf(
  { lone }: Examination,
  workspace: Workspace,
  io: Io,
): Promise<Examination | undefined> {
  const reading = lone?.type === "boot" ? traceIn(workspace, lone.like) : undefined;
  return reading && examineBeside(reading, workspace, io);
}

function textOf(examined: Examination, { paint }: Io): string {
  const { bold: title, green: good, red: bad, dim: faint } = paint;
  return examinationText(examined, { title, good, bad, faint });
}
