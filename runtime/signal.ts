/**
 * Signals: somebody who may tells an execution that waits what it waits for. Who asks comes first,
 * then whether it waits for that, the payload, the policies, and the sealed graph's own law of who
 * may say it. Whatever is refused is written down before it is told, as the asker's own: of what is
 * not there and of what is another tenant's in the same words. Nothing is told to an execution that
 * was not decided on here.
 */
import { SIGNAL_ACT } from "../protocol/language/acts.ts";
import type { Digest } from "../protocol/language/digest.ts";
import type { Json } from "../protocol/language/json.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { type Acceptance, Denied, Rejected } from "./acceptance.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import type { Asker } from "./asker.ts";
import type { World } from "./execution.ts";
import { acceptValue } from "./intake.ts";
import { isSamePerson } from "./machine/people.ts";
import type { ExecutionRow } from "./ports.ts";
import type { Signal } from "./runtime-options.ts";
import { type Called, calledWell, chosen } from "./signal-choice.ts";
import { awaitedAt, requireMaySay, saidBy } from "./signal-law.ts";
import type { Listening, Signalling, Telling } from "./signalling-seam.ts";

/** What came of a signal that was taken. */
export interface Signalled {
  readonly trace_id: string;
  /** The node that it was told to, as records name it. */
  readonly node: string;
  readonly signal: string;
  /** How many different people have said so, this one included, and how many it takes. */
  readonly said: number;
  readonly people: number;
  /** Where the execution came to: its end, or what it waits for now. */
  readonly answer: Answer | WaitingAnswer;
}

export interface SignalsOptions {
  readonly world: World;
  readonly acceptance: Acceptance;
  readonly waiting: Signalling;
  readonly operator: Asker;
  /** The current one, whose policies decide. */
  readonly snapshot: Digest;
}

/** What a signal is asked as. */
const MATTER = Object.freeze({ intent: SIGNAL_ACT.type, workflow: null, key: null });

/** What is said, by whoever shows the session. */
interface Said extends Called {
  readonly payload: Uint8Array | Json;
  readonly session: string | undefined;
}

export class Signals {
  readonly #options: SignalsOptions;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** Settles when it is durable, and the execution has ended or waits for something else or more. */
  async signal(given: Signal): Promise<Signalled> {
    const { acceptance, operator } = this.#options;
    const { trace, session, payload } = given;
    const called = calledWell(given);
    const asker = session === undefined ? operator : await acceptance.holderOf(session, MATTER);
    try {
      this.#find(trace, asker);
      return await this.#tell(trace, asker, { ...called, payload, session });
    } catch (error) {
      return this.#refuse(asker, error, trace);
    }
  }

  async #tell(trace: string, asker: Asker, said: Said): Promise<Signalled> {
    const { world, waiting } = this.#options;
    // What a ledger that failed holds in memory will never be durable: nothing is added to it.
    if (world.ledger.failed) await world.ledger.flush();
    let counted: Pick<Signalled, "node" | "said" | "people"> | undefined;
    const answer = await waiting.tell(trace, (listening) => {
      const telling = this.#decide(listening, asker, said);
      const { wait, order } = telling;
      const { people } = awaitedAt(listening.program, wait, order.signal);
      const before = saidBy(listening.records, wait.name, order.signal).size;
      counted = { node: wait.name, said: before + 1, people };
      return telling;
    });
    if (answer === undefined || counted === undefined) throw this.#notWaiting(trace, asker);
    return { trace_id: trace, signal: said.name, ...counted, answer };
  }

  /** At once: nobody else tells the execution anything in between, and no session ends. */
  #decide(listening: Listening, asker: Asker, said: Said): Telling {
    const { acceptance, snapshot, world } = this.#options;
    const { name, node, payload: given, session: shown } = said;
    if (shown !== undefined) acceptance.holderNow(shown);
    const { program, opened, waits } = listening;
    const { trace, workflow, intent } = opened;
    const wait = chosen(trace, waits, { name, node });
    if (Date.parse(wait.until) <= world.ledger.nowMs) throw late(trace, wait.name);
    const { payload: schema, seal } = awaitedAt(program, wait, name);
    const unfit = `the payload does not fit what \`${name}\` of \`${trace}\` is told with`;
    const payload = acceptValue(program, { schema, seal, unfit }, given);
    const { tenant, principal, caller, session } = asker;
    const own = isSamePerson(
      { principal, identity: caller.identity },
      { principal: opened.principal, identity: opened.caller.identity },
    );
    const context = {
      workflow,
      intent,
      node: wait.name,
      signal: name,
      own,
    };
    const policy = acceptance.decide(asker, MATTER, { payload: context, about: trace });
    const by = { tenant, session, principal, caller, policy };
    const telling = { wait, order: { signal: name, payload, snapshot, ...by } };
    requireMaySay(listening, telling);
    return telling;
  }

  /** What is another tenant's is not there. */
  #find(trace: string, { tenant }: Asker): ExecutionRow {
    const row = this.#options.world.state.execution(trace);
    if (row === undefined || row.tenant !== tenant) throw unknownTo(tenant, trace);
    return row;
  }

  #notWaiting(trace: string, asker: Asker): Refusal {
    return this.#find(trace, asker).last === null ? notWaiting(trace) : ended(trace);
  }

  /** Writes it down, where it is the asker's to be told; what hinders anybody is thrown as it is. */
  async #refuse(asker: Asker, error: unknown, trace: string): Promise<never> {
    const { acceptance } = this.#options;
    if (error instanceof Denied) {
      return acceptance.refuse(asker, error.refusal, { ...MATTER, ruled: error.ruled });
    }
    // The session ended while the execution was read back.
    if (error instanceof Rejected) {
      return acceptance.refuse(error.asker, error.refusal, MATTER);
    }
    if (error instanceof Refusal && error.code === "snapshot/not-found") throw noSnapshot(trace);
    const isOurs = error instanceof Refusal && error.family === "acceptance";
    if (!isOurs || error.trace !== undefined) throw error;
    const refusal = error.code.startsWith("payload/") ? ofPayload(error, trace) : error;
    return refusal.code.startsWith("signal/")
      ? acceptance.refuse(asker, refusal, MATTER)
      : Promise.reject(error);
  }
}

/** What is wrong with a payload, in three words: too much of it, no JSON, or not what fits. */
function ofPayload({ family, code, message, problems, hint }: Refusal, trace: string): Refusal {
  const word = code.slice("payload/".length);
  const isUnfit = word === "unfit" || word === "reserved-member";
  const name = word === "too-large" ? word : isUnfit ? "unfit-payload" : "not-json";
  const told = message.includes(`\`${trace}\``) ? message : `${message} (for \`${trace}\`)`;
  return new Refusal(family, `signal/${name}`, told, { problems, hint });
}

/** The same words for what is not there and for what is another tenant's. */
function unknownTo(tenant: string, trace: string): Refusal {
  const message = `tenant \`${tenant}\` has no execution \`${trace}\``;
  return new Refusal("acceptance", "signal/unknown", message, {
    hint: "`pgs list --waiting` shows the executions that wait.",
  });
}

function ended(trace: string): Refusal {
  return new Refusal("acceptance", "signal/ended", `the execution \`${trace}\` has ended`, {
    hint: `\`pgs examine ${trace}\` tells how.`,
  });
}

function notWaiting(trace: string): Refusal {
  const message = `the execution \`${trace}\` has not ended, and does not wait to be told anything`;
  return new Refusal("acceptance", "signal/not-waiting", message, {
    hint: `\`pgs examine ${trace}\` tells where it stands.`,
  });
}

function noSnapshot(trace: string): Refusal {
  const message = `nobody can tell the execution \`${trace}\` anything: the snapshot that it goes on under is gone`;
  return new Refusal("acceptance", "signal/no-snapshot", message, {
    hint: "Put its folder back beside the others, or move the execution to another: `pgs migrate`.",
  });
}

function late(trace: string, node: string): Refusal {
  const message = `time was up at \`${node}\` of the execution \`${trace}\` before this was said`;
  return new Refusal("acceptance", "signal/late", message, {
    hint: `\`pgs wake\` lets it go on, and \`pgs examine ${trace}\` tells where to.`,
  });
}
