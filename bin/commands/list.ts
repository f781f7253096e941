/** `pgs list`: the executions of a data root, or what a snapshot holds. Reads without a lock. */
import type { Command } from "commander";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { Json } from "../../protocol/language/json.ts";
import {
  type ExecutionRow,
  list,
  openSnapshot,
  resolveSnapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  workspaceOf,
} from "../options.ts";
import { columns } from "../print.ts";

interface Options extends WorkspaceOptions {
  readonly wf?: string;
  readonly outcome?: string;
  readonly open?: boolean;
}

const WHAT = ["executions", "workflows", "intents", "capabilities"] as const;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(runtimeOptions(command.argument("[what]", WHAT.join(", "), "executions")))
    .option("--wf <name>", "only executions of this workflow")
    .option("--outcome <name>", "only executions that ended so")
    .addOption(command.createOption("--open", "only executions that have not ended"))
    .action(async (what: string, options: Options, self: Command) => {
      const workspace = await workspaceOf(options, io);
      const rows = rowsOf(what, options, workspace);
      if (rows === undefined) {
        self.error(`error: expected one of ${WHAT.join(", ")}, found '${what}'`);
      }
      io.out(options.json === true ? `${JSON.stringify({ [what]: rows })}\n` : text(rows, io));
      done(EXIT.done);
    });
}

type Row = Readonly<Record<string, Json>>;

function rowsOf(what: string, options: Options, workspace: Workspace): readonly Row[] | undefined {
  const { files } = SYSTEM_PORTS;
  switch (what) {
    case "executions":
      return executions(options, workspace);
    case "workflows":
    case "intents":
    case "capabilities": {
      const folder = resolveSnapshot(files, workspace.snapshots, workspace.snapshot);
      const { workflows, capabilities, graph, governance } = openSnapshot(files, folder);
      if (what === "intents") return intents(governance());
      if (what === "capabilities") return capabilities.map((one) => ({ ...one }));
      return workflows.map((workflow) => ({ workflow, summary: graph(workflow).summary }));
    }
    default:
      return undefined;
  }
}

/** The table from types to workflows, with what each asks for and the policies that are asked. */
function intents(governance: SealedGovernance | undefined): readonly Row[] {
  if (governance === undefined) return [];
  return governance.intents.intents.map((sealed) => {
    const { type, intent, workflow, summary, payload, requires, context, labels } = sealed;
    const policies = governance.policies.policies
      .filter((one) => one.intents.includes(type))
      .map(({ policy }) => policy);
    return { type, intent, workflow, summary, ...requires, payload, context, labels, policies };
  });
}

function executions({ wf, outcome, open }: Options, { dataRoot }: Workspace): readonly Row[] {
  const { files } = SYSTEM_PORTS;
  const rows = list({ files, dataRoot, workflow: wf, outcome, open });
  return rows.map((row: ExecutionRow) => ({ ...row }));
}

/** What a person looks for first; `--json` has every member. */
const SHOWN = [
  "trace",
  "type",
  "started_at",
  "workflow",
  "roles",
  "outcome",
  "idempotency_key",
  "summary",
  "implementation",
  "sha256",
];
/** Shown where one of the rows has it. */
const SHOWN_IF_THERE: ReadonlySet<string> = new Set(["idempotency_key"]);

function text(rows: readonly Row[], io: Io): string {
  if (rows.length === 0) return "none\n";
  const shown = SHOWN.filter(
    (name) =>
      Object.hasOwn(rows[0] ?? {}, name) &&
      (!SHOWN_IF_THERE.has(name) || rows.some((row) => row[name] !== null)),
  );
  const cells = rows.map((row) => shown.map((name) => cellOf(name, row)));
  return columns([shown, ...cells], io.paint);
}

/** An execution that has no outcome has not ended. */
function cellOf(name: string, row: Row): string {
  const value = row[name];
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.join(", ");
  return String(value ?? (name === "outcome" ? "open" : "-"));
}
