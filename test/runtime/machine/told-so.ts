/** Executions of small graphs made by hand, told one fact after the other. */

import type { Json } from "../../../protocol/language/json.ts";
import type { Identity, MachineBody } from "../../../protocol/language/records.ts";
import { BEGINNING, drive, type Host, type Pause, type Standing } from "../../../runtime/driver.ts";
import type {
  Answer,
  CommitCommand,
  Fact,
  PendingCommand,
  Program,
  SignalOrder,
} from "../../../runtime/machine/program.ts";
import { askedBy } from "../../../runtime/playback.ts";
import { type Linked, linkedGraph } from "./linked-graph.ts";
import { ACCEPTED, BEARER, CANCEL } from "./world.ts";

export const NOW = "2026-11-22T10:00:00.000Z";

interface Asked {
  readonly payload?: Json;
  /** How it is known who asks. */
  readonly identity?: Identity;
  readonly commit?: (command: CommitCommand) => Answer;
}

export class Told {
  readonly program: Program;
  readonly records: MachineBody[] = [];
  #pause: Pause;
  readonly #host: Host;

  constructor(
    made: readonly Linked[],
    {
      payload = 7,
      identity = "operator",
      commit = ({ name }) => ({ outcome: "SUCCESS", output: { id: name } }),
    }: Asked = {},
  ) {
    const first = made[0]?.node.name ?? "";
    this.program = { graph: linkedGraph(made, first, 20), fits: () => null, matches: () => true };
    this.#host = {
      invoke: () => ({ outcome: "SUCCESS", output: 1 }),
      commit,
      arm: () => NOW,
      record: ({ body }) => this.records.push(body),
      next: () => undefined,
    };
    const accepted: Fact = { ...ACCEPTED, payload, identity };
    this.#pause = drive({ program: this.program, host: this.#host }, BEGINNING, accepted);
  }

  get end(): Pause & { readonly kind: "finished" } {
    if (this.#pause.kind !== "finished") throw new Error("it has not ended");
    return this.#pause;
  }

  get standing(): Standing {
    if (this.#pause.kind !== "pending") throw new Error("it has ended");
    return this.#pause;
  }

  /** The names of all that is pending. */
  get pending(): readonly string[] {
    return this.#pause.kind === "pending" ? this.#pause.pending.map(({ name }) => name) : [];
  }

  asked(name: string): PendingCommand {
    const found = this.standing.pending.find((one) => one.name === name);
    if (found === undefined) throw new Error(`nothing is pending at ${name}`);
    return found;
  }

  /** What came of a call. */
  answered(name: string, outcome: string, output: Json = { id: name }): this {
    return this.#tell({ kind: "answered", ...this.#by(name), answer: { outcome, output } });
  }

  /** Nothing came of a call. */
  unanswered(name: string): this {
    const answer = { unknown: { code: "unknown/elapsed", message: "none came" } };
    return this.#tell({ kind: "answered", ...this.#by(name), answer });
  }

  interrupted(name: string): this {
    return this.#tell({ kind: "interrupted", ...this.#by(name) });
  }

  elapsed(name: string): this {
    return this.#tell({ kind: "elapsed", ...this.#by(name) });
  }

  signalled(name: string, signal: string, principal: string, payload: Json = null): this {
    return this.heard(name, orderBy(signal, principal, payload));
  }

  heard(name: string, order: SignalOrder): this {
    return this.#tell({ kind: "signalled", ...this.#by(name), order });
  }

  cancelled(): this {
    const { execution } = this.standing;
    const node = "at" in execution ? execution.at : -1;
    return this.#tell({ kind: "cancel", node, order: CANCEL });
  }

  #by(name: string) {
    return askedBy(this.asked(name));
  }

  #tell(fact: Fact): this {
    this.#pause = drive({ program: this.program, host: this.#host }, this.standing, fact);
    return this;
  }
}

/** Of somebody who is known by a token. */
export function orderBy(signal: string, principal: string, payload: Json = null): SignalOrder {
  const { reason: _, ...by } = CANCEL;
  return { ...by, caller: BEARER, signal, principal, payload };
}

/** Of somebody at a shell. */
export function orderAtShell(signal: string, principal: string): SignalOrder {
  return { ...orderBy(signal, principal), caller: CANCEL.caller };
}
