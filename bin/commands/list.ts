/**
 * `pgs list`: the executions of a data root, what was refused there and its starts, or what a snapshot
 * holds. Reads without a lock, and shows no other tenant's rows.
 */
import type { Command } from "commander";
import { ACTS } from "../../protocol/language/acts.ts";
import { didYouMean } from "../../protocol/language/did-you-mean.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { Json } from "../../protocol/language/json.ts";
import { snapshotOf as snapshotOfRecords } from "../../protocol/language/records.ts";
import {
  type ExecutionRow,
  list,
  listBoots,
  listRefusals,
  listWaiting,
  openSnapshot,
  requireKnown,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
  standingOf,
  subscribersIn,
} from "../../runtime/index.ts";
import { byId } from "../by-id.ts";
import { rowOf } from "../deliveries.ts";
import { snapshotAtHand, traceIn } from "../evidence.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  workspaceOf,
} from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { columns } from "../print.ts";
import { currentIn, standingIn } from "../snapshots.ts";

interface Options extends WorkspaceOptions {
  readonly wf?: string;
  readonly intent?: string;
  readonly outcome?: string;
  readonly open?: boolean;
  readonly waiting?: boolean;
  readonly session?: string;
}

const WHAT = [
  "executions",
  "refusals",
  "boots",
  "workflows",
  "intents",
  "subscriptions",
  "capabilities",
  "snapshots",
] as const;

type What = (typeof WHAT)[number];

/** What a start is called elsewhere. */
const SAME_AS: ReadonlyMap<string, What> = new Map([["starts", "boots"]]);

const NOTES = `
Executions and refusals are those of one's own tenant: the operator's, or that of the session in
PGS_SESSION. Starts are called \`boots\`. Subscriptions show how far that tenant's events came.
Sessions are shown by \`pgs session list\`.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command.argument("[what]", WHAT.join(", "), "executions")))
    .addHelpText("after", NOTES)
    .option("--wf <name>", "only executions and refusals of this workflow")
    .option("--intent <type>", "only executions and refusals of this intent")
    .option("--outcome <name>", "only executions that ended so")
    .addOption(command.createOption("--open", "only executions that have not ended"))
    .option("--waiting", "only executions that wait, what for, and until when")
    .option("--session <credential>", "whose rows (better: PGS_SESSION)")
    .action(async (given: string, options: Options, self: Command) => {
      const workspace = await workspaceOf(options, io);
      const what = WHAT.find((one) => one === given);
      if (what === undefined) {
        const meant = didYouMean(SAME_AS.get(given) ?? given, WHAT) ?? "";
        self.error(`error: expected one of ${WHAT.join(", ")}, found '${given}'\n${meant}`.trim());
      }
      if (options.waiting === true && what !== "executions") {
        self.error("error: only executions wait: leave `--waiting` out");
      }
      const rows = await rowsOf(what, options, workspace);
      if (rows.length === 0) requireNames(options, workspace);
      const json = () => `${JSON.stringify({ [what]: rows.map(byId) })}\n`;
      const people = () =>
        options.waiting === true ? waitingTable(rows, io) : text(what, rows, io);
      io.out(options.json === true ? json() : people());
      done(EXIT.done);
    });
}

type Row = Readonly<Record<string, Json>>;

type Rows = readonly Row[] | Promise<readonly Row[]>;

function rowsOf(what: What, options: Options, workspace: Workspace): Rows {
  switch (what) {
    case "executions":
      return options.waiting === true
        ? waiting(options, workspace)
        : executions(options, workspace);
    case "refusals":
      return refusals(options, workspace);
    case "boots":
      return boots(workspace);
    case "subscriptions":
      return subscriptions(workspace);
    case "snapshots":
      return standing(workspace);
    default:
      return sealed(what, workspace);
  }
}

/**
 * Where a filter finds nothing, its name may be a typo. What an older snapshot had is found all the
 * same; where nothing was compiled, there is nothing to hold it against.
 */
function requireNames({ wf: workflow, intent }: Options, workspace: Workspace): void {
  if (workflow === undefined && intent === undefined) return;
  if (workspace.snapshot === undefined && currentIn(workspace) === undefined) return;
  const isAct = ACTS.some(({ type }) => type === intent);
  requireKnown(snapshotOf(workspace), {
    ...(workflow === undefined ? {} : { workflow }),
    ...(intent === undefined || isAct ? {} : { intent }),
  });
}

function standing(workspace: Workspace): readonly Row[] {
  const current = currentIn(workspace);
  return standingIn(workspace).map((snapshot) => ({ snapshot, current: snapshot === current }));
}

function snapshotOf({ snapshots, snapshot }: Workspace): Snapshot {
  const { files } = SYSTEM_PORTS;
  return openSnapshot(files, resolveSnapshot(files, snapshots, snapshot));
}

/** Who subscribes to what, and how far one's own tenant's events came on their way there. */
async function subscriptions(workspace: Workspace): Promise<readonly Row[]> {
  const { files } = SYSTEM_PORTS;
  const { dataRoot } = workspace;
  const tenant = ownTenant(workspace);
  return (await subscribersIn(snapshotOf(workspace), { files, dataRoot, tenant })).map(rowOf);
}

/** What a snapshot holds. */
function sealed(
  what: "workflows" | "intents" | "capabilities",
  workspace: Workspace,
): readonly Row[] {
  const { workflows, capabilities, graph, governance } = snapshotOf(workspace);
  if (what === "intents") return intents(governance());
  if (what === "capabilities") return capabilities.map((one) => ({ ...one }));
  return workflows.map((workflow) => ({ workflow, summary: graph(workflow).summary }));
}

/** The starts, by the ids of their traces: they are no tenant's. */
function boots({ dataRoot }: Workspace): readonly Row[] {
  const { files } = SYSTEM_PORTS;
  return listBoots({ files, dataRoot }).map((one) => ({ trace: `boot-${one.epoch}`, ...one }));
}

/** The table from types to workflows, with what each asks for and the policies that are asked. */
function intents(governance: SealedGovernance | undefined): readonly Row[] {
  if (governance === undefined) return [];
  return governance.intents.intents.map((sealed) => {
    const { type, intent, workflow, summary, payload, requires, context, labels } = sealed;
    const stream = sealed.subscribes?.stream ?? null;
    const policies = governance.policies.policies
      .filter((one) => one.intents.includes(type))
      .map(({ policy }) => policy);
    const asked = { type, intent, workflow, summary, ...requires, payload, context, labels };
    return { ...asked, stream, policies };
  });
}

function executions({ wf, intent, outcome, open }: Options, workspace: Workspace): readonly Row[] {
  const { files } = SYSTEM_PORTS;
  const { dataRoot } = workspace;
  const tenant = ownTenant(workspace);
  const rows = list({ files, dataRoot, tenant, workflow: wf, intent, outcome, open });
  return rows.map((row: ExecutionRow) => ({ ...row }));
}

/** Those that wait, each with all that it waits for, by the time that is up first. */
function waiting({ wf, intent }: Options, workspace: Workspace): readonly Row[] {
  const { files } = SYSTEM_PORTS;
  const { dataRoot } = workspace;
  const tenant = ownTenant(workspace);
  const found = listWaiting({ files, dataRoot, tenant, workflow: wf, intent });
  return found.map(({ execution, waits }, at) => {
    const said = at < COUNTED_MAX ? saidTo(execution, workspace) : new Map<string, Said>();
    const waiting = waits.map(({ node, since, until, signals }) => {
      const counted = said.get(node);
      return { node, since, until, signals, ...(counted === undefined ? {} : { said: counted }) };
    });
    return { ...execution, waiting };
  });
}

/** Of so many, the records are read to count who has said what. */
const COUNTED_MAX = 200;

type Said = readonly { readonly signal: string; readonly said: number; readonly people: number }[];

/** By node: how many have said what it takes several for, as the records and the sealed graph tell. */
function saidTo({ trace }: ExecutionRow, workspace: Workspace): ReadonlyMap<string, Said> {
  const found = new Map<string, Said>();
  const records = traceIn(workspace, trace)?.records ?? [];
  const [opened] = records;
  const id = snapshotOfRecords(records);
  if (opened?.type !== "opened" || id === undefined) return found;
  const { workflow } = opened;
  const snapshot = snapshotAtHand(workspace)(id);
  if (snapshot?.workflows.includes(workflow) !== true) return found;
  const { nodes } = snapshot.graph(workflow);
  for (const standing of standingOf(records)) {
    if (standing.kind !== "waiting") continue;
    const { node, said } = standing;
    const sealed = nodes.find(({ name }) => name === node.replace(/\[\d+\]/g, ""));
    if (sealed?.kind !== "await") continue;
    const counted = sealed.signals.map(([signal, { people }]) => {
      const by = said.filter((one) => one.signal === signal).map(({ principal }) => principal);
      return { signal, said: new Set(by).size, people };
    });
    found.set(node, counted);
  }
  return found;
}

/** `APPROVE 1 of 2`; the name alone where one person is enough. */
function awaitedText(wait: Row): string {
  const counted = (wait.said ?? []) as Said;
  const names = (wait.signals as readonly string[]).map((name) => {
    const { said = 0, people = 1 } = counted.find(({ signal }) => signal === name) ?? {};
    return people > 1 ? `${name} ${said} of ${people}` : name;
  });
  return names.length === 0 ? "-" : names.join(", ");
}

const WAITING = ["trace", "until", "node", "signals", "workflow"] as const;

/** A line for each thing that is waited for. */
function waitingTable(rows: readonly Row[], io: Io): string {
  const cells = rows.flatMap((row) =>
    (row.waiting as readonly Row[]).map((wait) =>
      WAITING.map((name) =>
        name === "signals" ? awaitedText(wait) : cellOf(name, { ...row, ...wait }),
      ),
    ),
  );
  return cells.length === 0 ? "none\n" : columns([WAITING, ...cells], io.paint);
}

function refusals({ wf, intent }: Options, workspace: Workspace): readonly Row[] {
  const { files } = SYSTEM_PORTS;
  const { dataRoot } = workspace;
  const tenant = ownTenant(workspace);
  return listRefusals({ files, dataRoot, tenant, workflow: wf, intent }).map((row) => ({ ...row }));
}

/** What a person looks for first; `--json` has every member. */
const SHOWN: Readonly<Record<What, readonly string[]>> = {
  executions: ["trace", "started_at", "intent", "workflow", "outcome", "idempotency_key"],
  refusals: ["trace", "at", "principal", "intent", "code"],
  boots: ["trace", "at", "like", "snapshot"],
  workflows: ["workflow", "summary"],
  intents: ["type", "workflow", "roles", "stream", "summary"],
  subscriptions: ["type", "stream", "workflow", "events", "delivered", "waiting"],
  capabilities: ["implementation", "sha256"],
  snapshots: ["snapshot", "current"],
};
/** Shown where one of the rows has it. */
const SHOWN_IF_THERE: ReadonlySet<string> = new Set(["idempotency_key", "stream"]);

function text(what: What, rows: readonly Row[], io: Io): string {
  if (rows.length === 0) return "none\n";
  const shown = SHOWN[what].filter(
    (name) => !SHOWN_IF_THERE.has(name) || rows.some((row) => row[name] !== null),
  );
  const cells = rows.map((row) => shown.map((name) => cellOf(name, row)));
  return columns([shown, ...cells], io.paint);
}

/** An execution that has no outcome has not ended. */
function cellOf(name: string, row: Row): string {
  const value = row[name];
  if (name === "current") return value === true ? "current" : "";
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.join(", ");
  return String(value ?? (name === "outcome" ? "open" : "-"));
}
