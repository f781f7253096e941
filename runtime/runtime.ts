/**
 * The runtime on one data root: opening recovers what a former writer left, `submit` carries out one
 * execution and answers when its records are durable, `close` leaves a clean end. From the record
 * that opens an execution to the one that closes it nothing is awaited.
 */
import type { Capabilities } from "../protocol/language/capabilities.ts";
import type { Digest } from "../protocol/language/digest.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import type { CutBody, LedgerRecord, OpenedBody } from "../protocol/language/records.ts";
import { RECORD_FORMAT } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { VERSION } from "../protocol/language/version.ts";
import { type Answer, answerOf } from "./answer.ts";
import { prepareDataRoot } from "./data-root.ts";
import { carryOut, type Journal, liveHost, type World, write } from "./execution.ts";
import { acceptPayload, acceptTraceId } from "./intake.ts";
import { Ledger } from "./ledger/ledger.ts";
import { recoverLedger } from "./ledger/recovery.ts";
import type { Program } from "./machine/program.ts";
import { type Holder, type Ownership, own } from "./owner.ts";
import type { Clock, Entropy, Files, Snapshot, Store } from "./ports.ts";
import { type Programs, programsOf } from "./programs.ts";
import { adopt, gatherUnsettled, goOn, type Stuck, type Unfinished } from "./reopen.ts";
import { sealerOf } from "./sealing/sealer.ts";
import { openVault } from "./sealing/vault.ts";
import { openState } from "./state/open.ts";
import { Overlay } from "./state/overlay.ts";
import { systemClock, systemEntropy, systemFiles } from "./system-ports.ts";
import { traceIds } from "./trace-ids.ts";

export interface Ports {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  /** The stored state; unless told, the data root's own `state.db`. */
  readonly store?: (dataRoot: string) => Store;
}

export const SYSTEM_PORTS: Ports = Object.freeze({
  clock: systemClock,
  entropy: systemEntropy,
  files: systemFiles,
});

export interface RuntimeOptions {
  /** Absolute. Made where there is none. */
  readonly dataRoot: string;
  /** What new executions run under. */
  readonly snapshot: Snapshot;
  /** Opens the snapshot that an open execution began with; throws a refusal where it is gone. */
  readonly snapshots: (id: Digest) => Snapshot;
  readonly capabilities: Capabilities;
  /** For authors: differing capabilities pass, and every trace says so. */
  readonly allowChangedCapabilities?: boolean;
  readonly tenant: string;
  readonly principal: string;
  /** This process, for those who find the data root held. */
  readonly holder: Holder;
  /** How long to wait for another process to let go of the data root. */
  readonly waitMs?: number;
  readonly ports?: Ports;
  /**
   * Called with every execution that closed, once its records are durable; and, after a stop that
   * was not clean, again with those whose traces may not have been written.
   */
  readonly onClosed?: (closed: ClosedExecution) => void | Promise<void>;
}

/** An execution as its records say it. */
export interface ClosedExecution {
  readonly trace: string;
  readonly records: readonly LedgerRecord[];
  /** The trace file's bytes: the records' lines. */
  readonly lines: Uint8Array;
  readonly snapshot: Digest;
}

export interface Work {
  readonly workflow: string;
  /** JSON as it came in, or a value. */
  readonly payload: Uint8Array | Json;
  readonly traceId?: string;
}

/** What was found when the data root was opened. */
export interface Recovery {
  /** Traces that were open and were brought to their end. */
  readonly continued: readonly string[];
  readonly stuck: readonly Stuck[];
  /** Torn tails that were cut off. */
  readonly cuts: readonly CutBody[];
}

const WAIT_MS = 5_000;
/** So many changes are stored in one transaction, while there is more to come. */
const STORED_AT_ONCE = 512;

export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataRoot, holder, waitMs = WAIT_MS, ports = SYSTEM_PORTS } = options;
  const programs = programsOf(options.snapshot, options.capabilities, {
    allowChanged: options.allowChangedCapabilities === true,
  });
  prepareDataRoot(ports.files, dataRoot);
  const ownership = await own({ dataRoot, files: ports.files, holder, waitMs });
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
  const { dataRoot, capabilities } = options;
  const { files, clock, entropy } = ports;
  const store = ports.store?.(dataRoot) ?? openState(files, dataRoot);
  try {
    const watermark = store.watermark();
    const state = new Overlay(store);
    const gathered = gatherUnsettled(watermark?.applied ?? 0);
    const cuts: CutBody[] = [];
    const recovered = recoverLedger({
      dataRoot,
      files,
      clock,
      watermark,
      each(entry) {
        gathered.take(entry);
        if (entry.record.n <= (watermark?.applied ?? 0)) return;
        state.note(entry.record);
        if (entry.record.type === "cut") cuts.push(entry.record);
      },
    });
    const ledger = new Ledger({ dataRoot, files, clock, ...recovered });
    const vault = openVault(dataRoot, files, entropy);
    const world = { ledger, state, vault, capabilities };
    const runtime = new Runtime(options, world, { ...owned, store, ports });
    await runtime.resume(gathered.open(), cuts);
    await runtime.projectAgain(gathered.closed());
    return runtime;
  } catch (error) {
    store.close();
    throw error;
  }
}

interface Held extends Owned {
  readonly store: Store;
  readonly ports: Ports;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #world: World;
  readonly #held: Held;
  readonly #epoch: number;
  readonly #newTraceId: () => string;
  readonly #going = new Set<Promise<unknown>>();
  #storeAt = STORED_AT_ONCE;
  #recovery: Recovery = { continued: [], stuck: [], cuts: [] };
  #closing: Promise<void> | undefined;

  /** Use `openRuntime`. */
  constructor(options: RuntimeOptions, world: World, held: Held) {
    this.#options = options;
    this.#world = world;
    this.#held = held;
    this.#epoch = world.state.epoch + 1;
    this.#newTraceId = traceIds(held.ports.clock, held.ports.entropy);
  }

  get recovery(): Recovery {
    return this.#recovery;
  }

  /** Flushes of the ledger since it was opened; for measuring. */
  get flushes(): number {
    return this.#world.ledger.flushes;
  }

  /** Carries out one execution. Settles when its answer is durable, and its trace projected. */
  submit(work: Work): Promise<Answer> {
    if (this.#closing !== undefined) {
      return Promise.reject(new Refusal("busy", "runtime/closed", "the runtime is closing"));
    }
    const going = this.#carryOut(work);
    this.#going.add(going);
    const done = () => void this.#going.delete(going);
    going.then(done, done);
    return going;
  }

  /** Waits for what was submitted, stores the state, and lets go of the data root. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Brings to an end what a former writer left open. Called once, before any work. */
  async resume(unfinished: readonly Unfinished[], cuts: readonly CutBody[]): Promise<void> {
    const world = this.#world;
    for (const one of unfinished) adopt(world, one);
    const continued: Journal[] = [];
    const stuck: Stuck[] = [];
    for (const one of unfinished) {
      const hindrance = await goOn(world, one, (id) => this.#programsUnder(id as Digest));
      if (hindrance === undefined) continued.push(one.journal);
      else stuck.push(hindrance);
    }
    await world.ledger.flush();
    for (const journal of continued) await this.#project(journal);
    this.#recovery = { continued: continued.map(({ trace }) => trace), stuck, cuts };
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

  async #carryOut(work: Work): Promise<Answer> {
    const program = await this.#held.programs.find(work.workflow);
    const payload = acceptPayload(program, work.payload);
    const trace = work.traceId === undefined ? this.#newTraceId() : this.#free(work.traceId);
    const journal: Journal = { trace, records: [], lines: [] };
    const { ledger } = this.#world;
    try {
      this.#perform(program, payload, journal);
    } catch (error) {
      // Half an execution stands in memory: none of it may reach the disk.
      ledger.stop(error);
      throw error;
    }
    await ledger.flush();
    this.#storeSome();
    await this.#project(journal);
    return answerOf(journal.records);
  }

  #perform(program: Program, payload: Json, journal: Journal): void {
    const world = this.#world;
    const { tenant } = this.#options;
    const sealed = sealerOf(world.vault, tenant, journal.trace).seal(
      payload,
      program.graph.sealPayload,
      "payload",
    );
    const opened = this.#opened(program, sealed);
    write(world, journal, opened);
    carryOut(world, { program, payload, journal }, liveHost(world, journal, opened));
  }

  #opened({ graph }: Program, payload: Json): OpenedBody {
    const { snapshot, changed } = this.#held.programs;
    return {
      type: "opened",
      format: RECORD_FORMAT,
      epoch: this.#epoch,
      snapshot: snapshot.id,
      engine: VERSION,
      workflow: graph.workflow,
      intent: null,
      tenant: this.#options.tenant,
      session: null,
      principal: this.#options.principal,
      idempotency_key: null,
      policy: { decision: "ungoverned", policies: [] },
      payload,
      started_at: this.#world.ledger.now(),
      ...(changed.length === 0 ? {} : { changed_capabilities: changed }),
    };
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

  #storeSome(): void {
    const { pending } = this.#world.state;
    if (pending < this.#storeAt) return;
    try {
      this.#store();
      this.#storeAt = STORED_AT_ONCE;
    } catch {
      // The answer is durable and the state may lag: tried again later, and told at the latest by
      // `close`, which does not catch it.
      this.#storeAt = pending + STORED_AT_ONCE;
    }
  }

  #store(): void {
    const { ledger, state } = this.#world;
    state.storeUpTo({ resume: ledger.resume, durable: ledger.durable });
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#going);
    const { ledger } = this.#world;
    try {
      if (!ledger.failed) this.#store();
    } finally {
      await ledger.close();
      this.#held.store.close();
      this.#held.ownership.release();
    }
  }
}
