/**
 * `pgs session`: opens a session for who shows a token, or for the local operator; shows the sessions
 * of one's own tenant; ends one. The credential is printed once, when it is opened.
 */
import type { Command } from "commander";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  type KnownSession,
  type OpenedSession,
  type Runtime,
  readCredential,
  SYSTEM_PORTS,
  sessionOf,
  sessionsOf,
} from "../../runtime/index.ts";
import { defaultText } from "../config/settings.ts";
import { openEngine, recoveryMember, recoveryText } from "../engine.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { columns, safe, valueText } from "../print.ts";
import { unlessRefused } from "../projections.ts";
import { readToken } from "../token.ts";

interface Options extends WorkspaceOptions {
  readonly token?: string;
  readonly seconds?: string;
  readonly session?: string;
  readonly wait?: string;
}

const NOTES = `
A session is bound to one tenant and one principal, with the roles and attributes that were verified
when it was opened, and ends at its time. \`pgs session create\` prints its credential, \`<id>.<secret>\`,
on standard output and nowhere else: the ledger has only a digest of the secret.

  export PGS_SESSION="$(pgs session create --token token.jwt)"
  pgs run --intent blockchain.register_actor --payload actor.json

A token opens one session, once, which never lasts longer than the token holds. Which tokens are taken, the settings \`identity.*\` say; without a
token it is a session of the local operator (\`operator.*\`). Policies decide who may open and end
sessions: the acts \`pgs.open_session\` and \`pgs.end_session\`. \`show\` and \`list\` need no lock, and show
the sessions of one's own tenant: the operator's, or that of the session in \`--session\` or PGS_SESSION.

Exit codes: 0 done; 2 wrong use; 4 refused: the token, the session, or by a policy; 6 the ledger does
not hold; 7 the data root is held, or there is no room; 12 the configuration is wrong.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  command.addHelpText("after", NOTES);
  const act = (name: string, description: string, work: Work) => {
    const one = jsonOption(runtimeOptions(command.command(name).description(description)));
    return one.addHelpText("after", NOTES).action(async (...given: unknown[]) => {
      const [id, options] = typeof given[0] === "object" ? [undefined, given[0]] : given;
      const asked = { ...(options as Options), id: id as string | undefined };
      await work(asked, await workspaceOf(asked, io), io);
      done(EXIT.done);
    });
  };
  const seconds = `how long it lasts ${defaultText("identity.session_seconds")}`;
  waitOption(act("create", "open a session, and print its credential once", create))
    .option("--token <file>", "the token that says who it is for; - reads standard input")
    .option("--seconds <n>", seconds)
    .option("--session <credential>", "not taken here: a session opens no other");
  sessionOption(act("show", "show one session (default: the one given)", show)).argument("[id]");
  sessionOption(act("list", "show the sessions of one's own tenant", listAll));
  sessionOption(waitOption(act("end", "end a session (default: the one given)", end))).argument(
    "[id]",
  );
}

type Asked = Options & { readonly id: string | undefined };
type Work = (asked: Asked, workspace: Workspace, io: Io) => void | Promise<void>;

function sessionOption(command: Command): Command {
  return command.option("--session <credential>", "on whose behalf (better: PGS_SESSION)");
}

async function create({ token: file, json }: Asked, workspace: Workspace, io: Io): Promise<void> {
  const { session, identity } = workspace.config;
  if (file === undefined && session !== undefined) {
    const message = "expected a token, or no session, found a session";
    const hint = "A session opens no other: give a token, or unset PGS_SESSION for the operator's.";
    throw new Refusal("usage", "session/unclear", message, { hint });
  }
  const token = file === undefined ? {} : { token: await readToken(file, io) };
  const open = (runtime: Runtime) =>
    runtime.openSession({ ...token, seconds: identity.session_seconds });
  const { done: opened, recovery } = await working(workspace, io, open);
  if (json === true) io.out(`${JSON.stringify({ ...opened, ...recovery })}\n`);
  else io.out(`${opened.credential}\n`);
  if (json !== true) io.err(openedText(opened, io));
}

function openedText(opened: OpenedSession, { paintErr }: Io): string {
  const { session, principal, tenant, expires_at } = opened;
  const what = `opened ${session} for ${principal} of tenant ${tenant}, until ${expires_at}`;
  return `${what}\n${paintErr.dim("its credential is shown this once")}\n`;
}

async function end({ id, json }: Asked, workspace: Workspace, io: Io): Promise<void> {
  const session = givenOr(id, workspace);
  const by = workspace.config.session;
  const ending = { session, ...(by === undefined ? {} : { by }) };
  const finish = (runtime: Runtime) => runtime.endSession(ending);
  const { done: ended, recovery } = await working(workspace, io, finish);
  if (json === true) io.out(`${JSON.stringify({ ...ended, ...recovery })}\n`);
  else io.out(`ended ${ended.session} at ${ended.ended_at}\n`);
}

/** Opens the data root, does one thing, and lets go of it whatever comes of that. */
async function working<T>(
  workspace: Workspace,
  io: Io,
  work: (runtime: Runtime) => Promise<T>,
): Promise<{ readonly done: T; readonly recovery: object }> {
  const engine = await openEngine(
    {
      workspace,
      traces: "all",
      allowChangedCapabilities: false,
      waitMs: workspace.config.wait_seconds * 1_000,
      roomWaitMs: 0,
      // It came for a session: what a stop left open is for a start that works.
      hold: true,
    },
    io,
  );
  try {
    const done = await work(engine.runtime);
    return { done, recovery: recoveryMember(engine) };
  } finally {
    // What was done, or refused, is durable; the state is folded again next time.
    await unlessRefused(engine.runtime.close(), { what: "state" });
    io.err(recoveryText(engine, io));
  }
}

function show({ id, json }: Asked, workspace: Workspace, io: Io): void {
  const found = sessionOf(rootOf(workspace), ownTenant(workspace), givenOr(id, workspace));
  io.out(json === true ? `${JSON.stringify(found)}\n` : shownText(found, io));
}

function listAll({ json }: Asked, workspace: Workspace, io: Io): void {
  const sessions = sessionsOf(rootOf(workspace), ownTenant(workspace));
  if (json === true) io.out(`${JSON.stringify({ sessions })}\n`);
  else io.out(sessions.length === 0 ? "none\n" : listText(sessions, io));
}

function rootOf({ dataRoot }: Workspace) {
  const { files, clock } = SYSTEM_PORTS;
  return { files, dataRoot, nowMs: clock.now() };
}

/** The one that was named, or the one that is shown to the command. */
function givenOr(id: string | undefined, { config: { session } }: Workspace): string {
  if (id !== undefined) return id;
  if (session !== undefined) return readCredential(session).session;
  const message = "expected the id of a session, found none";
  throw new Refusal("usage", "session/no-id", message, {
    hint: "`pgs session list` shows them; without an id it is the one in PGS_SESSION.",
  });
}

const SHOWN = ["session", "status", "principal", "identity", "opened_at", "expires_at"] as const;

function listText(sessions: readonly KnownSession[], io: Io): string {
  const rows = sessions.map((one) => SHOWN.map((name) => one[name]));
  return columns([SHOWN, ...rows], io.paint);
}

function shownText(found: KnownSession, { paint }: Io): string {
  const lines = Object.entries(found).map(([name, value]) => {
    const text = typeof value === "string" ? safe(value) : valueText(value);
    return `${paint.dim(name.padEnd(12))}  ${value === null ? "-" : text}\n`;
  });
  return lines.join("");
}
