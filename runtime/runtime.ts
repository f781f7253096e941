/**
 * The runtime on one data root: opening recovers what a former writer left, `submit` carries out one
 * execution and answers when its records are durable, `close` leaves a clean end. From the record
 * that opens an execution to the one that closes it nothing is awaited.
 */
import type { Digest } from "../protocol/language/digest.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import type { CutBody } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { Admission } from "./admission.ts";
import { type Answer, answerOf } from "./answer.ts";
import { prepareDataRoot } from "./data-root.ts";
import {
  acceptedFact,
  advance,
  type Calling,
  type Course,
  type Journal,
  liveHost,
  type World,
  write,
} from "./execution.ts";
import { acceptIdempotencyKey, acceptPayload, acceptTraceId } from "./intake.ts";
import { noRoomNow } from "./ledger/failure.ts";
import { Ledger } from "./ledger/ledger.ts";
import { recoverLedger } from "./ledger/recovery.ts";
import { type Fact, NEW, type Program } from "./machine/program.ts";
import { openedBody } from "./opening.ts";
import { callOutside } from "./outside.ts";
import { type Ownership, own } from "./owner.ts";
import type { Store } from "./ports.ts";
import { type Programs, programsOf } from "./programs.ts";
import { adopt, gatherUnsettled, goOnAll, type Reopened, type Unfinished } from "./reopen.ts";
import { Repeats } from "./repeats.ts";
import {
  type Ports,
  type Recovery,
  type RuntimeOptions,
  SYSTEM_PORTS,
  type Work,
} from "./runtime-options.ts";
import { sealerOf, sealsAnything } from "./sealing/sealer.ts";
import { openVault } from "./sealing/vault.ts";
import { openState } from "./state/open.ts";
import { Overlay } from "./state/overlay.ts";
import type { Storing } from "./state/storing.ts";
import { storingFor } from "./storing-for.ts";
import { traceIds } from "./trace-ids.ts";

const WAIT_MS = 5_000;
const UNDER_WAY_MAX = 1_024;
const QUEUE_MAX = 4_096;

export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataRoot, holder, waitMs = WAIT_MS, ports = SYSTEM_PORTS } = options;
  const { files, clock, lock } = ports;
  const programs = programsOf(options.snapshot, options.capabilities, {
    allowChanged: options.allowChangedCapabilities === true,
  });
  prepareDataRoot(files, dataRoot);
  const ownership = await own({ dataRoot, files, clock, holder, waitMs, ...(lock && { lock }) });
  try {
    return await start(options, ports, { programs, ownership });
  } catch (error) {
    ownership.release();
    throw error;
  }
}

interface Owned {
  readonly programs: Programs;
  readonly ownership: Ownership;
}

async function start(options: RuntimeOptions, ports: Ports, owned: Owned): Promise<Runtime> {
  const { dataRoot, capabilities, roomWaitMs = 0 } = options;
  const { files, clock, entropy } = ports;
  const own = ports.store === undefined ? openState(files, dataRoot) : undefined;
  const store = own ?? (ports.store as (dataRoot: string) => Store)(dataRoot);
  let runtime: Runtime | undefined;
  try {
    const watermark = store.watermark();
    const state = new Overlay(store);
    const gathered = gatherUnsettled({
      applied: watermark?.applied ?? 0,
      lines: options.onClosed !== undefined,
    });
    const cuts: CutBody[] = [];
    const recovered = recoverLedger({
      dataRoot,
      files,
      clock,
      watermark,
      open: store.open(),
      each(entry) {
        gathered.take(entry);
        if (entry.record.n <= (watermark?.applied ?? 0)) return;
        state.note(entry.record);
        if (entry.record.type === "cut") cuts.push(entry.record);
      },
    });
    const vault = openVault(dataRoot, files, entropy);
    const settleKeys = vault.settle;
    const ledger = new Ledger({ dataRoot, files, clock, roomWaitMs, settleKeys, ...recovered });
    const world = { ledger, state, vault, capabilities };
    const storing = storingFor(options, world, own);
    runtime = new Runtime(options, world, { ...owned, store, storing, ports });
    await runtime.resume(gathered.takeOpen(), cuts);
    await runtime.projectAgain(gathered.closed());
    return runtime;
  } catch (error) {
    await runtime?.abandon(error);
    store.close();
    throw error;
  }
}

interface Held extends Owned {
  readonly store: Store;
  readonly storing: Storing;
  readonly ports: Ports;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #world: World;
  readonly #held: Held;
  readonly #epoch: number;
  readonly #newTraceId: () => string;
  readonly #admission: Admission;
  readonly #repeats: Repeats;
  readonly #storing: Storing;
  #recovery: Recovery = { continued: [], calling: [], stuck: [], cuts: [] };
  #closing: Promise<void> | undefined;
  /** What went wrong with an execution that nobody waits for. */
  #unheard: unknown;

  /** Use `openRuntime`. */
  constructor(options: RuntimeOptions, world: World, held: Held) {
    const { underWayMax = UNDER_WAY_MAX, queueMax = QUEUE_MAX, dataRoot, tenant } = options;
    const { clock, entropy, files } = held.ports;
    this.#options = options;
    this.#world = world;
    this.#held = held;
    this.#epoch = world.state.epoch + 1;
    // Of the ledger's time, which never goes back: ids sort as executions began.
    this.#newTraceId = traceIds({ ...clock, now: () => world.ledger.nowMs }, entropy);
    this.#admission = new Admission({ underWayMax, queueMax });
    this.#storing = held.storing;
    this.#repeats = new Repeats({ dataRoot, tenant, files, store: held.store, ...world });
  }

  get recovery(): Recovery {
    return this.#recovery;
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
  async submit(work: Work): Promise<Answer> {
    this.#refuseUnlessOpen();
    const entering = this.#admission.enter();
    if (entering !== undefined) await entering;
    try {
      return await this.#answer(work);
    } finally {
      this.#admission.leave();
    }
  }

  /** Waits for what was submitted, stores the state, and lets go of the data root. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what was begun for a runtime that does not come to life: nothing more reaches the disk. */
  async abandon(error: unknown): Promise<void> {
    const { ledger } = this.#world;
    ledger.stop(error);
    await this.#storing.stop();
    await ledger.close();
  }

  /** Goes on with what a former writer left open, which it takes. Called once, before any work. */
  async resume(unfinished: Unfinished[], cuts: readonly CutBody[]): Promise<void> {
    for (const one of unfinished) adopt(this.#world, one);
    const going = await goOnAll(unfinished, {
      world: this.#world,
      programsUnder: (id) => this.#programsUnder(id as Digest),
      durable: (ended) => this.#settleSome(ended),
    });
    const { continued, stuck, calling } = going;
    const goingOn = calling.map(({ course }) => course.journal.trace);
    this.#recovery = { continued, calling: goingOn, stuck, cuts };
    // A call may take its time: new work need not wait for it.
    for (const one of calling) this.#goOnCalling(one);
  }

  /** What was written is made durable, projected, and then stored. */
  async #settleSome(ended: readonly Journal[]): Promise<void> {
    await this.#world.ledger.flush();
    for (const journal of ended) await this.#project(journal);
    const lagging = this.#storing.some();
    if (lagging !== undefined) await lagging;
  }

  #goOnCalling({ course, calling, payload }: Reopened & { readonly kind: "calling" }): void {
    const { journal, program } = course;
    const turn = this.#admission.reenter();
    const going = turn
      .then(() => this.#carryThrough(course, calling))
      .then(() => this.#settle(journal));
    const [opened] = journal.records;
    if (opened?.type === "opened" && opened.idempotency_key !== null) {
      const { workflow } = program.graph;
      this.#repeats.share({ key: opened.idempotency_key, workflow, payload }, going);
    }
    // Whoever asked is gone: what goes wrong is told by `close`.
    const failed = (error: unknown) => {
      this.#unheard ??= error;
    };
    going.catch(failed).finally(() => this.#admission.leave());
  }

  /** Hands over what had closed when a former writer stopped. Called once, before any work. */
  async projectAgain(closed: readonly Journal[]): Promise<void> {
    for (const journal of closed) {
      const [opened] = journal.records;
      if (opened?.type === "opened" && this.#hasSnapshot(opened.snapshot)) {
        await this.#project(journal);
      }
    }
  }

  /** Without its snapshot a trace cannot be drawn; that is told by whoever verifies. */
  #hasSnapshot(id: Digest): boolean {
    try {
      return id === this.#held.programs.snapshot.id || this.#options.snapshots(id).id === id;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  #programsUnder(id: Digest): Programs {
    const { programs } = this.#held;
    if (id === programs.snapshot.id) return programs;
    const allowChanged = this.#options.allowChangedCapabilities === true;
    const snapshot = this.#options.snapshots(id);
    return programsOf(snapshot, this.#options.capabilities, { allowChanged });
  }

  #refuseUnlessOpen(): void {
    const closing = this.#closing !== undefined;
    if (closing) throw new Refusal("busy", "runtime/closed", "the runtime is closing");
    if (this.#world.ledger.noRoom) throw noRoomNow();
  }

  async #answer(work: Work): Promise<Answer> {
    const program = await this.#held.programs.find(work.workflow);
    const payload = acceptPayload(program, work.payload);
    if (work.idempotencyKey === undefined) return this.#run(program, payload, work);
    const key = acceptIdempotencyKey(work.idempotencyKey);
    const keyed = { key, workflow: program.graph.workflow, payload };
    // What a ledger that failed holds in memory will never be durable: it answers nobody.
    if (this.#world.ledger.failed) await this.#world.ledger.flush();
    const first = this.#repeats.find(keyed);
    if (first !== undefined) return first;
    const answer = this.#run(program, payload, work);
    this.#repeats.share(keyed, answer);
    return answer;
  }

  async #run(program: Program, payload: Json, work: Work): Promise<Answer> {
    const trace = work.traceId === undefined ? this.#newTraceId() : this.#free(work.traceId);
    const journal: Journal = { trace, records: [], lines: [] };
    const calling = this.#begin(program, payload, { journal, key: work.idempotencyKey ?? null });
    if (calling !== undefined) await this.#carryThrough(calling.course, calling.calling);
    return this.#settle(journal);
  }

  /** Opens an execution and takes it as far as it goes without waiting. */
  #begin(
    program: Program,
    payload: Json,
    { journal, key }: { readonly journal: Journal; readonly key: string | null },
  ): { readonly course: Course; readonly calling: Calling } | undefined {
    const world = this.#world;
    const sealer = sealerOf(world.vault, this.#options.tenant, journal.trace);
    // Before anything is written: a key that stands and cannot be used leaves nothing half done.
    if (sealsAnything(program.graph)) sealer.prepare();
    const sealed = sealer.seal(payload, program.graph.sealPayload, "payload");
    return this.#whole(() => {
      const by = { ...this.#options, programs: this.#held.programs, epoch: this.#epoch };
      const opened = openedBody(by, world.ledger, { program, payload: sealed, key });
      const first = write(world, journal, opened);
      const course = { program, journal, host: liveHost(world, journal, opened) };
      const calling = advance(world, course, NEW, acceptedFact(first, payload));
      return calling && { course, calling };
    });
  }

  /** Makes one call after another, each when its attempt is durable, until the execution ends. */
  async #carryThrough(course: Course, first: Calling): Promise<void> {
    const { capabilities } = this.#options;
    const { clock } = this.#held.ports;
    let calling: Calling | undefined = first;
    while (calling !== undefined) {
      await this.#world.ledger.flush();
      const { command, execution }: Calling = calling;
      const answer = await callOutside({ capabilities, clock }, command, course.journal.trace);
      const fact: Fact = { kind: "answered", node: command.node, answer };
      calling = this.#whole(() => advance(this.#world, course, execution, fact));
    }
  }

  /** Half of what a step writes stands in memory when it fails: none of it may reach the disk. */
  #whole<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#world.ledger.stop(error);
      throw error;
    }
  }

  /** Gives the answer of an execution at its end, when it is durable. */
  async #settle(journal: Journal): Promise<Answer> {
    await this.#settleSome([journal]);
    return answerOf(journal.records);
  }

  #free(given: string): string {
    const trace = acceptTraceId(given);
    if (this.#world.state.execution(trace) === undefined) return trace;
    throw new Refusal("acceptance", "trace/exists", `there is a trace \`${trace}\` already`);
  }

  async #project({ trace, records, lines }: Journal): Promise<void> {
    const { onClosed } = this.#options;
    if (onClosed === undefined) return;
    const [opened] = records;
    invariant(opened?.type === "opened", "a trace begins with the record that opens it");
    const bytes = Buffer.concat(lines.map((line) => Buffer.from(line as string)));
    await onClosed({ trace, records, lines: bytes, snapshot: opened.snapshot });
  }

  async #close(): Promise<void> {
    await this.#admission.idle();
    const { ledger } = this.#world;
    try {
      if (ledger.failed) await this.#storing.stop();
      else await this.#storing.all();
    } finally {
      await ledger.close();
      this.#held.store.close();
      this.#held.ownership.release();
    }
    if (this.#unheard !== undefined) throw this.#unheard;
  }
}
