/**
 * One run: a seed becomes a row of lives on one data root, each with its work, its faults and its
 * end, and a last one that comes to rest. The same seed is the same run, to the last byte.
 */
import { Agenda } from "./agenda.ts";
import { damage } from "./damage.ts";
import { Disk } from "./disk.ts";
import { delivering, type Errand, errandOf, heldErrandOf } from "./errands.ts";
import { Failure } from "./failure.ts";
import { Faults, NO_FAULTS, type Plan, planOf, tornPlan } from "./faults.ts";
import type { Segments } from "./ledger-view.ts";
import { Life, type Place, type Submission } from "./life.ts";
import { bring, Dead, Machine } from "./machine.ts";
import { forgetDescriptors } from "./node-fs.ts";
import { Oracle } from "./oracle.ts";
import { Outside } from "./outside.ts";
import { filesOf } from "./ports.ts";
import { SNAPSHOTS, UNDER } from "./protocol.ts";
import { Random } from "./random.ts";
import { Stored } from "./stored.ts";
import { tune } from "./tuned.ts";
import { askingOf, type Holder, type Mix, mixOf } from "./workload.ts";

export interface Result {
  readonly seed: number;
  readonly failure: string | undefined;
  /** Of everything that was called and answered: equal runs have equal sums. */
  readonly lives: number;
  readonly answers: number;
  readonly calls: number;
}

const EVENTS_MAX = 20_000;

class Run {
  readonly #random: Random;
  readonly #place: Place;
  readonly #mix: Mix;
  #submissions: Submission[] = [];
  /** Those who were told a session. */
  readonly #holders: Holder[] = [];
  /** Whether executions are moved from one snapshot to another. */
  readonly #moves: boolean;
  #lives = 0;
  #answers = 0;
  /** The ledger as it stood before a start began to repair it, until one has got through. */
  #before: Segments | undefined;

  constructor(seed: number, log: ((line: string) => void) | undefined) {
    const random = new Random(seed);
    const agenda = new Agenda(random.split());
    const disk = new Disk();
    const machine = new Machine(disk, agenda, random.split());
    machine.log = log;
    const stored = new Stored(random.split());
    const outside = new Outside(machine, random.split());
    const oracle = new Oracle({ disk, stored, outside });
    this.#random = random;
    this.#place = { machine, random, stored, outside, oracle, boots: random.chance(0.8) };
    this.#mix = mixOf(random);
    this.#moves = this.#mix.long && random.chance(0.5);
    bring(machine);
    forgetDescriptors();
    tune(random);
    machine.onPowerCut(() => {
      stored.powerCut();
      oracle.powerCut();
      this.#before = undefined;
    });
  }

  async go(): Promise<void> {
    const torn = this.#random.chance(0.3);
    const crashes = this.#random.between(torn ? 2 : 1, 3);
    for (let count = 0; count < crashes; count += 1) {
      const plan = torn ? tornPlan(this.#random, count) : planOf(this.#random, count > 0);
      await this.#live(plan);
    }
    await this.#rest();
    if (this.#random.chance(0.25)) await this.#damaged();
  }

  get told(): Omit<Result, "seed" | "failure"> {
    const answers = this.#answers;
    return { lives: this.#lives, answers, calls: this.#place.machine.calls };
  }

  /** A life with faults, up to its end. */
  async #live(plan: Plan): Promise<void> {
    const { machine, stored } = this.#place;
    machine.disk.room = Number.POSITIVE_INFINITY;
    if (this.#random.chance(0.05)) stored.erase();
    const life = this.#start(plan, this.#moves && this.#random.chance(0.4));
    if (this.#random.chance(0.14)) this.#fillDisk();
    if (!(await this.#opened(life, this.#random.pick([0, 200])))) return;
    const second = this.#random.chance(0.1) ? this.#start(NO_FAULTS) : undefined;
    second?.open(this.#random.pick([0, 200]));
    // Now and then it closes at once, while what it found still goes on.
    if (second === undefined && this.#random.chance(0.1)) life.close();
    else await this.#work(life, this.#random.between(1, 10));
    if (second !== undefined) await this.#excluded(life, second);
    await this.#end(life);
    for (const submission of life.submissions) {
      const { state, work } = submission;
      if (state === "answered") this.#answers += 1;
      else if ((work.idempotencyKey ?? work.traceId) !== undefined && this.#random.chance(0.7)) {
        this.#submissions.push({ ...submission, state: "unheard" });
      }
    }
  }

  #start(plan: Plan, hold = false): Life {
    const { machine, random } = this.#place;
    this.#lives += 1;
    const process = machine.start(`p${this.#lives}`, new Faults(plan, random.split()), plan.power);
    const under = this.#moves ? random.pick(UNDER) : "first";
    return new Life(this.#place, process, { snapshot: SNAPSHOTS[under], hold });
  }

  #fillDisk(): void {
    const { machine } = this.#place;
    machine.disk.room = this.#random.below(this.#random.pick([800, 6_000]));
    machine.agenda.timer(this.#random.below(10_000), "room on the disk", () => {
      machine.disk.room = Number.POSITIVE_INFINITY;
    });
  }

  /** True when the data root is open and what was found there holds. */
  async #opened(life: Life, waitMs: number): Promise<boolean> {
    const { machine, oracle } = this.#place;
    this.#before ??= oracle.segments;
    life.open(waitMs);
    await this.#until(life, () => life.runtime !== undefined || life.refused !== undefined);
    if (life.refused !== undefined) this.#judge(life);
    if (!life.alive || life.runtime === undefined) return false;
    machine.log?.(`-- ${life.process.name} is open`);
    oracle.checkNothingVanished(this.#before);
    this.#before = undefined;
    oracle.started(oracle.check(life.process.faults.struck), life.stood);
    return true;
  }

  /** A start may be refused where something failed while it ran, and for no other reason. */
  #judge(life: Life): void {
    const { machine } = this.#place;
    const { refused, process } = life;
    machine.log?.(`-- ${process.name} is refused: ${refused?.code} ${refused?.message}`);
    if (refused === undefined || !life.excuses(refused)) {
      throw new Failure(`the start is refused: ${refused?.code} ${refused?.message}`);
    }
    machine.leave(process);
  }

  async #work(life: Life, count: number): Promise<void> {
    const { agenda } = this.#place.machine;
    const until = agenda.count + this.#random.below(400);
    let left = count;
    const stopped = () => agenda.count > until;
    while (life.alive && left > 0 && !stopped()) {
      this.#ask(life);
      left -= 1;
      const pause = agenda.count + this.#random.below(this.#mix.burst ? 2 : 12);
      await this.#until(life, () => agenda.count >= pause || life.waiting === 0);
    }
    await this.#until(life, () => life.waiting === 0 || stopped());
  }

  /** Asks for one thing; now and then for the same twice, at once. */
  #ask(life: Life): void {
    const twice = this.#random.chance(0.15);
    if (life.hold || this.#random.chance(this.#mix.errands)) {
      const errand = this.#nextErrand(life.hold);
      life.send(errand);
      if (twice) life.send({ ...errand });
    } else {
      const submission = this.#nextSubmission();
      const twin = twice ? this.#twinOf(submission) : undefined;
      life.submit(submission);
      if (twin !== undefined) life.submit(twin);
    }
  }

  /** The same, by the same or by somebody else. */
  #twinOf(submission: Submission): Submission {
    const holder = this.#random.chance(0.6) ? this.#random.pick(this.#holders) : undefined;
    if (holder === undefined) return { ...submission };
    const { tenant, session } = holder;
    return { ...submission, tenant, forged: false, work: { ...submission.work, session } };
  }

  #nextSubmission(): Submission {
    const again = this.#submissions.pop();
    return again ?? { ...askingOf(this.#random, this.#mix, this.#holders), state: "unheard" };
  }

  #nextErrand(hold: boolean): Errand {
    const { outside, oracle } = this.#place;
    const traces = outside.arrivals.slice(-2).map(({ trace }) => trace);
    const [random, holders, moves] = [this.#random, this.#holders, this.#moves];
    const make = hold ? heldErrandOf : errandOf;
    return make({ random, holders, traces, told: oracle.told, moves });
  }

  /** A second writer is refused, or waits, as long as the first is there. */
  async #excluded(life: Life, second: Life): Promise<void> {
    await this.#until(life, () => second.refused !== undefined || second.runtime !== undefined);
    if (second.runtime !== undefined && life.alive) throw new Failure("two writers are at work");
    if (second.refused !== undefined && second.refused.code !== "data-root/held" && life.alive) {
      throw new Failure(`the second writer is refused with ${second.refused.code}`);
    }
    if (!life.alive && second.alive) await this.#takenOver(second);
    this.#place.machine.leave(second.process);
  }

  /** The first was killed: the second, if it waited long enough, finds what that one left. */
  async #takenOver(second: Life): Promise<void> {
    const { machine, oracle } = this.#place;
    machine.disk.room = Number.POSITIVE_INFINITY;
    await this.#until(second, () => second.refused !== undefined || second.runtime !== undefined);
    if (second.runtime !== undefined) {
      oracle.started(oracle.check(second.process.faults.struck), second.stood);
    } else if (second.alive && second.refused?.code !== "data-root/held") this.#judge(second);
  }

  /** Closes, or is killed with what it was doing. */
  async #end(life: Life): Promise<void> {
    const { machine } = this.#place;
    if (!life.alive) return;
    if (this.#random.chance(0.4)) {
      life.close();
      await this.#until(life, () => life.closed);
      if (life.alive) machine.leave(life.process);
      return;
    }
    if (this.#random.chance(0.6)) machine.powerCut("between two calls");
    else machine.endOf(life.process, "between two calls");
  }

  /** A life without faults, which does what is left, and closes; then all must be well. */
  async #rest(): Promise<void> {
    const { machine, oracle } = this.#place;
    machine.disk.room = Number.POSITIVE_INFINITY;
    for (const last of this.#random.chance(0.3) ? [false, true] : [true]) {
      const life = this.#start(NO_FAULTS);
      if (!(await this.#opened(life, 0))) throw new Failure("the last start came to nothing");
      await this.#work(life, this.#submissions.length + (last ? 0 : 2));
      await this.#until(life, () => life.waiting === 0);
      // What is due to subscribers, too, and then what that began.
      life.send(delivering());
      await this.#until(life, () => life.waiting === 0);
      await this.#untilNothingIsOpen(life);
      life.close();
      await this.#until(life, () => life.closed);
      this.#answers += life.submissions.filter(({ state }) => state === "answered").length;
      oracle.checkAtRest(filesOf(machine, life.process));
      machine.leave(life.process);
      if (!last) machine.powerCut("after a clean stop");
    }
  }

  /** What waits for time or a word comes to its end by its deadlines. */
  #untilNothingIsOpen(life: Life): Promise<void> {
    const { oracle } = this.#place;
    return this.#until(life, () => !oracle.open);
  }

  /** What was certainly on the disk is damaged there: a start must say so, or leave it as it is. */
  async #damaged(): Promise<void> {
    const { machine, stored, oracle } = this.#place;
    const damaged = damage(this.#random, { disk: machine.disk, stored, segments: oracle.segments });
    if (damaged === undefined) return;
    machine.log?.(`-- ${damaged.what}`);
    const before = oracle.segments;
    const life = this.#start(NO_FAULTS);
    life.open(0);
    await this.#until(life, () => life.runtime !== undefined || life.refused !== undefined);
    const { refused } = life;
    if (refused === undefined) damaged.requireKept(oracle.segments);
    else if (refused.family !== "evidence") throw new Failure(`damage is told as ${refused.code}`);
    else requireSame(before, oracle.segments);
    if (refused === undefined && damaged.seen) throw new Failure(`not seen: ${damaged.what}`);
    machine.leave(life.process);
  }

  /** Lets things happen, one by one, until something is so or the process is no more. */
  async #until(life: Life, so: () => boolean): Promise<void> {
    const { agenda, log } = this.#place.machine;
    for (;;) {
      await agenda.settle();
      if (life.failure !== undefined) throw life.failure;
      if (!life.alive || so()) return;
      const event = agenda.next();
      if (event === undefined) throw new Failure("nothing happens any more, and somebody waits");
      if (agenda.count > EVENTS_MAX) throw new Failure("it does not come to rest");
      log?.(`.. ${event.label}`);
      try {
        event.happen();
      } catch (error) {
        if (!(error instanceof Dead)) throw error;
      }
    }
  }
}

/** Whoever refuses has changed nothing. */
function requireSame(before: Segments, after: Segments): void {
  for (const [name, bytes] of before) {
    if (after.get(name)?.equals(bytes) !== true) throw new Failure(`${name} was changed`);
  }
}

export async function run(seed: number, log?: (line: string) => void): Promise<Result> {
  const one = new Run(seed, log);
  let failure: string | undefined;
  try {
    await one.go();
  } catch (error) {
    failure = error instanceof Failure ? error.message : ((error as Error).stack ?? String(error));
  }
  return { seed, failure, ...one.told };
}
