/**
 * What records may say of who asked and what was decided: read from the ledger alone, in its order,
 * and judged by the few lines in which the simulator says who may do what. It also holds what was
 * told to somebody, refusals and sessions: from then on that must stand.
 */
import { createHash } from "node:crypto";
import type { Json } from "../../protocol/language/json.ts";
import type {
  BootBody,
  CancelledBody,
  Decision,
  LedgerRecord,
  MigratedBody,
  OpenedBody,
  RefusedBody,
  SessionBody,
  SessionEndedBody,
  SignalBody,
} from "../../protocol/language/records.ts";
import { POST_PRINCIPAL } from "../../protocol/language/subscription.ts";
import { Failure } from "./failure.ts";
import { may, PEOPLE } from "./governance.ts";
import { sorted } from "./model.ts";
import { Waits } from "./waits.ts";

type Of<Body> = LedgerRecord & Body;

/** On whose behalf a record says that something is done. */
interface Who {
  readonly n: number;
  readonly at: string;
  readonly tenant: string;
  readonly session: string | null;
  readonly principal: string;
  readonly caller: OpenedBody["caller"];
}

const OPERATOR = { tenant: "default", principal: "operator" };
const GENESIS = { tenant: "_genesis", principal: "pgs" };
const POST = { principal: POST_PRINCIPAL };
const OF_A_SIGNAL = /^signal\/(ended|late|not-awaited|not-there|not-waiting|said-already|unknown)$/;
const OVER = /^session\/(expired|ended)$/;

export class Audit {
  readonly #sessions = new Map<string, Of<SessionBody>>();
  readonly #ended = new Set<string>();
  readonly #tokens = new Map<string, string>();
  readonly #opened = new Map<string, Of<OpenedBody>>();
  /** Outcomes of traces that closed. */
  readonly #closed = new Map<string, string>();
  readonly #cancelled = new Set<string>();
  readonly #boots: Of<BootBody>[] = [];
  readonly #refused = new Map<string, string>();
  readonly #waits = new Waits();

  take(record: LedgerRecord): void {
    if (record.type === "opened") this.#open(record);
    else if (record.type === "refused") this.#refuse(record);
    else if (record.type === "session") this.#session(record);
    else if (record.type === "session-ended") this.#end(record);
    else if (record.type === "cancelled") this.#cancel(record);
    else if (record.type === "boot") this.#boot(record);
    else if (record.type === "signal") this.#signal(record);
    else if (record.type === "migrated") this.#migrate(record);
    else if (record.type !== "closed") this.#waits.take(record);
    else if (record.type === "closed") {
      const { trace, outcome, n } = record;
      this.#closed.set(trace, outcome);
      if (this.#cancelled.has(trace) === (outcome === "CANCELLED")) return;
      throw new Failure(`record ${n}: ${trace} ended in ${outcome}`);
    }
  }

  #open(record: Of<OpenedBody>): void {
    this.#opened.set(record.trace, record);
    this.#known(record, namedIn(record));
    allowed(record, may(record));
  }

  #refuse(record: Of<RefusedBody>): void {
    const { n, trace, code, session, context } = record;
    this.#refused.set(trace, code);
    if (record.cause !== undefined) {
      this.#known(record, namedIn(record));
      return;
    }
    const shown = record.caller.identity === "token" && session === null;
    if (shown) isBearer(record);
    if (code === "policy/denied") {
      if (!shown) this.#known(record, OPERATOR);
      const { own, seconds } = context ?? {};
      if (!may({ ...record, own: own === true, seconds: Number(seconds ?? 0) })) return;
      throw new Failure(`record ${n}: ${record.intent} was denied to one who may`);
    }
    if (code === "token/replayed" && shown) return;
    if (record.intent === "pgs.signal" && OF_A_SIGNAL.test(code)) return;
    if (!OVER.test(code)) throw new Failure(`record ${n}: nobody is refused with ${code}`);
    if (session !== null && this.#isOver(record, session)) return;
    throw new Failure(`record ${n}: ${code} was told of a session that is not over`);
  }

  #session(record: Of<SessionBody>): void {
    const { n, at, trace, token, expires_at, principal, caller } = record;
    const seconds = Math.floor((Date.parse(expires_at) - Date.parse(at)) / 1_000);
    allowed(record, may({ principal, caller, intent: "pgs.open_session", seconds }));
    if (this.#sessions.has(trace)) throw new Failure(`record ${n}: ${trace} is opened twice`);
    this.#sessions.set(trace, record);
    if (token === null) return;
    const first = this.#tokens.get(token.sha256);
    if (first !== undefined) throw new Failure(`one token opened ${first} and ${trace}`);
    this.#tokens.set(token.sha256, trace);
  }

  #end(record: Of<SessionEndedBody>): void {
    const { n, ended, principal, caller, tenant } = record;
    const session = this.#sessions.get(ended);
    if (session === undefined) throw new Failure(`record ${n}: there is no session ${ended}`);
    if (this.#ended.has(ended)) throw new Failure(`record ${n}: ${ended} ends twice`);
    if (session.tenant !== tenant) throw new Failure(`record ${n}: ${ended} is not of ${tenant}`);
    this.#known(record, OPERATOR);
    this.#ended.add(ended);
    const own = isSame(session, record);
    allowed(record, may({ principal, caller, intent: "pgs.end_session", own }));
  }

  #cancel(record: Of<CancelledBody>): void {
    const { n, trace, principal, caller, tenant } = record;
    const opened = this.#opened.get(trace);
    if (opened?.tenant !== tenant) throw new Failure(`record ${n}: ${trace} is not of ${tenant}`);
    this.#known(record, OPERATOR);
    this.#cancelled.add(trace);
    const own = isSame(opened, record);
    allowed(record, may({ principal, caller, intent: "pgs.cancel", own }));
  }

  #signal(record: Of<SignalBody>): void {
    const { n, trace, principal, caller, tenant } = record;
    const opened = this.#opened.get(trace);
    if (opened?.tenant !== tenant) throw new Failure(`record ${n}: ${trace} is not of ${tenant}`);
    this.#known(record, OPERATOR);
    allowed(record, may({ principal, caller, intent: "pgs.signal" }));
    this.#waits.said(record);
  }

  #migrate(record: Of<MigratedBody>): void {
    const { n, trace, principal, caller, tenant } = record;
    if (this.#opened.get(trace)?.tenant !== tenant) {
      throw new Failure(`record ${n}: ${trace} is not of ${tenant}`);
    }
    this.#known(record, OPERATOR);
    allowed(record, may({ principal, caller, intent: "pgs.migrate" }));
  }

  #boot(record: Of<BootBody>): void {
    const { n, epoch, like } = record;
    const last = this.#boots.at(-1);
    if (last?.epoch === epoch) throw new Failure(`record ${n}: epoch ${epoch} booted twice`);
    this.#boots.push(record);
    const through = this.#opened.get(like);
    if (through?.intent !== "pgs.boot" || this.#closed.get(like) !== "COHERENT") {
      throw new Failure(`record ${n}: ${like} did not come through the last gate`);
    }
    const alike = last?.configuration === record.configuration && last.like === like;
    if (through.epoch === epoch || alike) return;
    throw new Failure(`record ${n}: ${like} came through the last gate under something else`);
  }

  /** Whoever asks is the holder of a session that is not over, or has one of these names. */
  #known(who: Who, named: { readonly tenant: string; readonly principal: string }): void {
    const { n, tenant, principal, caller, session } = who;
    if (session === null) {
      if (tenant === named.tenant && principal === named.principal) return;
      throw new Failure(`record ${n}: nobody said that ${principal} of ${tenant} asks`);
    }
    const own = this.#sessions.get(session);
    const same = own?.tenant === tenant && own.principal === principal && equal(own.caller, caller);
    if (!same) throw new Failure(`record ${n}: the session ${session} is somebody else's`);
    if (this.#isOver(who, session)) throw new Failure(`record ${n}: ${session} was over`);
  }

  #isOver({ at }: Who, session: string): boolean {
    const { expires_at = "" } = this.#sessions.get(session) ?? {};
    return this.#ended.has(session) || at >= expires_at;
  }

  /** What was told stands. */
  check({ refusals, sessions, ended, cancelled, signals, waiting }: Told): void {
    this.#waits.check(signals, waiting);
    for (const [trace, code] of refusals) {
      if (this.#refused.get(trace) !== code) throw new Failure(`no record tells of ${trace}`);
    }
    for (const credential of sessions) {
      const at = credential.indexOf(".");
      const [id, secret] = [credential.slice(0, at), credential.slice(at + 1)];
      const hash = createHash("sha256").update(secret).digest("hex");
      if (this.#sessions.get(id)?.secret_sha256 !== hash) {
        throw new Failure(`the session ${id} was told, and does not stand`);
      }
    }
    for (const id of ended) {
      if (!this.#ended.has(id)) throw new Failure(`the end of ${id} was told, and does not stand`);
    }
    for (const trace of cancelled) {
      if (this.#cancelled.has(trace)) continue;
      throw new Failure(`that ${trace} was cancelled was told, and does not stand`);
    }
  }

  /** The sessions that stand, and whether each has ended. */
  get sessions(): ReadonlyMap<string, unknown> {
    return new Map([...this.#sessions.keys()].map((id) => [id, { ended: this.#ended.has(id) }]));
  }

  /** The last start that came through all gates. */
  get lastBoot(): number | undefined {
    return this.#boots.at(-1)?.epoch;
  }

  get refusals(): ReadonlyMap<string, unknown> {
    return this.#refused;
  }
}

/** Who may ask without a session: an event that is delivered, a start, or the operator. */
function namedIn({ tenant, cause, caller }: Of<OpenedBody | RefusedBody>): typeof OPERATOR {
  if (cause !== undefined) return { ...POST, tenant };
  return caller.identity === "runtime" ? GENESIS : OPERATOR;
}

/** What somebody has heard. */
export class Told {
  /** Traces of refusals, and their codes. */
  readonly refusals = new Map<string, string>();
  /** `<id>.<secret>`. */
  readonly sessions = new Set<string>();
  readonly ended = new Set<string>();
  readonly cancelled = new Set<string>();
  /** `<trace> <principal>` of signals that were taken. */
  readonly signals = new Set<string>();
  /** `<trace> <snapshot>` of executions that were moved. */
  readonly moved = new Set<string>();
  /** Traces that were said to wait, and the nodes at which they did. */
  readonly waiting = new Map<string, readonly string[]>();
}

/** A record of something that was allowed: it says so, and it is so. */
function allowed({ n, policy }: { n: number; policy: Decision }, isAllowed: boolean): void {
  if (policy.decision !== "allow") throw new Failure(`record ${n}: what was denied was done`);
  if (!isAllowed) throw new Failure(`record ${n}: it was done for one who may not`);
}

/** Whoever shows a token asks for a session, and is one of these people. */
function isBearer({ n, intent, tenant, principal, caller }: Of<RefusedBody>): void {
  const known = PEOPLE.some(
    (person) =>
      person.tenant === tenant &&
      person.principal === principal &&
      JSON.stringify(person.roles) === JSON.stringify(caller.roles),
  );
  if (known && intent === "pgs.open_session") return;
  throw new Failure(`record ${n}: ${principal} of ${tenant} has no token for ${intent}`);
}

/** A token may name somebody like the operator: that is another. */
function isSame(a: Pick<Who, "principal" | "caller">, b: typeof a): boolean {
  return a.principal === b.principal && a.caller.identity === b.caller.identity;
}

function equal(a: object, b: object): boolean {
  return JSON.stringify(sorted(a as Json)) === JSON.stringify(sorted(b as Json));
}
