/**
 * Cancelling: an accepted execution that has not ended is ended before its time by who may, and the
 * ledger says who did, where it stood, and whether a call to the outside is left in doubt. What was
 * left open by a former writer can be cancelled before it goes on. Nothing is ever undone here.
 */
import { CANCEL_ACT, RUN_ACT } from "../protocol/language/acts.ts";
import type { Digest } from "../protocol/language/digest.ts";
import { type Graph, isCancelEdge } from "../protocol/language/graph.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import { isMachineRecord, type LedgerRecord } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { type Acceptance, Rejected } from "./acceptance.ts";
import { type Answer, answerOf, type WaitingAnswer } from "./answer.ts";
import type { Asker } from "./asker.ts";
import { advance, type Journal, liveHost, type World } from "./execution.ts";
import type { CancelOrder, Program, Waiting } from "./machine/program.ts";
import type { ExecutionRow, Snapshot } from "./ports.ts";
import { openedIn, type PickedUp, pickUp, snapshotIn } from "./reopen.ts";
import type { Running } from "./running.ts";
import type { Cancel } from "./runtime-options.ts";
import type { Sleepers } from "./sleepers.ts";
import { graphNamed } from "./snapshot/undo-graph.ts";
import type { Unfinished } from "./unfinished.ts";
import { requireWayOut, undoingAlready, whole } from "./waiting.ts";

export interface CancellingOptions {
  readonly world: World;
  readonly acceptance: Acceptance;
  readonly running: Running;
  readonly sleepers: Sleepers;
  readonly operator: Asker;
  /** The current one, whose policies decide. */
  readonly snapshot: Digest;
  /** Opens the snapshot of an id; refuses one that is gone. */
  readonly snapshotOf: (id: string) => Snapshot;
}

/** What cancelling is asked as, before it is known of what. */
const MATTER = Object.freeze({ intent: CANCEL_ACT.type, workflow: null, key: null });

export class Cancelling {
  readonly #options: CancellingOptions;
  /** Those that a former writer left open and nobody goes on with. */
  readonly #left = new Map<string, Unfinished>();

  constructor(options: CancellingOptions) {
    this.#options = options;
  }

  /** Takes note of an execution that stays as it was left. */
  leave(unfinished: Unfinished): void {
    this.#left.set(unfinished.trace, unfinished);
  }

  /** One that stays as it was left. */
  leftOf(trace: string): Journal | undefined {
    return this.#left.get(trace)?.journal;
  }

  /** Ends an execution; settles with its answer once that is durable. */
  async cancel({ trace, reason, session }: Cancel): Promise<Answer | WaitingAnswer> {
    const { acceptance, operator, snapshot } = this.#options;
    const why = acceptReason(reason);
    const asker = session === undefined ? operator : await acceptance.holderOf(session, MATTER);
    const row = this.#find(trace, asker);
    const { workflow, intent } = row;
    const own = await this.#isOwn(row, asker);
    const context = { workflow, intent: intent ?? RUN_ACT.type, own };
    const policy = await acceptance.permit(asker, MATTER, { payload: context, about: trace });
    const { tenant, caller } = asker;
    const by = { tenant, session: asker.session, principal: asker.principal, caller };
    try {
      return await this.#end(trace, asker, { reason: why, snapshot, ...by, policy }, session);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return acceptance.refuse(error.asker, error.refusal, MATTER);
    }
  }

  /** A name alone does not make it somebody's own: a token may hold that of the operator. */
  async #isOwn(row: ExecutionRow, asker: Asker): Promise<boolean> {
    const { trace, principal } = row;
    if (principal !== asker.principal) return false;
    const { running, sleepers } = this.#options;
    // Whoever writes to it as it sleeps has it at hand, and nobody else.
    const givenBack = sleepers.givenBack(trace);
    if (givenBack !== undefined) {
      await givenBack;
      return this.#isOwn(row, asker);
    }
    const stands = this.#left.get(trace)?.journal ?? sleepers.look(trace)?.journal;
    const opened = stands === undefined ? running.waiting.openedOf(trace) : openedIn(stands);
    // Of one that has ended nothing hangs on it any more; of another, nobody knows whose it is.
    if (opened === undefined) return this.#find(trace, asker).last !== null;
    return opened.caller.identity === asker.caller.identity;
  }

  /** What is another tenant's is not there. */
  #find(trace: string, { tenant }: Asker): ExecutionRow {
    const row = this.#options.world.state.execution(trace);
    if (row === undefined || row.tenant !== tenant) throw unknownTo(tenant, trace);
    return row;
  }

  async #end(
    trace: string,
    asker: Asker,
    order: CancelOrder,
    session: string | undefined,
  ): Promise<Answer | WaitingAnswer> {
    const { world, running, sleepers, acceptance } = this.#options;
    // What a ledger that failed holds in memory will never be durable: nothing is added to it.
    if (world.ledger.failed) await world.ledger.flush();
    if (this.#find(trace, asker).last !== null) return this.#refuseEnded(trace);
    // Whoever writes to it as it sleeps is not its end.
    const givenBack = sleepers.givenBack(trace);
    if (givenBack !== undefined) {
      await givenBack;
      return this.#end(trace, asker, order, session);
    }
    const asleep = sleepers.look(trace);
    const left = this.#left.get(trace)?.journal ?? asleep?.journal;
    const stood = left?.records.length;
    const program = left && (await this.#programOf(left));
    // It may have been moved while its graph was opened.
    if (left?.records.length !== stood) return this.#end(trace, asker, order, session);
    const breathed = running.waiting.breathed(trace);
    if (breathed !== undefined) {
      await breathed;
      if (this.#find(trace, asker).last !== null) return this.#refuseEnded(trace);
    }
    // The session may have ended while its graph was opened, and somebody else may have been faster.
    if (session !== undefined) acceptance.holderNow(session);
    const waited = running.waiting.cancel(trace, order);
    if (waited !== undefined) return waited;
    if (sleepers.givenBack(trace) !== undefined) return this.#end(trace, asker, order, session);
    const stands = this.#left.has(trace) || asleep?.take() === true;
    if (left === undefined || program === undefined || !stands) return this.#refuseEnded(trace);
    const recorded = left.records.length;
    const ended = endLeft(world, left, { program, order });
    this.#left.delete(trace);
    if (ended.kind === "waiting") {
      const answer = await running.waiting.enter(ended.course, ended.standing).answer;
      // What it did is being undone: for this, or since before.
      if (left.records.slice(recorded).some(({ type }) => type === "cancelled")) return answer;
      throw undoingAlready(trace);
    }
    await running.settleSome([left]);
    const cancelled = left.records.some(({ type }) => type === "cancelled");
    return cancelled ? answerOf(left.records) : this.#refuseEnded(trace);
  }

  /** That it has ended is told only once it is durable. */
  async #refuseEnded(trace: string): Promise<never> {
    await this.#options.world.ledger.flush();
    throw new Refusal("acceptance", "cancel/ended", `the execution \`${trace}\` has ended`, {
      hint: `\`pgs examine ${trace}\` tells how.`,
    });
  }

  #snapshotOf(id: string, trace: string): Snapshot {
    try {
      return this.#options.snapshotOf(id);
    } catch (error) {
      const isGone = error instanceof Refusal && error.code === "snapshot/not-found";
      throw isGone ? noSnapshot(trace, id) : error;
    }
  }

  /** Its graph, without any capability: nothing is asked of one any more. */
  async #programOf(journal: Journal): Promise<Program> {
    const id = snapshotIn(journal);
    const { workflow } = openedIn(journal);
    const snapshot = this.#snapshotOf(id, journal.trace);
    const graph = graphNamed(snapshot, workflow) ?? snapshot.graph(workflow);
    requireWayOut(graph);
    const { programOf } = await import("./json-schema.ts");
    return programOf(graph);
  }
}

function noSnapshot(trace: string, id: string): Refusal {
  const message = `nobody knows where \`${trace}\` stands: the snapshot ${id} that it began with is gone`;
  return new Refusal("acceptance", "cancel/no-snapshot", message, {
    hint: "Put its folder back beside the others, then cancel.",
  });
}

interface Ending {
  readonly program: Program;
  readonly order: CancelOrder;
}

/**
 * From its records to where it stood. What is recorded is compared, as for one that goes on; but
 * where a key is gone that its values were sealed with, the records alone say where it stood.
 */
function endLeft(world: World, journal: Journal, ending: Ending): PickedUp {
  const recorded = journal.records.length;
  try {
    return pickUp(world, journal, ending);
  } catch (error) {
    const halfDone = journal.records.length > recorded;
    if (halfDone) world.ledger.stop(error);
    if (halfDone || !(error instanceof Refusal) || error.code !== "sealing/erased") throw error;
    return endErased(world, journal, ending);
  }
}

function endErased(world: World, journal: Journal, { program, order }: Ending): PickedUp {
  const standing = standingOf(program.graph, journal);
  if (standing === undefined) throw erased(journal.trace);
  const host = liveHost(world, journal, openedIn(journal));
  const fact = { kind: "cancel", node: standing.at, order } as const;
  const course = { program, journal, host };
  const next = whole(world.ledger, () =>
    advance(world, course, { execution: standing, pending: [] }, fact),
  );
  return next === undefined
    ? { kind: "ended" }
    : { kind: "waiting", course, standing: next, payload: null };
}

/** Where it waits by its records alone, without its values; undefined where it waits for nothing. */
function standingOf(
  { nodes, start, slots: count }: Graph,
  { records }: Journal,
): Waiting | undefined {
  const last = records.findLast(isMachineRecord);
  const named = last === undefined ? nodes[start]?.name : "to" in last ? last.to : last.node;
  // In a branch, what forked it is where the execution as a whole stands.
  const fork = nodes.find(({ kind, name }) => isFork(kind) && isWithin(name, named));
  const name = fork?.name ?? named;
  const at = nodes.findIndex((node) => node.name === name && node.edges.some(isCancelEdge));
  const end = nodes[at]?.edges.find(isCancelEdge);
  // What was done cannot be undone without its values.
  if (end === undefined || nodes[end.to]?.kind === "undo") return undefined;
  const slots = new Array<undefined>(count).fill(undefined);
  const nothing = { input: null, done: null, wait: null, undoing: null };
  return { status: "waiting", at, slots, attempt: unanswered(records), ...nothing };
}

/** The attempt at a call that has no answer; 0 where all have one. */
function unanswered(records: readonly LedgerRecord[]): number {
  const begun = new Map<string, number>();
  for (const record of records) {
    if (record.type === "attempted") begun.set(record.node, record.attempt);
    else if ("node" in record) begun.delete(record.node);
  }
  return Math.max(0, ...begun.values());
}

function isFork(kind: Graph["nodes"][number]["kind"]): boolean {
  return kind === "map" || kind === "parallel";
}

/** Whether what records call a node is of a part that this one forks. */
function isWithin(fork: string, named: string | undefined): boolean {
  return named?.startsWith(`${fork}/`) === true || named?.startsWith(`${fork}[`) === true;
}

function erased(trace: string): Refusal {
  const message = `values of \`${trace}\` were erased, and its records do not say what it waits for`;
  return new Refusal("acceptance", "cancel/erased", message, {
    hint: `\`pgs examine ${trace}\` shows what is left of it. Nobody goes on with it.`,
  });
}

/** The same words for what is not there and for what is another tenant's. */
function unknownTo(tenant: string, trace: string): Refusal {
  const message = `tenant \`${tenant}\` has no execution \`${trace}\``;
  return new Refusal("acceptance", "cancel/unknown", message, {
    hint: "`pgs list` shows the executions that there are.",
  });
}

function acceptReason(reason: string | undefined): string | null {
  if (reason === undefined) return null;
  const { cancelReasonCharsMax: most } = LIMITS;
  const isText = /^[^\p{Cc}\p{Cs}]+$/u.test(reason) && reason.trim() !== "";
  if (isText && reason.length <= most) return reason;
  const message = `expected a reason of 1 to ${most} characters, without control characters`;
  throw new Refusal("acceptance", "cancel/bad-reason", message);
}
