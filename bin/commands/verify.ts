/** `pgs verify`: checks ledger, snapshots, trace files and state against each other. Writes nothing. */
import type { Command } from "commander";
import type { Digest } from "../../protocol/language/digest.ts";
import {
  type Conforming,
  problemLine,
  renderPng,
  type Snapshot,
  SYSTEM_PORTS,
  standingLine,
  type Verification,
  verify,
  verifySnapshot,
} from "../../runtime/index.ts";
import { byId } from "../by-id.ts";
import { snapshotSource, withScratch } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, runtimeOptions, type WorkspaceOptions, workspaceOf } from "../options.ts";
import { requireNoSession } from "../own-tenant.ts";
import { count } from "../print.ts";
import { ledgerProgress } from "../progress.ts";

interface Options extends WorkspaceOptions {
  readonly state?: boolean;
  readonly pictures?: boolean;
  readonly traces: boolean;
  readonly conformance?: boolean;
}

const NOTES = `
A trace that the ledger does not know is a problem: it was cut from the ledger. With a --data-root
beside the workspace's own and no --traces-dir, it is only counted: other data roots of the
workspace may have written it. Give each data root a --traces-dir of its own to have it judged.

Every trace that has ended is held against the sealed graph that it went under: by its file, or by the
ledger's own lines where it has none. With --no-traces that is left out, and said, unless --conformance
asks for it: it reads every record whole, which takes half as long again.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command))
    .option("--state", "also compare the stored state with the fold of the ledger")
    .option("--pictures", "also paint every picture again and compare it")
    .option("--no-traces", "leave the trace files out")
    .option(
      "--conformance",
      "with --no-traces, also judge by the ledger whether each ended trace is a possible run",
    )
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      const workspace = await workspaceOf(options, io);
      requireNoSession(workspace, "verify");
      const progress = ledgerProgress(io, "checked");
      const opened = new Map<Digest, Snapshot>();
      const recorded = await withScratch(io, (scratch) =>
        verify({
          files: SYSTEM_PORTS.files,
          dataRoot: workspace.dataRoot,
          tracesFolder: options.traces ? workspace.traces : undefined,
          isTracesFolderShared: workspace.isTracesShared,
          snapshot: remembering(opened, snapshotSource(workspace, verifySnapshot)),
          paint: options.pictures === true ? (svg) => renderPng(svg, workspace.font) : undefined,
          state: options.state === true,
          conformance: options.conformance === true,
          progress: progress.tell,
          scratch,
        }),
      );
      progress.end();
      const { withPolicyTexts } = await import("../policy-texts.ts");
      const found = await withPolicyTexts(recorded, opened.values());
      const json = () => `${JSON.stringify({ ...found, waiting: found.waiting.map(byId) })}\n`;
      io.out(options.json === true ? json() : text(found, options, io));
      done(found.ok ? EXIT.done : EXIT.evidence);
    });
}

function remembering(
  opened: Map<Digest, Snapshot>,
  open: (id: Digest) => Snapshot,
): (id: Digest) => Snapshot {
  return (id) => {
    const snapshot = open(id);
    opened.set(id, snapshot);
    return snapshot;
  };
}

function text(
  { ok, checked, problems, open, waiting, torn, unprojected, others, conformance }: Verification,
  options: Options,
  { paint }: Io,
): string {
  const looked = [
    count(checked.records, "record"),
    count(checked.traces, "trace"),
    count(checked.snapshots, "snapshot"),
    ...(options.state === true ? [count(checked.state_keys, "state key")] : []),
  ].join(", ");
  const lines = [
    ...problems.map(problemLine),
    ...openLines({ open, waiting }),
    ...(torn === 0
      ? []
      : [
          `torn: ${count(torn, "byte")} of a write that nobody was told of; the next start cuts them`,
        ]),
    ...(unprojected === 0
      ? []
      : [`${count(unprojected, "trace")} without files, held against the ledger's own lines`]),
    ...(others === 0
      ? []
      : [`${count(others, "trace")} that this ledger does not know, left to other data roots`]),
    ...conformanceLines(conformance),
    `${ok ? paint.green("holds") : paint.red("does not hold")}: ${looked}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** What was not held against a sealed graph, of what has ended. */
function conformanceLines({ without_graph, not_judged }: Conforming): readonly string[] {
  const course = `${count(without_graph, "ended trace")} whose graph is not at hand, judged by the course alone`;
  const left = `${count(not_judged, "ended trace")} not judged to be possible runs: --conformance does that`;
  return [...(without_graph === 0 ? [] : [course]), ...(not_judged === 0 ? [] : [left])];
}

/** More lines than a person reads at once: `--json` has all of them. */
const WAITS_MAX = 200;

/** What goes on by itself when the data root is opened next, and what does not: it waits. */
function openLines({ open, waiting }: Pick<Verification, "open" | "waiting">): readonly string[] {
  const waits = waiting.filter(({ kind }) => kind !== "calling");
  const asleep = new Set(waits.map(({ trace }) => trace));
  for (const { trace, kind } of waiting) if (kind === "calling") asleep.delete(trace);
  const going = open.filter((trace) => !asleep.has(trace));
  const more = waits.length - WAITS_MAX;
  return [
    ...going.map((trace) => `open: ${trace} has not ended; the next \`pgs run\` goes on with it`),
    ...waits.slice(0, WAITS_MAX).map((wait) => `${wait.trace} ${standingLine(wait)}`),
    ...(more > 0 ? [`… and ${count(more, "more wait")}`] : []),
  ];
}
