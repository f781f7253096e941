/**
 * The simulated outside: it counts what arrives and answers, or not. A request may be lost on its
 * way, may arrive late, may be answered late or never; what it answered is remembered, so that nobody
 * can claim an answer that was not given.
 */
import type { ExternalAnswer, ExternalCall } from "../../protocol/language/capabilities.ts";
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
  /** Told of every request on arrival. */
  readonly #watch: (arrival: Arrival) => void;

  constructor(machine: Machine, random: Random, watch: (arrival: Arrival) => void) {
    this.#machine = machine;
    this.#random = random;
    this.#watch = watch;
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
    this.#watch(arrival);
    return arrival;
  }

  #answer(arrival: Arrival, fate: string): ExternalAnswer {
    const count = this.arrivals.length;
    if (fate === "wrong") return { outcome: "NOBODY_DECLARED_THIS", output: count };
    arrival.answer = { outcome: fate === "declined" ? "DECLINED" : "SUCCESS", output: count };
    return arrival.answer;
  }
}
