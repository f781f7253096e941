/**
 * Second tries: what stands of an execution that ended partly compensated is tried to be undone again,
 * each by an execution of its own that names the first one. The first one's record stays as it is.
 * What nothing undoes is not tried, nor what nobody knows the end of: under another idempotency key
 * it could be undone twice. No second try is made once one has succeeded, whoever asks.
 */
import { SAGA_RETRY_ACT } from "../protocol/language/acts.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json, JsonObject } from "../protocol/language/json.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../protocol/language/names.ts";
import { type LedgerRecord, type OpenedBody, snapshotOf } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Acceptance, Accepted } from "./acceptance.ts";
import type { Answer, WaitingAnswer } from "./answer.ts";
import type { Asker } from "./asker.ts";
import { type SagaStep, sagaOf } from "./evidence/saga.ts";
import type { World } from "./execution.ts";
import { acceptPayload } from "./intake.ts";
import type { ExecutionRow } from "./ports.ts";
import type { Programs } from "./programs.ts";
import type { RetrySaga } from "./runtime-options.ts";
import { sealerOf } from "./sealing/sealer.ts";
import { retryContext, undoerOf, undoKey, undoName } from "./snapshot/undo-graph.ts";

/** What came of something that stood. */
export interface Retried {
  /** As the first execution's records name it. */
  readonly node: string;
  /** Whether it was tried now. */
  readonly tried: boolean;
  /** The execution that tried it, now or before; null where none ever did. */
  readonly trace_id: string | null;
  /** With which that ended; null where none tried it, and while it is open. */
  readonly outcome: string | null;
  /** Why it was not tried; null where it was. */
  readonly why: string | null;
}

export interface SagaRetryOptions {
  readonly world: World;
  readonly acceptance: Acceptance;
  readonly operator: Asker;
  /** Of the current snapshot. */
  readonly programs: Programs;
  /** The records of an execution that has ended. */
  readonly recordsOf: (row: ExecutionRow) => readonly LedgerRecord[];
  readonly run: (accepted: Accepted, trace: string) => Promise<Answer | WaitingAnswer>;
  readonly newTraceId: () => string;
}

const MATTER = Object.freeze({ intent: SAGA_RETRY_ACT.type, workflow: null, key: null });

/** Nobody tries more often. */
const TRIES_MAX = 1_000;

interface First {
  readonly opened: LedgerRecord & OpenedBody;
  readonly records: readonly LedgerRecord[];
}

export class SagaRetrying {
  readonly #options: SagaRetryOptions;

  constructor(options: SagaRetryOptions) {
    this.#options = options;
  }

  /** The last one done comes first. Settles when all that was tried has ended, or waits. */
  async retry({ trace, session }: RetrySaga): Promise<readonly Retried[]> {
    const { acceptance, operator, recordsOf } = this.#options;
    const asker = session === undefined ? operator : await acceptance.holderOf(session, MATTER);
    const row = this.#find(trace, asker);
    const records = recordsOf(row);
    const [opened] = records;
    invariant(opened?.type === "opened", "a trace begins with the record that opens it");
    const steps = sagaOf(records)?.steps.filter(({ standing }) => standing === "stands") ?? [];
    if (steps.length === 0) throw nothingStands(row);
    this.#requireSameSnapshot(records);
    const retried: Retried[] = [];
    for (const step of steps.reverse()) {
      retried.push(await this.#retry(step, asker, { opened, records }));
    }
    return retried;
  }

  #find(trace: string, { tenant }: Asker): ExecutionRow {
    const row = this.#options.world.state.execution(trace);
    if (row === undefined || row.tenant !== tenant) throw unknownTo(tenant, trace);
    if (row.last === null) throw notEnded(trace);
    return row;
  }

  /** Another one's compensation may not be what was meant when it was bound. */
  #requireSameSnapshot(records: readonly LedgerRecord[]): void {
    const id = snapshotOf(records);
    if (id === this.#options.programs.snapshot.id) return;
    const message = `expected to act under the snapshot ${id}, that it ran under`;
    throw new Refusal("acceptance", "saga/other-snapshot", message, {
      hint: `Name it: \`--snapshot ${id}\`.`,
    });
  }

  async #retry(step: SagaStep, asker: Asker, first: First): Promise<Retried> {
    const { trace, workflow } = first.opened;
    const { node } = step;
    const { programs, world } = this.#options;
    const not = (why: string): Retried => ({ ...NOT_TRIED, node, why });
    const { graph } = await programs.find(workflow);
    const undoer = undoerOf(graph, node.replace(/\[\d+\]/g, ""));
    if (undoer === undefined) return not("nothing undoes it");
    const given = inputOf(first.records, node);
    if (given === undefined) return not("what would undo it was never asked");
    if (isUnknown(given.outcome)) return not(UNKNOWN_END);
    const input = sealerOf(world.vault, asker.tenant, trace).open(given.input);
    if ("erased" in input) return not("what it was to be undone with was erased");
    const before = this.#triedBefore(asker, trace, node);
    if ("why" in before) return before;
    const { principal, caller, intent } = first.opened;
    const of = { trace, workflow, intent, principal, identity: caller.identity };
    const name = undoName(workflow, undoer.by);
    const program = await programs.find(name);
    const payload = acceptPayload(program, { of, node, input: input.value });
    const accepted = await this.#accepted(asker, { program, payload, key: before.key });
    if (world.state.executionByKey(asker.tenant, before.key) !== undefined) {
      return not("somebody else is trying it");
    }
    const tried = await this.#options.run(accepted, this.#options.newTraceId());
    const outcome = "waiting" in tried ? null : tried.outcome;
    return { node, tried: true, trace_id: tried.trace_id, outcome, why: null };
  }

  async #accepted(
    asker: Asker,
    { program, payload, key }: Pick<Accepted, "program" | "payload"> & { readonly key: string },
  ): Promise<Accepted> {
    const { acceptance } = this.#options;
    const context = retryContext(payload, asker);
    const about = String((payload as { of: JsonObject }).of.trace);
    const decision = await acceptance.permit(asker, MATTER, { payload: context, about });
    return { asker, intent: MATTER.intent, program, payload, decision, key };
  }

  /** The key of the next try, or why there is none. */
  #triedBefore({ tenant }: Asker, trace: string, node: string): Retried | { readonly key: string } {
    const { state } = this.#options.world;
    for (let count = 1; count <= TRIES_MAX; count += 1) {
      const key = `${undoKey(trace, node)}${count}`;
      const row = state.executionByKey(tenant, key);
      if (row === undefined) return { key };
      if (row.outcome === PARTLY_COMPENSATED) continue;
      const { trace: trace_id, outcome } = row;
      const why =
        outcome === COMPENSATED
          ? `\`${trace_id}\` has undone it`
          : outcome === null
            ? `\`${trace_id}\` is trying it, and has not ended`
            : UNKNOWN_END;
      return { node, tried: false, trace_id, outcome, why };
    }
    return { ...NOT_TRIED, node, why: `it was tried ${TRIES_MAX} times` };
  }
}

const NOT_TRIED = Object.freeze({ tried: false, trace_id: null, outcome: null });
const UNKNOWN_END =
  "nobody knows what became of the last try: a second one could undo it twice; look at what it called";

/** Of a call to the outside: whether it may have been made, and its answer was none that is declared. */
function isUnknown(outcome: string | null): boolean {
  return outcome === null || outcome === "TIMEOUT" || outcome === "IN_DOUBT" || outcome === "FAULT";
}

interface Input {
  readonly input: Json;
  /** That the last try came to; null while nobody knows. */
  readonly outcome: string | null;
}

/** What it was tried to be undone with, as the records have it: sealed where labelled. */
function inputOf(records: readonly LedgerRecord[], node: string): Input | undefined {
  let found: Input | undefined;
  for (const record of records) {
    if (record.type === "attempted" && record.node === `${node}/compensate`) {
      found = { input: record.input, outcome: null };
    }
    if (record.type === "external" && record.compensates === node && found !== undefined) {
      found = { ...found, outcome: record.outcome };
    }
    if (record.type !== "effect" || record.compensates !== node) continue;
    const { key, value, version, outcome, operation } = record;
    const written = operation === "APPEND" ? { event: value } : { key, value, version };
    const input = Object.fromEntries(
      Object.entries(written).filter(([, member]) => member !== undefined),
    ) as JsonObject;
    // What the runtime keeps itself was written, or was not: that is known.
    found = { input, outcome: outcome === "FAULT" ? PARTLY_COMPENSATED : outcome };
  }
  return found;
}

function unknownTo(tenant: string, trace: string): Refusal {
  const message = `tenant \`${tenant}\` has no execution \`${trace}\``;
  return new Refusal("acceptance", "saga/unknown", message, {
    hint: "`pgs list` shows the executions that there are.",
  });
}

function notEnded(trace: string): Refusal {
  const message = `the execution \`${trace}\` has not ended`;
  return new Refusal("acceptance", "saga/not-ended", message, {
    hint: `\`pgs saga resume ${trace}\` goes on with what is being undone.`,
  });
}

function nothingStands({ trace, outcome }: ExecutionRow): Refusal {
  const message = `nothing stands of the execution \`${trace}\` that was to be undone (it ended ${outcome})`;
  return new Refusal("acceptance", "saga/nothing-stands", message, {
    hint: `\`pgs saga show ${trace}\` tells what was done and undone.`,
  });
}
