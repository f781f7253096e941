/**
 * `pgs wake`: goes on with executions that slept and whose time is up, and says where each came to;
 * told to follow, it stays and goes on with each when it is time, until it is interrupted.
 */
import type { Command } from "commander";
import type { Refusal } from "../../protocol/language/refusal.ts";
import { isWaiting, listWaiting, SYSTEM_PORTS, type Woken } from "../../runtime/index.ts";
import { type Engine, recoveryMember, unwrittenText } from "../engine.ts";
import { EXIT } from "../exit-codes.ts";
import { follow } from "../following.ts";
import type { Io } from "../io.ts";
import { letGo } from "../one-act.ts";
import type { Workspace } from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { type OwnWorkOptions, openForOwnWork, ownWorkOptions, ownWorkspace } from "../own-work.ts";
import { count, refusalText, safe } from "../print.ts";
import { orStopped, type Stopping, untilStopped } from "../stopping.ts";
import { closeTelling } from "../waiting-calls.ts";

interface Options extends OwnWorkOptions {
  readonly follow?: boolean;
}

const NOTES = `
An execution that waits for a time, or for a signal until a time, is in no memory meanwhile. Every
command that opens the data root for writing goes on with those whose time is up; this does nothing
else. With --follow it stays and goes on with each when it is time, until it is interrupted. It holds
the data root only while something goes on; in between others write as they like, and what they make
wait is gone on with, too. Where somebody holds the data root for longer then, it tries again.

Times are those of the ledger: nothing wakes early, and a clock that was set back is waited for. What
cannot be gone on with now, because its snapshot is not there for example, still waits, and is told.
What still waits then is listed, with until when; \`pgs list --waiting\` tells more. With --json --follow there is a document a line.

Exit codes: 0 all that was due went on; 2 wrong use; 6 something that was due still waits, or the
ledger does not hold, or is gone; 7 the data root is held, or there is no room; 12 the configuration is wrong;
130, 143 stopped by a signal.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  ownWorkOptions(command, "whose executions are told of")
    .option("--follow", "stay, and go on with each when it is time, until interrupted")
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      done(await wake(options, await ownWorkspace(options, io), io));
    });
}

/** What went on, and what could not. */
class Heard {
  readonly woken: Woken[] = [];
  isStuck = false;
  /** Others' executions are woken, too; they are counted, and not named. */
  others = 0;

  constructor(
    /** Undefined where all of it is told at the end. */
    readonly tell: ((woken: Woken) => void) | undefined,
  ) {}

  take(woken: Woken, isOwn: boolean): void {
    if ("stuck" in woken) this.isStuck = true;
    if (!isOwn) this.others += 1;
    else if (this.tell === undefined) this.woken.push(woken);
    else this.tell(woken);
  }
}

function wake(options: Options, workspace: Workspace, io: Io): Promise<number> {
  const { follow: isFollowing = false, json = false } = options;
  const line = (woken: Woken) =>
    json ? `${JSON.stringify(documentOf(woken))}\n` : text(woken, io);
  const heard = new Heard(json && !isFollowing ? undefined : (woken) => io.out(line(woken)));
  return untilStopped(io, async (stopping) => {
    const asked = { options, workspace, stopping, heard };
    if (isFollowing) {
      const { dataRoot } = workspace;
      const wakeNow = async () => void (await goneOn(asked, io));
      await follow({ dataRoot, stopping, wake: wakeNow, hindered: toldOnce(io) });
    } else {
      tellAll(heard, await goneOn(asked, io), { json, workspace }, io);
    }
    return stopping.exitCode(heard.isStuck ? EXIT.evidence : EXIT.done);
  });
}

/** What is in the way is said when it comes, and not again as long as it stays. */
function toldOnce({ err, paintErr }: Io): (refusal: Refusal) => void {
  let last = "";
  return (refusal) => {
    if (refusal.code !== last && refusal.code !== "data-root/held")
      err(refusalText(refusal, paintErr));
    last = refusal.code;
  };
}

interface Waking {
  readonly options: Options;
  readonly workspace: Workspace;
  readonly stopping: Stopping;
  readonly heard: Heard;
}

/**
 * Opens the data root, goes on with what is due, and lets go of it whatever happens. What is under
 * way comes to its end when it is told to stop.
 */
async function goneOn({ options, workspace, stopping, heard }: Waking, io: Io): Promise<Engine> {
  const early: Woken[] = [];
  let take = (woken: Woken): void => void early.push(woken);
  const onWoken = (woken: Woken): void => take(woken);
  const engine = await openForOwnWork(options, workspace, { onWoken }, io);
  stopping.begin();
  try {
    const tenant = ownTenant(workspace);
    take = (woken) => heard.take(woken, engine.runtime.tenantOf(woken.trace) === tenant);
    for (const woken of early) take(woken);
    await orStopped(stopping, engine.runtime.wake());
  } finally {
    io.err(unwrittenText(await letGo(engine, closeTelling(engine, io)), io));
  }
  return engine;
}

/** Where each came to, and what waits when this has left. */
function tellAll(
  { woken, others }: Heard,
  engine: Engine,
  { json, workspace }: { readonly json: boolean; readonly workspace: Workspace },
  io: Io,
): void {
  const still = stillWaiting(workspace);
  if (json) {
    const waiting = still.map(({ execution: { trace, workflow }, waits }) => ({
      ...{ trace_id: trace, workflow },
      waiting: waits.map(({ node, until, signals }) => ({ node, until, signals })),
    }));
    const told = { woken: woken.map(documentOf), others, waiting };
    io.out(`${JSON.stringify({ ...told, ...recoveryMember(engine) })}\n`);
    return;
  }
  io.out(stillText(still, io));
  if (others > 0) io.out(`${count(others, "execution")} of other tenants\n`);
}

type Still = ReturnType<typeof listWaiting>;

/** What waits when this has left: nobody goes on with it until the next command that writes. */
function stillWaiting(workspace: Workspace): Still {
  const { dataRoot } = workspace;
  return listWaiting({ files: SYSTEM_PORTS.files, dataRoot, tenant: ownTenant(workspace) });
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
