/**
 * The simulated machine: a disk, an agenda, and processes that live and die on it. A process that has
 * died can do nothing any more: every call that it still makes throws.
 */
import type { Change, Checkpoint } from "../../runtime/ports.ts";
import type { Agenda } from "./agenda.ts";
import type { Disk } from "./disk.ts";
import type { Call, Fault, Faults } from "./faults.ts";
import type { Random } from "./random.ts";

/** What the code of a dead process gets: it unwinds, and nobody hears of it. */
export class Dead extends Error {
  constructor() {
    super("this process is dead");
  }
}

export class Process {
  alive = true;
  /** Why it is no more. */
  end: string | undefined;
  /** Stores a group on its storing thread's behalf. */
  storeAside: ((changes: readonly Change[], checkpoint: Checkpoint) => void) | undefined;
  /** Lets it see what that thread has stored. */
  refresh: (() => void) | undefined;

  constructor(
    readonly name: string,
    readonly faults: Faults,
    readonly power: boolean,
  ) {}
}

export class Machine {
  /** On whose behalf calls are made right now. */
  current: Process | undefined;
  readonly #locks = new Map<string, Process>();
  readonly #onPowerCut: (() => void)[] = [];
  readonly #processes: Process[] = [];
  /** Calls that were made, of all processes. */
  calls = 0;
  /** A log of calls, for reading; undefined where nobody reads. */
  log: ((line: string) => void) | undefined;

  constructor(
    readonly disk: Disk,
    readonly agenda: Agenda,
    readonly random: Random,
  ) {}

  start(name: string, faults: Faults, power: boolean): Process {
    const process = new Process(name, faults, power);
    this.#processes.push(process);
    return process;
  }

  get processes(): readonly Process[] {
    return this.#processes;
  }

  onPowerCut(happen: () => void): void {
    this.#onPowerCut.push(happen);
  }

  /** Does something on behalf of a process. */
  as<T>(process: Process, work: () => T): T {
    if (!process.alive) throw new Dead();
    const before = this.current;
    this.current = process;
    try {
      return work();
    } finally {
      this.current = before;
    }
  }

  /**
   * One call of a process: counted, logged, and made to fail where its faults say so. `partly` is
   * what a call that the process's end interrupts may have done.
   */
  call<T>(call: Call, what: string, { work, partly }: Work<T>): T {
    const process = this.current;
    if (process === undefined) throw new Error(`nobody calls ${call} ${what}`);
    if (!process.alive) throw new Dead();
    const fault = process.faults.next(call);
    // Whoever comes while a disk runs full may be refused for it, whichever process filled it.
    if (this.disk.room < Number.POSITIVE_INFINITY) process.faults.strike("ENOSPC");
    this.calls += 1;
    this.log?.(`${this.calls} ${process.name} ${call} ${what}${told(fault)}`);
    if (fault?.kind === "error") throw failed(fault.code, call, what);
    if (fault?.kind === "end") {
      if (fault.when === "after") work(undefined);
      if (fault.when === "during") partly?.();
      this.endOf(process, `${fault.when} ${call} ${what}`);
      throw new Dead();
    }
    return work(fault);
  }

  /** The process is killed, or loses its power with all others. */
  endOf(process: Process, why: string): void {
    if (process.power) {
      this.powerCut(why);
      return;
    }
    this.log?.(`-- ${process.name} is killed ${why}`);
    this.#die(process, why);
  }

  /** The process leaves by itself: its code has done what it had to do, or was refused. */
  leave(process: Process): void {
    this.#die(process, "by itself");
  }

  powerCut(why: string): void {
    this.log?.(`-- the power goes ${why}`);
    for (const process of this.#processes) this.#die(process, why);
    this.agenda.clear();
    this.disk.powerCut(this.random);
    for (const happen of this.#onPowerCut) happen();
  }

  /** A lock that dies with its owner; undefined where another has it. */
  lock(path: string, process: Process): { readonly release: () => void } | undefined {
    if (!process.alive) throw new Dead();
    if (this.#locks.has(path)) return undefined;
    this.#locks.set(path, process);
    return {
      release: () => {
        if (this.#locks.get(path) === process) this.#locks.delete(path);
      },
    };
  }

  #die(process: Process, why: string): void {
    if (!process.alive) return;
    process.alive = false;
    process.end = why;
    for (const [path, owner] of this.#locks) if (owner === process) this.#locks.delete(path);
  }
}

export interface Work<T> {
  readonly work: (fault: Fault | undefined) => T;
  readonly partly?: () => void;
}

function told(fault: Fault | undefined): string {
  if (fault === undefined) return "";
  if (fault.kind === "error") return ` -> ${fault.code}`;
  return fault.kind === "short" ? " -> short" : ` -> end ${fault.when}`;
}

export function failed(code: string, call: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, ${call} '${what}'`), { code, syscall: call });
}

/** The machine that `node-fs.ts` speaks of. One at a time: a run is one after the other. */
let present: Machine | undefined;

export function bring(machine: Machine): void {
  present = machine;
}

export function machineAtHand(): Machine {
  if (present === undefined) throw new Error("there is no simulated machine");
  return present;
}
