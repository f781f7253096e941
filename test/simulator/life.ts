/**
 * One process that opens the data root, is given work, and ends one way or another. What it answers
 * while it is alive was told to somebody; what its code does after its death reaches nobody.
 */
import { type Digest, sha256 } from "../../protocol/language/digest.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Answer, WaitingAnswer } from "../../runtime/answer.ts";
import { openRuntime } from "../../runtime/open-runtime.ts";
import type { Snapshot } from "../../runtime/ports.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { RuntimeOptions } from "../../runtime/runtime-options.ts";
import { type Errand, IDENTITY } from "./errands.ts";
import { excuseFor, type Matter, type Then } from "./excuses.ts";
import { Failure } from "./failure.ts";
import { Dead, type Machine, type Process } from "./machine.ts";
import { DATA_ROOT, type Oracle } from "./oracle.ts";
import type { Outside } from "./outside.ts";
import { portsOf } from "./ports.ts";
import { implementations, snapshotWith } from "./protocol.ts";
import type { Random } from "./random.ts";
import type { Stored } from "./stored.ts";
import type { Asking } from "./workload.ts";

/** What all lives of a run share. */
export interface Place {
  readonly machine: Machine;
  readonly random: Random;
  readonly stored: Stored;
  readonly outside: Outside;
  readonly oracle: Oracle;
  /** Whether its starts come through the last gate; where one did, the law asks it of all. */
  readonly boots: boolean;
}

/** Work that was handed in once or, under the same key, again. */
export interface Submission extends Asking {
  state: "waiting" | "answered" | "refused" | "unheard";
}

const OTHER_WORK = "idempotency/other-work";

/** Refusals of somebody who is known, each with a record, which is held against what it claims. */
const OF_WHO_ASKS = /^(policy\/denied|token\/replayed|session\/(expired|ended)|signal\/.*)$/;

const CONFIGURATIONS = ["one configuration", "another"].map((text) => sha256(text));

/** What a life is opened with that others are not. */
export interface How {
  readonly snapshot: Snapshot;
  /** What was left open stays so, but for what is done to it. */
  readonly hold: boolean;
}

export class Life {
  readonly #place: Place;
  readonly #how: How;
  readonly process: Process;
  readonly submissions: Submission[] = [];
  readonly errands: Errand[] = [];
  runtime: Runtime | undefined;
  refused: Refusal | undefined;
  /** Records that were durable when it had opened, before its own start was told. */
  stood = 0;
  closed = false;
  /** A failure that came out where nobody waits. */
  failure: Failure | undefined;

  /** Whether it was told to close. */
  #closing = false;
  readonly #queueMax: number;

  constructor(place: Place, process: Process, how: How) {
    this.#queueMax = place.random.pick([2, 64]);
    this.#place = place;
    this.process = process;
    this.#how = how;
  }

  get hold(): boolean {
    return this.#how.hold;
  }

  get alive(): boolean {
    return this.process.alive;
  }

  get waiting(): number {
    const all = [...this.submissions, ...this.errands];
    return all.filter(({ state }) => state === "waiting").length;
  }

  open(waitMs: number): void {
    const { boots, random } = this.#place;
    const configuration = CONFIGURATIONS[random.below(8) === 0 ? 1 : 0];
    this.#opened(waitMs, (boots && configuration) || null).then(
      (runtime) => {
        this.runtime = runtime;
      },
      (error: unknown) =>
        this.#refusedOr(error, (refusal) => {
          this.refused = refusal;
        }),
    );
  }

  /** Comes through the last gate, under one configuration or another, or under none. */
  async #opened(waitMs: number, configuration: Digest | null): Promise<Runtime> {
    const runtime = await openRuntime(this.#options(waitMs));
    this.stood = runtime.reach.durable;
    if (configuration === null) return runtime;
    const { kind } = await runtime.boot({ configuration, gates: () => [] });
    this.#place.machine.log?.(`<- ${this.process.name} has come to life, ${kind}`);
    return runtime;
  }

  submit(submission: Submission): void {
    this.submissions.push(submission);
    submission.state = "waiting";
    this.#place.oracle.keys.asks(submission);
    const durable = this.runtime?.reach.durable ?? 0;
    const before = this.#place.oracle.given;
    this.#place.machine.log?.(`-> ${JSON.stringify(submission.work)}`);
    this.runtime?.submit(submission.work).then(
      (answer) => this.#heard(submission, answer, before),
      (error: unknown) =>
        this.#refusedOr(error, (refusal) => this.#turnedDown(submission, refusal, durable)),
    );
  }

  send(errand: Errand): void {
    this.errands.push(errand);
    errand.state = "waiting";
    const { log } = this.#place.machine;
    log?.(`-> ${errand.what}`);
    if (this.runtime === undefined) return;
    const { durable } = this.runtime.reach;
    errand.go(this.runtime, this.#how.snapshot.id).then(
      (hear) => {
        if (!this.alive) return;
        errand.state = "answered";
        log?.(`<- ${errand.what}`);
        hear();
      },
      (error: unknown) =>
        this.#refusedOr(error, (refusal) => this.#turnedDown(errand, refusal, durable)),
    );
  }

  close(): void {
    this.#closing = true;
    const done = () => {
      this.closed = true;
    };
    this.runtime?.close().then(done, (error: unknown) =>
      this.#refusedOr(error, (refusal) => {
        if (!this.excuses(refusal)) this.#fail(`close was refused: ${refusal.code}`);
        done();
      }),
    );
  }

  #heard(submission: Submission, answer: Answer | WaitingAnswer, before: number): void {
    if (!this.alive) return;
    const { machine, oracle } = this.#place;
    submission.state = "answered";
    machine.log?.(`<- ${answer.trace_id} ${answer.outcome ?? "waits"}`);
    this.#guard(() => {
      if (answer.outcome === undefined) oracle.waits(answer, { ...submission, before });
      else oracle.answered(answer, { ...submission, before });
    });
  }

  /** Whether something failed in this life that a refusal may speak of. */
  excuses({ code }: Refusal): boolean {
    return this.process.faults.excuses(code);
  }

  #turnedDown(asked: Submission | Errand, refusal: Refusal, durable: number): void {
    const { code, message } = refusal;
    this.#place.machine.log?.(`<- refused ${code}`);
    const excuse = excuseFor(code);
    if (code === OTHER_WORK && "work" in asked) {
      this.#guard(() => this.#place.oracle.keys.otherWork(asked));
    } else if (excuse !== undefined) {
      this.#guard(() => {
        if (excuse(matterOf(asked), this.#then(asked, durable))) return;
        throw new Failure(`that is not so: ${code} ${message}`);
      });
    }
    asked.state = "refused";
    // What a disk failed to keep may stand all the same.
    if (!this.excuses(refusal)) this.#place.oracle.keys.turnedDown(asked);
    if (OF_WHO_ASKS.test(code)) {
      if (refusal.trace === undefined && "refused" in asked) asked.refused?.(code);
      else this.#recorded(refusal);
    } else if (code !== OTHER_WORK && excuse === undefined && !this.excuses(refusal)) {
      this.#fail(`work was refused without a reason: ${code} ${message}`);
    }
  }

  #then(asked: Submission | Errand, durable: number): Then {
    const { oracle } = this.#place;
    return {
      durable,
      records: oracle.records,
      closing: this.#closing,
      waiting: this.waiting,
      queueMax: this.#queueMax,
      named: "work" in asked ? oracle.keys.named(asked.work.traceId) : 0,
    };
  }

  /** What was refused to somebody who is known was written down before it was told. */
  #recorded({ code, trace }: Refusal): void {
    if (trace === undefined) this.#fail(`${code} was told, and not where it is recorded`);
    else this.#place.oracle.told.refusals.set(trace, code);
  }

  /** Only a refusal is told; a dead process's errors are nobody's, any other error is a failure. */
  #refusedOr(error: unknown, refused: (refusal: Refusal) => void): void {
    if (!this.alive || error instanceof Dead) return;
    if (error instanceof Refusal) refused(error);
    else this.#fail(`not a refusal: ${(error as Error).stack ?? String(error)}`);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failure ??= error;
    }
  }

  #fail(message: string): void {
    this.failure ??= new Failure(message);
  }

  #options(waitMs: number): RuntimeOptions {
    const { machine, random, stored, outside, oracle } = this.#place;
    return {
      dataRoot: DATA_ROOT,
      ...this.#how,
      snapshots: snapshotWith,
      capabilities: implementations(outside.of(this.process)),
      tenant: "default",
      principal: "operator",
      identity: IDENTITY,
      holder: { pid: 1, command: this.process.name },
      waitMs,
      ...(random.chance(0.5) ? { storeWorkerFile: this.process.name } : {}),
      roomWaitMs: random.pick([0, 100, 20_000]),
      underWayMax: random.pick([1, 8, 64, 64]),
      queueMax: this.#queueMax,
      ports: portsOf(machine, this.process, stored),
      onClosed: ({ trace, lines }) => {
        if (this.alive) oracle.projected(trace, lines);
      },
    };
  }
}

function matterOf(asked: Submission | Errand): Matter {
  if (!("work" in asked)) return asked.about;
  const { work, tenant, forged = false } = asked;
  const { traceId, idempotencyKey } = work;
  return {
    tenant,
    forged,
    ...(traceId === undefined ? {} : { trace: traceId }),
    ...(idempotencyKey === undefined ? {} : { key: idempotencyKey }),
  };
}
