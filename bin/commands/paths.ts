/**
 * `pgs paths`: how many paths a workflow of the sealed snapshot has, exactly, by its outcomes; and,
 * when asked, the paths themselves. It reads the sealed graph, and nothing else.
 */
import type { Command } from "commander";
import {
  allParts,
  type Listing,
  listPaths,
  pathsOf,
  type ToldCount,
  type ToldPaths,
  type ToldWorkflow,
  tellPaths,
} from "../../compiler/index.ts";
import { didYouMean } from "../../protocol/language/did-you-mean.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  badArgument,
  jsonOption,
  type WorkspaceOptions,
  workspaceOf,
  workspaceOption,
} from "../options.ts";
import { columns, count, safe } from "../print.ts";
import { graphNamed, snapshotIn } from "../sealed-workflow.ts";

interface Options extends WorkspaceOptions {
  readonly list?: boolean;
  readonly max: number;
  readonly outcome?: string;
  readonly part?: string;
  readonly engine?: boolean;
}

const NOTES = `
A path is the steps from the start to an end, each with its outcome. Declared paths have only outcomes
that the protocol declares; the others have one of the engine's (VIOLATION, FAULT, CANCELLED, and
what a call to the outside ends in that nobody answered). The numbers are exact, however large.

A called workflow is written out, so its paths are the caller's. A map or a parallel is one step with
one outcome: the paths of one item, and of each branch, are counted and listed as parts of their own,
and neither items nor branches are multiplied out.

Feasible are the paths that no two decisions on the same value exclude, and on which what is undone can
end so: not wholly after what stands for good. Only what is proven infeasible is subtracted; where there was too much to decide, it says so. Listed are feasible paths, the shortest
first; --engine lists those by the engine's outcomes, too, and so does an outcome that no other path
comes to.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(workspaceOption(command.argument("<workflow>", "its name: domain::WF_NAME_V0")))
    .option("--snapshot <id|dir>", "the snapshot to use (default: the workspace's current one)")
    .option("--list", "list paths, the shortest first")
    .option("--max <number>", `list so many, at most ${LIMITS.pathsListedMax}`, paths, 20)
    .option("--outcome <outcome>", "list only paths that end so")
    .option("--part <name>", "list paths of one item of a map, or of a branch: `each`, `both/left`")
    .option("--engine", "list paths by outcomes of the engine, too")
    .addHelpText("after", NOTES)
    .action(async (workflow: string, options: Options) => {
      const workspace = await workspaceOf(options, io);
      const snapshot = snapshotIn(workspace);
      const graph = graphNamed(snapshot, workflow);
      const told = tellPaths(pathsOf(graph));
      const listed = wantsList(options) ? listing(graph, told, options) : undefined;
      const document = { workflow: graph.workflow, snapshot: snapshot.id, ...told, listed };
      io.out(options.json === true ? `${JSON.stringify(document)}\n` : text(document, io));
      done(EXIT.done);
    });
}

function paths(text: string): number {
  const number = Number(text);
  if (/^[1-9][0-9]*$/.test(text) && number <= LIMITS.pathsListedMax) return number;
  throw badArgument(`Expected a number from 1 to ${LIMITS.pathsListedMax}.`);
}

/** Who names which paths wants to see them. */
function wantsList({ list, outcome, part, engine }: Options): boolean {
  return list === true || outcome !== undefined || part !== undefined || engine === true;
}

type Listed = Listing & { readonly part: string };

function listing(graph: Graph, told: ToldWorkflow, options: Options): Listed {
  const { part: name = "", outcome, max } = options;
  const parts = allParts(graph);
  const part = parts.find((one) => one.name === name);
  if (part === undefined) throw unknown("part", name, parts.map((one) => one.name).filter(Boolean));
  const { outcomes } = (name === "" ? told : told.parts?.[name]) ?? told;
  const ends = outcome === undefined ? undefined : outcomes[outcome];
  if (outcome !== undefined && ends === undefined) {
    throw unknown("outcome", outcome, Object.keys(outcomes));
  }
  const engine = options.engine === true || ends?.declared === "0";
  const wanted = { max, engine, ...(outcome === undefined ? {} : { outcome }) };
  return { part: name, ...listPaths(graph, part, wanted) };
}

function unknown(what: "part" | "outcome", wanted: string, known: readonly string[]): Refusal {
  const all = known.length === 0 ? "There are none." : `There are ${known.join(", ")}.`;
  const hint = didYouMean(wanted, known) ?? all;
  const message = `the workflow has no ${what} \`${wanted}\``;
  return new Refusal("usage", `paths/unknown-${what}`, message, { hint });
}

type Document = ToldWorkflow & {
  readonly workflow: string;
  readonly listed: Listed | undefined;
};

function text({ workflow, listed, ...told }: Document, io: Io): string {
  const { parts = {}, ...own } = told;
  const tables = [tableOf(workflow, own, io)];
  for (const [name, part] of Object.entries(parts)) {
    tables.push(tableOf(`${name} (by itself)`, part, io));
  }
  return `${tables.join("\n")}${listed === undefined ? "" : `\n${listText(listed, io)}`}`;
}

const HEAD = [
  "outcome",
  "declared",
  "by the engine",
  "feasible",
  "of those by the engine",
] as const;

function tableOf(title: string, { outcomes, undecided, ...all }: ToldPaths, io: Io): string {
  const rows = Object.entries(outcomes).map(([outcome, one]) => [outcome, ...cells(one)]);
  const table = columns([HEAD, ...rows, ["all", ...cells(all)]], io.paint);
  const note =
    undecided === true ? "not all decisions were looked at: fewer may be feasible\n" : "";
  return `${io.paint.bold(safe(title))}\n${table}${note}`;
}

function cells({ declared, engine, feasible = { declared, engine } }: ToldCount): string[] {
  return [declared, engine, feasible.declared, feasible.engine].map(digitsText);
}

/** Up to so many digits are shown; of more, how many there are. */
const DIGITS_MAX = 24;

function digitsText(digits: string): string {
  if (digits.length <= DIGITS_MAX) return BigInt(digits).toLocaleString("en-US");
  return `${digits[0]}.${digits.slice(1, 4)} × 10^${digits.length - 1}`;
}

function listText({ paths: all, complete }: Listed, io: Io): string {
  const lines = all.map(({ steps, end, outcome }, at) => {
    const head = `${at + 1}. ${count(steps.length, "step")} to ${end} (${outcome})`;
    const told = steps.map(({ node, outcome: taken }) => `   ${safe(`${node} ${taken}`)}\n`);
    return `${io.paint.bold(safe(head))}\n${told.join("")}`;
  });
  if (complete) return `${lines.join("")}these are all\n`;
  return `${lines.join("")}there may be more: \`--max\` shows up to ${LIMITS.pathsListedMax}\n`;
}
