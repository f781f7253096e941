/**
 * `pgs flow`: where what stands at a place can end up in a workflow of the sealed snapshot, and what
 * happens only depending on it. It reads the sealed graph, and nothing else.
 */
import type { Command } from "commander";
import { placeNamed, type ToldFlow, tellFlows } from "../../compiler/index.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type WorkspaceOptions, workspaceOf, workspaceOption } from "../options.ts";
import { columns, safe } from "../print.ts";
import { graphNamed, snapshotIn } from "../sealed-workflow.ts";

const NOTES = `
Without a path, every labelled place of what comes in is followed: of the payload, of signals, and of what
stores and calls to the outside give back. With one (\`$.payload.person.email\`, \`$.nodes.ask.payload\`),
that place, whether it is labelled or not.

"made of": it was copied or computed from it. "depends": it happens only on some of the ways between
which a decision on it chose (or a transform or a call that was given it), until these ways come together
again; whoever sees that it happened learns something of it. "declassified": a transform whose contract
says so takes it in, and what it gives counts as free of the label.

Of the engine's own outcomes those count that answer what was given: a VIOLATION where a value may not
fit or be missing, whatever a call to the outside ends with, and all that the author routes. A defect
(FAULT of a transform or a store), a value that no record can hold, and a cancel are not taken to depend
on values. What undoes, and its end, tell of what was done. In traces and in the ledger
labelled values are sealed; which way was taken is written there for everybody who may read it.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const path = "a place: $.payload.person.email (default: all labelled ones)";
  jsonOption(
    workspaceOption(
      command.argument("<workflow>", "its name: domain::WF_NAME_V0").argument("[path]", path),
    ),
  )
    .option("--snapshot <id|dir>", "the snapshot to use (default: the workspace's current one)")
    .addHelpText("after", NOTES)
    .action(async (workflow: string, place: string | undefined, options: WorkspaceOptions) => {
      const snapshot = snapshotIn(await workspaceOf(options, io));
      const graph = graphNamed(snapshot, workflow);
      const flows = place === undefined ? tellFlows(graph) : ofPlace(graph, place);
      const document = { workflow: graph.workflow, snapshot: snapshot.id, flows };
      io.out(options.json === true ? `${JSON.stringify(document)}\n` : text(document, io));
      done(EXIT.done);
    });
}

function ofPlace(graph: Graph, place: string): readonly ToldFlow[] {
  const source = placeNamed(graph, place);
  if (source !== undefined) {
    return tellFlows(graph, [source]).slice(-1);
  }
  throw new Refusal("usage", "flow/no-place", `\`${place}\` is no place of ${graph.workflow}`, {
    hint: "Write a path such as `$.payload.person.email` or `$.nodes.ask.payload`: names, `[0]` and `[*]`.",
  });
}

interface Shown {
  readonly workflow: string;
  readonly flows: readonly ToldFlow[];
}

function text({ workflow, flows }: Shown, io: Io): string {
  if (flows.length === 0) return `${workflow}: nothing that comes in is labelled\n`;
  return flows.map((flow) => flowText(flow, io)).join("\n");
}

function flowText({ source, labels, ends, decides, declassified }: ToldFlow, io: Io): string {
  const head = `${io.paint.bold(safe(source))}${labels.length === 0 ? "" : ` (${labels.join(", ")})`}\n`;
  const rows = [
    ...decides.map((node) => ["decided on at", node, ""]),
    ...ends.map(({ kind, to, node, explicit, implicit }) => [
      [...(explicit ? ["made of"] : []), ...(implicit ? ["depends"] : [])].join(", "),
      node,
      `${kind} ${to}`,
    ]),
    ...declassified.map(({ node, by }) => ["declassified", node, by]),
  ];
  if (rows.length === 0) return `${head}  goes nowhere\n`;
  return `${head}${columns([["", "node", "to"], ...rows], io.paint)}`;
}
