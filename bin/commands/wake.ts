/**
 * `pgs wake`: goes on with executions that slept and whose time is up, and says where each came to;
 * told to follow, it stays and goes on with each when it is time, until it is interrupted.
 */
import type { Command } from "commander";
import { isWaiting, listWaiting, SYSTEM_PORTS, type Woken } from "../../runtime/index.ts";
import { type Engine, openEngine, recoveryMember, recoveryText, unwrittenText } from "../engine.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io, StopSignal } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { count, safe } from "../print.ts";
import { closeTelling } from "../waiting-calls.ts";

interface Options extends WorkspaceOptions {
  readonly follow?: boolean;
  readonly traces?: string;
  readonly session?: string;
  readonly wait?: string;
  readonly allowChangedCapabilities?: boolean;
}

const NOTES = `
An execution that waits for a time, or for a signal until a time, is in no memory meanwhile. Every
command that opens the data root for writing goes on with those whose time is up; this does nothing
else. With --follow it stays and goes on with each when it is time, until it is interrupted: it holds
the data root for as long, and other commands that write are refused.

Times are those of the ledger: nothing wakes early, and a clock that was set back is waited for. What
cannot be gone on with now, because its snapshot is not there for example, still waits, and is told.
What still waits then is listed, with until when; \`pgs list --waiting\` tells more. With --json --follow there is a document a line.

Exit codes: 0 all that was due went on; 2 wrong use; 6 something that was due still waits, or the
ledger does not hold; 7 the data root is held, or there is no room; 12 the configuration is wrong;
130, 143 stopped by a signal.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  jsonOption(waitOption(runtimeOptions(command)))
    .option("--follow", "stay, and go on with each when it is time, until interrupted")
    .option("--traces <which>", "whose trace files are written: all, failed or none")
    .option("--session <credential>", "whose executions are told of (better: PGS_SESSION)")
    .option("--allow-changed-capabilities", "for authors: run code that differs from the sealed")
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      const { traces: batchTraces } = options;
      const given = batchTraces === undefined ? options : { ...options, batchTraces };
      done(await wake(options, await workspaceOf(given, io), io));
    });
}

/** What went on, and what could not. */
class Heard {
  readonly woken: Woken[] = [];
  isStuck = false;
  /** Others' executions are woken, too; they are counted, and not named. */
  others = 0;

  constructor(
    readonly isOwn: (trace: string) => boolean,
    /** Undefined where all of it is told at the end. */
    readonly tell: ((woken: Woken) => void) | undefined,
  ) {}

  take(woken: Woken): void {
    if ("stuck" in woken) this.isStuck = true;
    if (!this.isOwn(woken.trace)) this.others += 1;
    else if (this.tell === undefined) this.woken.push(woken);
    else this.tell(woken);
  }
}

async function wake(options: Options, workspace: Workspace, io: Io): Promise<number> {
  const { config } = workspace;
  const { follow = false, json = false } = options;
  const early: Woken[] = [];
  let onWoken = (woken: Woken): void => void early.push(woken);
  const engine = await openEngine(
    {
      workspace,
      traces: config.batch.traces,
      allowChangedCapabilities: options.allowChangedCapabilities === true,
      waitMs: config.wait_seconds * 1_000,
      roomWaitMs: 0,
      onWoken: (woken) => onWoken(woken),
    },
    io,
  );
  io.err(recoveryText(engine, io));
  const tenant = ownTenant(workspace);
  const isOwn = (trace: string) => engine.runtime.tenantOf(trace) === tenant;
  const line = (woken: Woken) =>
    json ? `${JSON.stringify(documentOf(woken))}\n` : text(woken, io);
  const heard = new Heard(isOwn, json && !follow ? undefined : (woken) => io.out(line(woken)));
  onWoken = (woken) => heard.take(woken);
  for (const woken of early.splice(0)) heard.take(woken);
  const stoppedBy = await woken(engine, follow, io);
  const still = follow ? [] : stillWaiting(workspace, tenant);
  if (!json) io.out(stillText(still, io));
  if (json && !follow) {
    const waiting = still.map(({ execution: { trace, workflow }, waits }) => ({
      ...{ trace_id: trace, workflow },
      waiting: waits.map(({ node, until, signals }) => ({ node, until, signals })),
    }));
    const told = { woken: heard.woken.map(documentOf), others: heard.others, waiting };
    io.out(`${JSON.stringify({ ...told, ...recoveryMember(engine) })}\n`);
  } else if (heard.others > 0 && !json) {
    io.out(`${count(heard.others, "execution")} of other tenants\n`);
  }
  if (stoppedBy !== undefined) return stoppedBy === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
  return heard.isStuck ? EXIT.evidence : EXIT.done;
}

/** Closes the runtime whatever happens. What is under way comes to its end when it is told to stop. */
async function woken(engine: Engine, follow: boolean, io: Io): Promise<StopSignal | undefined> {
  let stoppedBy: StopSignal | undefined;
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const takeBack = io.onStop((signal) => {
    stoppedBy = signal;
    stop();
  });
  // A promise alone keeps no process alive.
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    const due = engine.runtime.wake();
    await (follow ? due.then(() => stopped) : Promise.race([due, stopped]));
    return stoppedBy;
  } finally {
    clearInterval(alive);
    takeBack();
    const state = await closeTelling(engine, io);
    const { first } = engine.projections.unwritten();
    io.err(unwrittenText(state === undefined ? first : [state, ...first], io));
  }
}

type Still = ReturnType<typeof listWaiting>;

/** What waits when this has left: nobody goes on with it until the next command that writes. */
function stillWaiting({ dataRoot }: Workspace, tenant: string): Still {
  return listWaiting({ files: SYSTEM_PORTS.files, dataRoot, tenant });
}

/** So many are named. */
const STILL_MAX = 20;

function stillText(still: Still, { paint }: Io): string {
  const lines = still.slice(0, STILL_MAX).map(({ execution: { trace }, waits: [first] }) => {
    const signals = first?.signals ?? [];
    const what = signals.length === 0 ? "the time" : signals.join(", ");
    const until = paint.dim(`${first?.node} until ${first?.until}`);
    return `${trace}  ${paint.yellow("waits")}  ${what}  ${until}\n`;
  });
  const more = still.length - lines.length;
  const rest = more === 0 ? "" : `and ${count(more, "more execution")}: \`pgs list --waiting\`\n`;
  return lines.join("") + rest;
}

const ALIVE_MS = 60_000;

function documentOf(woken: Woken): object {
  const { trace } = woken;
  if ("stuck" in woken) return { trace_id: trace, stuck: woken.stuck };
  const { answer } = woken;
  if (isWaiting(answer)) return { trace_id: trace, waiting: answer.waiting };
  const { exit, outcome, result, fault } = answer;
  return { trace_id: trace, exit, outcome, result, fault };
}

function text(woken: Woken, { paint }: Io): string {
  const { trace } = woken;
  if ("stuck" in woken) {
    const { code, message } = woken.stuck;
    return `${trace}  ${paint.red("still waits")}  ${safe(`${code}: ${message}`)}\n`;
  }
  const { answer } = woken;
  if (isWaiting(answer)) {
    const [next] = answer.waiting;
    const until = next === undefined ? "" : `  ${paint.dim(`${next.node} until ${next.until}`)}`;
    return `${trace}  ${paint.yellow("waits again")}${until}\n`;
  }
  const colour = answer.fault ? paint.red : paint.green;
  return `${trace}  ${colour(answer.outcome)}  ${paint.dim(answer.workflow)}\n`;
}
