/**
 * `pgs bounds`: what a workflow of the sealed snapshot may cost by each of its outcomes. It reads the
 * sealed graph, and nothing else.
 */
import type { Command } from "commander";
import {
  type Bounds,
  boundsOf,
  pathsOf,
  type Range,
  timeText,
  type WorkflowBounds,
} from "../../compiler/index.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type WorkspaceOptions, workspaceOf, workspaceOption } from "../options.ts";
import { columns } from "../print.ts";
import { graphNamed, snapshotIn } from "../sealed-workflow.ts";

const NOTES = `
Least and most, over every path that ends in the outcome, calls written out, those by outcomes of the
engine (VIOLATION, FAULT, CANCELLED, ...) counted too, whether or not decisions allow them:

  writes    operations of stores that say SUCCESS
  calls     nodes that call the outside; attempts: with every time that a call is made again
  waits     nodes that wait for a signal or a time
  longest   by timeouts of calls with all their attempts and the pauses between, and by deadlines;
            unbounded where a deadline comes from the data

A map counts as often as it may have items, its time by how many run at a time; of a parallel every
branch counts, its time by the longest. Where an exit undoes, every compensation of what may have been
done on the path counts. What a process that stops makes necessary is not counted, nor what
\`pgs saga retry\` asks for.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(workspaceOption(command.argument("<workflow>", "its name: domain::WF_NAME_V0")))
    .option("--snapshot <id|dir>", "the snapshot to use (default: the workspace's current one)")
    .addHelpText("after", NOTES)
    .action(async (workflow: string, options: WorkspaceOptions) => {
      const workspace = await workspaceOf(options, io);
      const snapshot = snapshotIn(workspace);
      const graph = graphNamed(snapshot, workflow);
      const { bounds } = boundsOf(graph);
      const excluded = excludedIn(graph);
      const named = { workflow: graph.workflow, snapshot: snapshot.id };
      io.out(
        options.json === true
          ? `${JSON.stringify({ ...named, ...bounds, infeasible_paths: String(excluded) })}\n`
          : text(graph.workflow, { bounds, excluded }, io),
      );
      done(EXIT.done);
    });
}

/** Paths that are counted in the bounds, though what was decided or done before excludes them. */
function excludedIn(graph: Graph): bigint {
  return pathsOf(graph).reduce(
    (sum, { declared, engine, feasible }) =>
      sum + declared + engine - feasible.declared - feasible.engine,
    0n,
  );
}

interface Shown {
  readonly bounds: WorkflowBounds;
  readonly excluded: bigint;
}

const HEAD = ["outcome", "writes", "calls", "attempts", "waits", "longest"] as const;

function text(
  workflow: string,
  { bounds: { any, outcomes, deadlines_in_data }, excluded }: Shown,
  io: Io,
): string {
  const rows = outcomes.map(({ outcome, ...bounds }) => [outcome, ...cells(bounds)]);
  const table = columns([HEAD, ...rows, ["any", ...cells(any)]], io.paint);
  const nodes = deadlines_in_data.map((node) => `\`${node}\``).join(", ");
  const why = nodes === "" ? "" : `unbounded: the deadline of ${nodes} comes from the data\n`;
  const paths = excluded === 1n ? "1 path" : `${excluded.toLocaleString("en-US")} paths`;
  const more =
    excluded === 0n
      ? ""
      : `counted in: ${paths} that no run takes (\`pgs paths\` tells them apart)\n`;
  return `${io.paint.bold(workflow)}\n${table}${why}${more}`;
}

function cells({ writes, external_calls, attempts, waits, time_ms }: Bounds): readonly string[] {
  return [
    ...[writes, external_calls, attempts, waits].map(rangeText),
    timeText(time_ms ?? Number.POSITIVE_INFINITY),
  ];
}

function rangeText({ least, most }: Range): string {
  const [from, to] = [least, most].map((one) => one.toLocaleString("en-US"));
  return least === most ? `${to}` : `${from} to ${to}`;
}
