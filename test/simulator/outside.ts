/**
 * The simulated outside: it counts what arrives and answers, or not. A request may be lost on its
 * way, may arrive late, may be answered late or never; what it answered is remembered, so that nobody
 * can claim an answer that was not given. So is what it was told nobody waits for any more.
 */
import type { ExternalAnswer, ExternalCall } from "../../protocol/language/capabilities.ts";
import { CALL_TIMEOUT_MS } from "./long-graphs.ts";
import type { Machine, Process } from "./machine.ts";
import type { Random } from "./random.ts";

export interface Arrival {
  readonly key: string;
  readonly trace: string;
  readonly node: string;
  readonly repeat: "safe" | "unsafe";
  readonly attempt: number;
  /** What was answered; undefined while nothing was. */
  answer: ExternalAnswer | undefined;
}

export class Outside {
  readonly #machine: Machine;
  readonly #random: Random;
  readonly arrivals: Arrival[] = [];
  /** Traces of calls that were given up while there was time left. */
  readonly givenUp = new Set<string>();

  constructor(machine: Machine, random: Random) {
    this.#machine = machine;
    this.#random = random;
  }

  /** The way to the outside of one process. */
  of(process: Process): (call: ExternalCall) => Promise<ExternalAnswer> {
    return (call) => this.#call(process, call);
  }

  #call(process: Process, call: ExternalCall): Promise<ExternalAnswer> {
    const { agenda, log } = this.#machine;
    const fate = this.#random.weighed({
      answered: 10,
      declined: 2,
      lost: 2,
      silent: 2,
      unknown: 1,
      threw: 1,
      wrong: 1,
    });
    const until = agenda.ms + CALL_TIMEOUT_MS;
    call.signal.addEventListener("abort", () => {
      // A ledger that failed may give up whatever it asked for.
      if (!process.alive || process.faults.struck || agenda.ms >= until) return;
      log?.(`${process.name} gives up ${call.idempotencyKey.slice(0, 8)}`);
      this.givenUp.add(call.trace);
    });
    log?.(`${process.name} calls out ${call.idempotencyKey.slice(0, 8)} #${call.attempt} ${fate}`);
    return new Promise((resolve, reject) => {
      if (fate === "lost") return;
      const told = (answer: ExternalAnswer) => {
        if (process.alive) resolve(answer);
      };
      agenda.add(`a request of ${process.name} arrives`, () => {
        const arrival = this.#arrive(call);
        if (fate === "silent") return;
        agenda.add(`an answer to ${process.name}`, () => {
          if (fate === "threw" && process.alive) reject(new Error("the line broke"));
          else if (fate === "unknown") told({ unknown: "the line broke" });
          else told(this.#answer(arrival, fate));
        });
      });
    });
  }

  #arrive({ idempotencyKey, trace, node, repeat, attempt }: ExternalCall): Arrival {
    const arrival = { key: idempotencyKey, trace, node, repeat, attempt, answer: undefined };
    this.arrivals.push(arrival);
    return arrival;
  }

  #answer(arrival: Arrival, fate: string): ExternalAnswer {
    const count = this.arrivals.length;
    if (fate === "wrong") return { outcome: "NOBODY_DECLARED_THIS", output: count };
    arrival.answer = { outcome: fate === "declined" ? "DECLINED" : "SUCCESS", output: count };
    return arrival.answer;
  }
}
