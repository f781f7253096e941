/**
 * Idempotency keys: the same key with the same work, asked for by the same one in the same way, gives
 * the first execution's answer and runs nothing; with anything else it is refused. What was asked
 * first is read from the record itself, so that it holds across processes and crashes; what is still
 * under way is shared. Whoever repeats was allowed to ask before this is looked at; an answer that is
 * given again is no new evidence, and leaves no record.
 */
import { canonical } from "../protocol/language/canonical.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import type { Identity, LedgerRecord, OpenedBody } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { type Answer, answerOf, type WaitingAnswer, waitingAnswerOf } from "./answer.ts";
import type { Asker } from "./asker.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { Recorded } from "./ledger/recorded.ts";
import { equal } from "./machine/compare.ts";
import type { ExecutionRow, Files, State, Store } from "./ports.ts";
import { sealerOf } from "./sealing/sealer.ts";
import type { Vault } from "./sealing/vault.ts";

/** Work under a tenant's key, as it was accepted: the payload in the clear. */
export interface Keyed {
  readonly tenant: string;
  readonly key: string;
  /** Who asked: a name alone is nobody, as a token may name the operator. */
  readonly principal: string;
  readonly identity: Identity;
  /** The type of what was asked for: another intent has policies of its own. */
  readonly intent: string;
  readonly workflow: string;
  readonly payload: Json;
}

/** What `Keyed` says of who asks, whatever session they ask with. */
export function keyedBy({
  tenant,
  principal,
  caller,
}: Pick<Asker, "tenant" | "principal" | "caller">): Pick<
  Keyed,
  "tenant" | "principal" | "identity"
> {
  return { tenant, principal, identity: caller.identity };
}

export interface RepeatsOptions {
  readonly dataRoot: string;
  readonly files: Files;
  readonly state: State;
  readonly store: Store;
  readonly vault: Vault;
  readonly ledger: Pick<Ledger, "durable" | "flush">;
  /** An execution that waits: its records, and where it comes to, where it is about to go on. */
  readonly waiting: (trace: string) => Waits | undefined;
}

export interface Waits {
  readonly records: readonly LedgerRecord[];
  readonly answer?: Promise<Answer | WaitingAnswer>;
}

interface UnderWay {
  readonly work: string;
  readonly answer: Promise<Answer | WaitingAnswer>;
}

export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #recorded: Recorded;

  constructor(options: RepeatsOptions) {
    this.#options = options;
    this.#recorded = new Recorded(options.files, options.dataRoot);
  }

  /** The first answer, where the key was given before; undefined where this is the first time. */
  find(keyed: Keyed): Promise<Answer | WaitingAnswer> | undefined {
    const { tenant, key } = keyed;
    const sharing = this.#underWay.get(idOf(keyed));
    if (sharing !== undefined) {
      return sharing.work === textOf(keyed)
        ? sharing.answer.then(repeated)
        : Promise.reject(otherWork(key));
    }
    const { state } = this.#options;
    const row = state.executionByKey(tenant, key);
    return row === undefined ? undefined : this.#answered(keyed, row);
  }

  /** Shares what is under way with whoever gives the same key meanwhile. */
  share(keyed: Keyed, answer: Promise<Answer | WaitingAnswer>): void {
    const id = idOf(keyed);
    this.#underWay.set(id, { work: textOf(keyed), answer });
    const forget = () => void this.#underWay.delete(id);
    answer.then(forget, forget);
  }

  async #answered(keyed: Keyed, row: ExecutionRow): Promise<Answer | WaitingAnswer> {
    const { trace, first, last } = row;
    if (last === null) return this.#waiting(keyed, trace);
    const { store, ledger } = this.#options;
    // Of one that woke a moment ago the end may stand in memory only.
    if (last > ledger.durable.n) await ledger.flush();
    const mark = store.nearest(first);
    const records = this.#recorded.find({ trace, first, last }, mark);
    this.#requireSameWork(keyed, records);
    return repeated(answerOf(records));
  }

  /** It has no end yet: what it waits for is told. */
  async #waiting(keyed: Keyed, trace: string): Promise<Answer | WaitingAnswer> {
    const { state, waiting } = this.#options;
    const found = waiting(trace);
    if (found === undefined) throw unfinished(keyed.key, trace);
    this.#requireSameWork(keyed, found.records);
    return repeated((await found.answer) ?? waitingAnswerOf(found.records, state.waitsOf(trace)));
  }

  #requireSameWork(keyed: Keyed, [opened]: readonly LedgerRecord[]): void {
    invariant(opened?.type === "opened", "a trace begins with the record that opens it");
    if (!this.#sameWork(keyed, opened)) throw otherWork(keyed.key);
  }

  #sameWork(keyed: Keyed, opened: LedgerRecord & OpenedBody): boolean {
    const isAskedAlike =
      opened.workflow === keyed.workflow &&
      opened.intent === keyed.intent &&
      opened.principal === keyed.principal &&
      opened.caller.identity === keyed.identity;
    if (!isAskedAlike) return false;
    const { vault } = this.#options;
    const payload = sealerOf(vault, keyed.tenant, opened.trace).open(opened.payload);
    if ("erased" in payload) throw erased(keyed.key, opened.trace);
    return equal(payload.value, keyed.payload);
  }
}

/** No tenant's name has a space. */
function idOf({ tenant, key }: Keyed): string {
  return `${tenant} ${key}`;
}

/** No name in it has a space. */
function textOf({ principal, identity, intent, workflow, payload }: Keyed): string {
  return `${principal} ${identity} ${intent} ${workflow} ${canonical(payload)}`;
}

function repeated<Told extends Answer | WaitingAnswer>(answer: Told): Told {
  return { ...answer, repeated: true };
}

function otherWork(key: string): Refusal {
  const message = `the idempotency key \`${key}\` was given before, for other work or by somebody else`;
  return new Refusal("acceptance", "idempotency/other-work", message, {
    hint: "A key belongs for ever to one payload of one intent, asked for by one principal; give other work a key of its own.",
  });
}

function unfinished(key: string, trace: string): Refusal {
  const message = `the execution \`${trace}\` with the idempotency key \`${key}\` has not ended yet`;
  return new Refusal("busy", "idempotency/unfinished", message, {
    hint: `\`pgs examine ${trace}\` says where it stands.`,
  });
}

function erased(key: string, trace: string): Refusal {
  const message = `what was asked with the idempotency key \`${key}\` was erased: it cannot be compared`;
  return new Refusal("acceptance", "idempotency/erased", message, {
    hint: `\`pgs examine ${trace}\` tells what is left of it. Give new work a new key.`,
  });
}
