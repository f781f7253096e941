/**
 * `pgs genesis`: brings a process to life phase by phase and says what each gate found; then lets go
 * of everything. The exit code names the gate at which the cause was found.
 */
import type { Command } from "commander";
import { PHASES, type Phase, phaseNamed } from "../../protocol/language/gates.ts";
import { type PhaseReport, rise, type Start, SUBSYSTEMS } from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import { type GenesisOptions, startOf } from "../genesis/start.ts";
import { endText, phaseText } from "../genesis/text.ts";
import type { Io } from "../io.ts";
import { badArgument, jsonOption, runtimeOptions, waitOption } from "../options.ts";

interface Options extends GenesisOptions {
  readonly until?: Phase;
  readonly json?: boolean;
}

const NOTES = `
Every start goes through these gates: Φ1 physical viability, Φ2 kernel, Φ3 operational reality,
Φ4 activation, Φ5 coherence. Work passes them on its way and stops at the first that does not hold;
this command looks at more in each, and always goes through the last one whole: it writes, reads
back and compares on the data root's own ledger and state, in a tenant of its own (_genesis).
From Φ3 on it opens the data root as work does: what a former stop left open is brought to its end.

Exit codes: 0 reached; 2 wrong use; 11 to 15 (10 + the number of its gate) where what stopped the
start was found.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(waitOption(runtimeOptions(command)))
    .option("--until <phase>", "the last phase to enter: Φ1 to Φ5, or 1 to 5", phaseOption, "Φ5")
    .option(
      "--allow-changed-capabilities",
      "for authors: let code pass that differs from the sealed",
    )
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      done(await genesis(options, io));
    });
}

function phaseOption(text: string): Phase {
  const phase = phaseNamed(text);
  if (phase === undefined) throw badArgument(`expected Φ1 to Φ5, or 1 to 5, found \`${text}\``);
  return phase;
}

async function genesis({ until = "Φ5", ...options }: Options, io: Io): Promise<number> {
  const json = options.json === true;
  const phases: PhaseReport[] = [];
  const start = await startOf(options, io, phases);
  const elapsedMs = () => performance.now();
  try {
    for await (const report of rise({ subsystems: SUBSYSTEMS, world: start, until, elapsedMs })) {
      phases.push(report);
      if (!json) io.out(`${phaseText(report, io.paint)}`);
    }
  } finally {
    await letGo(start);
  }
  const failed = phases.find(({ ok }) => !ok)?.phase;
  const reached = failed === undefined ? until : (PHASES[PHASES.indexOf(failed) - 1] ?? "Φ0");
  io.out(json ? `${JSON.stringify({ reached, phases })}\n` : endText(reached, until, io.paint));
  if (failed === undefined) return EXIT.done;
  const stopped = phases.find(({ checks }) => checks.some(({ ok, looked }) => !ok && looked));
  return EXIT_OF_PHASE + PHASES.indexOf(stopped?.phase ?? failed);
}

/** The phase behind the gate is added to it. */
const EXIT_OF_PHASE = 10;

async function letGo({ alive: { runtime } }: Start): Promise<void> {
  await runtime?.close();
}
