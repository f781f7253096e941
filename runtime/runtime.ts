/**
 * The runtime on one data root: opening recovers what a former writer left, `submit` carries out one
 * execution and answers when its records are durable, `close` leaves a clean end. From the record
 * that opens an execution to the one that closes it nothing is awaited.
 */
import { type CutBody, snapshotOf } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { Acceptance, type Accepted } from "./acceptance.ts";
import { Admission } from "./admission.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import { type Asker, operatorOf } from "./asker.ts";
import { AtHand } from "./at-hand.ts";
import type { Backlog } from "./backlog.ts";
import { isClosing } from "./closing.ts";
import type { Journal, World } from "./execution.ts";
import { type Awake, boot, reconcile } from "./genesis/boot.ts";
import type { Booted, BootOptions } from "./genesis/boot-options.ts";
import { acceptTraceId } from "./intake.ts";
import { noRoomNow } from "./ledger/failure.ts";
import type { Moved } from "./migrate.ts";
import { type OpenExecutions, openExecutions, sleepersOf, waitsOf } from "./open-executions.ts";
import type { Ownership } from "./owner.ts";
import type { Governor } from "./policy/governor.ts";
import type { Store } from "./ports.ts";
import type { PostOffice } from "./post/post-office.ts";
import { postFor } from "./post/posting.ts";
import type { Programs } from "./programs.ts";
import { type Keyed, keyedBy, Repeats } from "./repeats.ts";
import { NOTHING_RESUMED, resume } from "./resume.ts";
import { Running } from "./running.ts";
import {
  type Cancel,
  DEFAULTS,
  type Migrate,
  type Ports,
  type Recovery,
  type RetrySaga,
  type RuntimeOptions,
  type Signal,
  type Work,
} from "./runtime-options.ts";
import type { Retried } from "./saga-retry.ts";
import {
  type EndedSession,
  type EndSession,
  type OpenedSession,
  type OpenSession,
  Sessions,
} from "./sessions/sessions.ts";
import type { Signalled } from "./signal.ts";
import type { Sleepers } from "./sleepers.ts";
import type { Storing } from "./state/storing.ts";
import { traceIds } from "./trace-ids.ts";
import type { Unfinished } from "./unfinished.ts";

/** What is known of a start before the data root is read. */
export interface Owned {
  readonly programs: Programs;
  readonly governor: Governor;
  readonly ownership: Ownership;
}

export interface Held extends Owned {
  readonly store: Store;
  readonly storing: Storing;
  readonly ports: Ports;
  /** How many records the state had when it was opened. */
  readonly applied: number;
  /** The last writer stored all that it wrote, and left nothing open. */
  readonly clean: boolean;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #world: World;
  readonly #held: Held;
  readonly #epoch: number;
  readonly #newTraceId: () => string;
  readonly #admission: Admission;
  readonly #repeats: Repeats;
  readonly #acceptance: Acceptance;
  readonly #sessions: Sessions;
  readonly #running: Running;
  readonly #atHand: AtHand;
  readonly #sleepers: Sleepers;
  readonly #open: OpenExecutions;
  /** What brings events to those who subscribe; undefined where no intent does. */
  readonly post: PostOffice | undefined;
  #recovery: Recovery = NOTHING_RESUMED;
  #backlog: Backlog | undefined;
  #goingOn: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Former starts are on record, and this one is not yet. */
  #owesBoot: boolean;
  /** What went wrong with an execution that nobody waits for. */
  #unheard: unknown;
  readonly #unhear = (error: unknown) => {
    this.#unheard ??= error;
  };

  /** Use `openRuntime`. */
  constructor(options: RuntimeOptions, world: World, held: Held) {
    const { underWayMax, queueMax, dataRoot } = { ...DEFAULTS, ...options };
    const { clock, entropy, files } = held.ports;
    this.#options = options;
    this.#world = world;
    this.#held = held;
    // Of the ledger's time, which never goes back: ids sort as executions began.
    this.#newTraceId = traceIds({ ...clock, now: () => world.ledger.nowMs }, entropy);
    this.#admission = new Admission({ underWayMax, queueMax });
    const { programs, storing, store, governor } = held;
    const operator = operatorOf(options, governor.sight);
    const epoch = world.state.epoch + 1;
    this.#epoch = epoch;
    this.#owesBoot = world.state.boot() !== undefined;
    this.#atHand = new AtHand(programs, options);
    const waiting = (trace: string) => waitsOf(trace, this.#running, this.#sleepers);
    this.#repeats = new Repeats({ dataRoot, files, store, ...world, waiting });
    this.#running = new Running({
      world,
      opener: { programs, epoch },
      clock,
      admission: this.#admission,
      alarm: (wait, trace) => this.#sleepers.alarm(wait, trace),
      hold: options.hold === true,
      storing,
      onClosed: options.onClosed,
      onEnded: (ended) => this.post?.ended(ended),
    });
    const atHand = this.#atHand;
    const unheard = this.#unhear;
    const parts = { options, ...held, world, atHand, admission: this.#admission, unheard };
    this.#sleepers = sleepersOf({ ...parts, running: this.#running });
    const asked = { ...world, governor, programs, epoch, newTraceId: this.#newTraceId, operator };
    const askerOf = (credential: string) => this.#sessions.askerOf(credential);
    const acceptance = new Acceptance({ ...asked, askerOf });
    this.#acceptance = acceptance;
    this.#sessions = new Sessions({ ...asked, acceptance, entropy, identity: options.identity });
    const { newTraceId } = asked;
    const decided = { acceptance, operator, sleepers: this.#sleepers, newTraceId };
    this.#open = openExecutions({ ...parts, running: this.#running }, decided);
    this.post = postFor(programs.snapshot, {
      ...world,
      clock,
      admission: this.#admission,
      acceptance: this.#acceptance,
      answer: (accepting, work) => this.#answer(accepting, work),
      refuseUnlessOpen: () => this.#refuseUnlessOpen(),
      unheard,
    });
  }

  get recovery(): Recovery {
    return this.#recovery;
  }

  /** Settles when all that was found open has gone on: to its end, or to where it waits or stays. */
  async recovered(): Promise<void> {
    await this.#goingOn;
  }

  /**
   * Comes through the last gate of a start: once, before any work. On a data root that no start has
   * told of, a runtime works without it, and no record says how it came to life.
   */
  async boot(options: BootOptions): Promise<Booted> {
    const booted = await boot(this.#awake(), options);
    this.#owesBoot = false;
    this.#beginToWake();
    return booted;
  }

  /** What is due goes on from now on: also what became due while nobody was there. */
  #beginToWake(): void {
    if (this.#owesBoot || this.#options.hold === true) return;
    this.#sleepers.begin();
    const backlog = this.#backlog;
    this.#goingOn ??= backlog && this.#admission.beside(() => backlog.run());
  }

  /** Settles when all that is due now has come to its end, or waits again. */
  wake(): Promise<void> {
    return this.#beside(() => this.recovered().then(() => this.#sleepers.quiet()));
  }

  /** Makes a start durable and stored, and holds it against the ledger: how many effects it was. */
  reconcile(booted: Booted): Promise<number> {
    return reconcile(this.#awake(), booted);
  }

  #awake(): Awake {
    const { programs, ports, ...held } = this.#held;
    const { dataRoot } = this.#options;
    return {
      ...held,
      world: this.#world,
      files: ports.files,
      dataRoot,
      snapshot: programs.snapshot,
      acceptance: this.#acceptance,
      running: this.#running,
      epoch: this.#epoch,
      newTraceId: this.#newTraceId,
    };
  }

  /** Whose an execution is; undefined where there is none of that name. */
  tenantOf(trace: string): string | undefined {
    return this.#world.state.execution(trace)?.tenant;
  }

  /** Records that are on the disk, and how many of them the state had when it was opened. */
  get reach(): { readonly durable: number; readonly applied: number } {
    return { durable: this.#world.ledger.durable.n, applied: this.#held.applied };
  }

  /** Flushes of the ledger since it was opened; for measuring. */
  get flushes(): number {
    return this.#world.ledger.flushes;
  }

  /** True while the disk is full: nothing new is taken, and what was taken waits for room. */
  get noRoom(): boolean {
    return this.#world.ledger.noRoom;
  }

  /** Refuses at once what waits for room on a full disk; the runtime stops with that. */
  giveUpWaiting(): void {
    this.#world.ledger.giveUp();
  }

  /** Settles when a submission would not be refused because too many are waiting. */
  ready(): Promise<void> {
    return this.#admission.ready();
  }

  /**
   * Carries out one execution. Settles when its answer is durable, and its trace projected. Refused
   * while the runtime closes, while the disk is full, and when too much waits already.
   */
  async submit(work: Work): Promise<Answer | WaitingAnswer> {
    this.#refuseUnlessOpen();
    this.post?.open();
    const entering = this.#admission.enter();
    if (entering !== undefined) await entering;
    try {
      return await this.#answer(this.#acceptance.accept(work), work);
    } finally {
      this.#admission.leave();
    }
  }

  /**
   * Ends an execution that has not ended, for who may: one that waits for the outside or its turn, or
   * one that a former writer left and nobody goes on with. Settles when its end is durable.
   */
  async cancel(cancel: Cancel): Promise<Answer | WaitingAnswer> {
    return this.#beside(() => this.#open.cancelling.cancel(cancel), cancel);
  }

  /** Tells an execution that waits something, for who may; settles when that is durable. */
  async signal(signal: Signal): Promise<Signalled> {
    return this.#beside(() => this.#open.signals.signal(signal), signal);
  }

  /** Moves open executions to the current snapshot, for who may, where their records fit there. */
  async migrate(migrate: Migrate): Promise<readonly Moved[]> {
    return this.#beside(() => this.#open.migrating.migrate(migrate), migrate);
  }

  /** Tries again to undo what stands of an execution that has ended, for who may. */
  async retrySaga(retry: RetrySaga): Promise<readonly Retried[]> {
    return this.#beside(() => this.#open.retrying.retry(retry), retry);
  }

  /** Opens a session, for who shows a token or as the operator; settles when that is durable. */
  async openSession(asked: OpenSession): Promise<OpenedSession> {
    return this.#beside(() => this.#sessions.open(asked));
  }

  /** Ends a session before its time, for who may; settles when that is durable. */
  async endSession(asked: EndSession): Promise<EndedSession> {
    return this.#beside(() => this.#sessions.end(asked));
  }

  /** Waits for what is under way, stores the state, and lets go: what else is open stays for a start. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what was begun for a runtime that does not come to life: nothing more reaches the disk. */
  async abandon(error: unknown): Promise<void> {
    const { ledger } = this.#world;
    ledger.stop(error);
    await this.#held.storing.stop();
    await ledger.close();
  }

  /** Goes on with what a former writer left open, which it takes. Called once, before any work. */
  async resume(unfinished: Unfinished[], cuts: readonly CutBody[]): Promise<void> {
    const { hold = false, goOnFirstMax } = { ...DEFAULTS, ...this.#options };
    const resuming = {
      world: this.#world,
      atHand: this.#atHand,
      admission: this.#admission,
      running: this.#running,
      repeats: this.#repeats,
      cancelling: this.#open.cancelling,
      hold,
      firstMax: hold ? Number.POSITIVE_INFINITY : goOnFirstMax,
      onUnheard: this.#unhear,
    };
    const resumed = await resume(resuming, unfinished, cuts);
    [this.#recovery, this.#backlog] = [resumed.recovery, resumed.backlog];
    this.#beginToWake();
  }

  /** Hands over what had closed when a former writer stopped. Called once, before any work. */
  async projectAgain(closed: readonly Journal[]): Promise<void> {
    for (const journal of closed) {
      const snapshot = snapshotOf(journal.records);
      if (snapshot !== undefined && this.#atHand.has(snapshot)) {
        await this.#running.project(journal);
      }
    }
  }

  /** What it is about goes on first, where it has not yet: all that was found open, unless told. */
  #beside<T>(work: () => Promise<T>, about?: { readonly trace?: string }): Promise<T> {
    this.#refuseUnlessOpen();
    const before = about && this.#backlog?.until(about.trace);
    const begin = () => this.#world.ledger.unlessFailed(work);
    return this.#admission.beside(before === undefined ? begin : () => before.then(begin));
  }

  /** The same of what was asked for with a key before. */
  async #goneOn({ tenant, key }: Keyed): Promise<void> {
    const before = this.#world.state.executionByKey(tenant, key);
    const gone = before && this.#backlog?.until(before.trace);
    if (gone !== undefined) await this.#admission.without(() => gone);
  }

  #refuseUnlessOpen(): void {
    if (this.#owesBoot) {
      const message = "expected the start to come through its last gate before any work";
      const hint = "Former starts of this data root are on record: call `boot()` first.";
      throw new Refusal("usage", "runtime/not-booted", message, { hint });
    }
    if (this.#closing !== undefined) throw isClosing();
    if (this.#world.ledger.noRoom) throw noRoomNow();
  }

  async #answer(accepting: Promise<Accepted>, work: Work): Promise<Answer | WaitingAnswer> {
    const accepted = await accepting;
    const { program, payload, key, asker, intent } = accepted;
    if (key === null) return this.#running.run(accepted, this.#traceOf(work, asker));
    const { workflow } = program.graph;
    const keyed = { ...keyedBy(asker), key, intent, workflow, payload };
    // What a ledger that failed holds in memory will never be durable: it answers nobody.
    if (this.#world.ledger.failed) await this.#world.ledger.flush();
    if (this.#backlog !== undefined && this.#backlog.size > 0) await this.#goneOn(keyed);
    const first = this.#repeats.find(keyed);
    if (first !== undefined) return this.#admission.without(() => first);
    const answer = this.#running.run(accepted, this.#traceOf(work, asker));
    this.#repeats.share(keyed, answer);
    return answer;
  }

  #traceOf({ traceId }: Work, { tenant }: Asker): string {
    return traceId === undefined ? this.#newTraceId() : this.#free(traceId, tenant);
  }

  #free(given: string, tenant: string): string {
    const trace = acceptTraceId(given, tenant);
    if (this.#world.state.execution(trace) === undefined) return trace;
    throw new Refusal("acceptance", "trace/exists", `there is a trace \`${trace}\` already`);
  }

  async #close(): Promise<void> {
    this.post?.stop();
    this.#sleepers.stop();
    this.#running.waiting.close();
    this.#backlog?.stop();
    await this.#admission.idle();
    const { ledger } = this.#world;
    try {
      if (ledger.failed) await this.#held.storing.stop();
      else await this.#held.storing.all();
    } finally {
      await ledger.close();
      try {
        this.#held.store.close();
      } finally {
        this.#held.ownership.release();
      }
    }
    if (this.#unheard !== undefined) throw this.#unheard;
  }
}
