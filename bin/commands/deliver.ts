/**
 * `pgs deliver`: brings the events of streams to the intents that subscribe to them, as far as they
 * were not brought there by whoever appended them, and says where each stands.
 */
import type { Command } from "commander";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Deliveries } from "../../runtime/index.ts";
import { NO_MAIL, rowOf } from "../deliveries.ts";
import { type Engine, leftText, recoveryMember, unwrittenText } from "../engine.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { letGo } from "../one-act.ts";
import { badArgument, type Workspace } from "../options.ts";
import { ownTenant } from "../own-tenant.ts";
import { type OwnWorkOptions, openForOwnWork, ownWorkOptions, ownWorkspace } from "../own-work.ts";
import { columns, refusalText } from "../print.ts";
import { type Stopping, untilStopped } from "../stopping.ts";

interface Options extends OwnWorkOptions {
  readonly most?: number;
  readonly allTenants?: boolean;
}

const NOTES = `
An intent that says \`subscribes:\` is asked for with every event of a stream: once each, on behalf of
the principal \`post_office\`, in the event's tenant, and decided by the policies like anything else.
Events that share a key wait for each other. A running program delivers what it appends by itself;
\`pgs run\` does before it ends, up to a bound, and says how many events are left. This goes on with
those, and with what a stop left. \`pgs list subscriptions\` shows the same without a lock.

A delivery that is denied, or whose payload does not fit, is recorded as refused, and not tried again.
One that could not be made now, on a full disk for example, is tried again with the next call.

Exit codes: 0 nothing hinders a delivery; 2 wrong use; 4, 6, 7, 11 by what hinders one, which is told;
12 the configuration is wrong; 130, 143 stopped by a signal.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  ownWorkOptions(command, "whose tenant it is")
    .option("--most <n>", "deliver so many at most, then stop", wholeNumber)
    .option("--all-tenants", "for every tenant of the data root (default: one's own)")
    .addHelpText("after", NOTES)
    .action(async (options: Options) => {
      done(await deliver(options, await ownWorkspace(options, io), io));
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw badArgument("expected a whole number from 1");
}

function deliver(options: Options, workspace: Workspace, io: Io): Promise<number> {
  const asked = { tenant: tenantOf(options, workspace), most: options.most };
  return untilStopped(io, async (stopping) => {
    const engine = await openForOwnWork(options, workspace, {}, io);
    stopping.begin();
    const deliveries = await delivered(engine, { ...asked, stopping }, io);
    io.out(
      options.json === true
        ? `${JSON.stringify({ ...document(deliveries), ...recoveryMember(engine) })}\n`
        : text(deliveries, io),
    );
    const { hindered } = deliveries;
    if (hindered instanceof Refusal) io.err(refusalText(hindered, io.paintErr));
    return stopping.exitCode(hindered instanceof Refusal ? exitCodeOf(hindered.family) : EXIT.done);
  });
}

/** One's own; all of them only for the operator, to whom the data root belongs. */
function tenantOf({ allTenants = false }: Options, workspace: Workspace): string | undefined {
  if (!allTenants) return ownTenant(workspace);
  if (workspace.config.session === undefined) return undefined;
  const message = "expected either a session or `--all-tenants`, found both";
  const hint = "A session sees its own tenant; leave it out to act for the data root.";
  throw new Refusal("usage", "deliver/unclear", message, { hint });
}

interface Asked {
  readonly tenant: string | undefined;
  readonly most: number | undefined;
  readonly stopping: Stopping;
}

/** Closes the runtime whatever happens. What is under way comes to its end when it is told to stop. */
async function delivered(
  engine: Engine,
  { tenant, most, stopping }: Asked,
  io: Io,
): Promise<Deliveries> {
  const { post } = engine.runtime;
  stopping.onAsked(() => post?.stop());
  try {
    const deliveries =
      (await post?.deliver({
        ...(tenant === undefined ? {} : { tenant }),
        ...(most === undefined ? {} : { mostNow: most }),
      })) ?? NO_MAIL;
    if (deliveries.hindered !== undefined && !(deliveries.hindered instanceof Refusal)) {
      throw deliveries.hindered;
    }
    return deliveries;
  } finally {
    io.err(unwrittenText(await letGo(engine), io) + leftText(engine));
  }
}

function document({ standing, hindered }: Deliveries): object {
  const told =
    hindered instanceof Refusal
      ? { code: hindered.code, message: hindered.message, hint: hindered.hint }
      : null;
  return { subscriptions: standing.map(rowOf), hindered: told };
}

const SHOWN = ["type", "stream", "tenant", "events", "delivered", "waiting"] as const;

function text({ standing }: Deliveries, { paint }: Io): string {
  if (standing.length === 0) return "nothing to deliver\n";
  const rows = standing.map(rowOf).map((row) => SHOWN.map((name) => String(row[name])));
  return columns([SHOWN, ...rows], paint);
}
