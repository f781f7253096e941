/**
 * The one place where work is taken or refused, before anything runs: who asks, what is asked for,
 * the payload, the policies, in this order. What somebody who is known may not do is written down
 * before it is told. It never looks into a payload for who is asking.
 */

import { ACTS, RUN_ACT } from "../protocol/language/acts.ts";
import { didYouMean } from "../protocol/language/did-you-mean.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { deepFreeze, type Json } from "../protocol/language/json.ts";
import type { SchemaCheck } from "../protocol/language/json-schema.ts";
import type { FullName } from "../protocol/language/names.ts";
import {
  type Cause,
  type Decision,
  RECORD_FORMAT,
  type RefusedBody,
} from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { DELIVERY_KEY } from "../protocol/language/subscription.ts";
import { VERSION } from "../protocol/language/version.ts";
import type { Asker } from "./asker.ts";
import { acceptIdempotencyKey, acceptPayload } from "./intake.ts";
import type { CheckedProgram } from "./json-schema.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Program } from "./machine/program.ts";
import type { Asked, Governor, Ruled } from "./policy/governor.ts";
import { knownName, type Programs } from "./programs.ts";
import type { Work } from "./runtime-options.ts";
import { UNDO_KEY, undoneBy } from "./snapshot/undo-graph.ts";
import type { Overlay } from "./state/overlay.ts";

/** Work that may be begun: everything that is decided of it before its first record. */
export interface Accepted {
  readonly asker: Asker;
  /** The type of the intent; `pgs.run` for a workflow that was asked for by name. */
  readonly intent: string;
  readonly program: Program;
  /** In the clear, plain, frozen. */
  readonly payload: Json;
  readonly decision: Decision;
  /** The idempotency key, if one was given. */
  readonly key: string | null;
  readonly cause?: Cause;
}

/** Somebody who is known, and is refused for that. */
export class Rejected extends Error {
  constructor(
    readonly asker: Asker,
    readonly refusal: Refusal,
  ) {
    super(refusal.message);
  }
}

/** The same where policies were asked. */
export class Denied extends Rejected {
  constructor(
    asker: Asker,
    refusal: Refusal,
    readonly ruled: Ruled,
  ) {
    super(asker, refusal);
  }
}

export interface AcceptanceOptions {
  readonly ledger: Ledger;
  readonly state: Overlay;
  readonly programs: Programs;
  readonly governor: Governor;
  /** The writer's start number. */
  readonly epoch: number;
  readonly newTraceId: () => string;
  readonly operator: Asker;
  /** Whose session it is. Throws a refusal, or `Rejected` where it is somebody's who is known. */
  readonly askerOf: (credential: string) => Asker;
}

/** What is asked for, as far as a refusal has to say it. */
interface Matter {
  readonly intent: string;
  readonly workflow: FullName | null;
  readonly key: string | null;
  /** The event that it is asked for, where a subscription asks. */
  readonly cause?: Cause;
}

/** What is decided on before it is done. */
export interface Request {
  /** As the governor takes it. */
  readonly payload: Json;
  /** The trace that it is about, where it is about one: for who reads the refusal. */
  readonly about?: string;
  /** Names the payload, where it is the same whenever it is called so. */
  readonly fixed?: string | undefined;
}

/** What somebody asks for, found in the snapshot. */
interface AskedFor {
  readonly program: CheckedProgram;
  readonly matter: Matter;
  /** What an intent takes, where that is narrower than what its workflow takes. */
  readonly narrowed: SchemaCheck | null;
  /** What policies see of a workflow that is asked for by name, frozen; null for an intent. */
  readonly context: Json | null;
}

export class Acceptance {
  readonly #options: AcceptanceOptions;
  /** Workflows that were asked for by name, and found. */
  readonly #named = new Map<string, Pick<AskedFor, "program" | "context">>();

  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  /** Takes work, or throws why not: then nothing was written but that. */
  async accept(work: Work): Promise<Accepted> {
    if (work.idempotencyKey?.startsWith(DELIVERY_KEY)) throw deliverysKey(work.idempotencyKey);
    if (work.idempotencyKey?.startsWith(UNDO_KEY)) throw undosKey(work.idempotencyKey);
    const asked = this.#askedBefore(work) ?? (await this.#askedFor(work));
    const { operator } = this.#options;
    const { session } = work;
    const asker = session === undefined ? operator : await this.holderOf(session, asked.matter);
    return this.#decide(asked, asker, work.payload);
  }

  /** The same on behalf of somebody whom the runtime knows already. */
  async acceptFor(asker: Asker, work: Work, cause?: Cause): Promise<Accepted> {
    const asked = await this.#askedFor(work);
    if (cause === undefined) return this.#decide(asked, asker, work.payload);
    const matter = { ...asked.matter, cause };
    try {
      return { ...(await this.#decide({ ...asked, matter }, asker, work.payload)), cause };
    } catch (error) {
      // Nobody is there to be told: a payload that does not fit is written down, too.
      if (!isUnrecorded(error)) throw error;
      return this.refuse(asker, error, matter);
    }
  }

  /** Who is let pass need not wait for it. */
  #decide(
    { program, matter, narrowed, context }: AskedFor,
    asker: Asker,
    given: Work["payload"],
  ): Accepted | Promise<Accepted> {
    const payload = acceptPayload(program, given, narrowed);
    const { intent, key } = matter;
    const fixed = context === null ? undefined : program.graph.workflow;
    const decision = this.permit(asker, matter, { payload: context ?? payload, fixed });
    if (decision instanceof Promise) return decision;
    return { asker, intent, program, payload, decision, key };
  }

  /** The same as `#askedFor` gives, at once, where the workflow was found before. */
  #askedBefore({ intent, workflow, idempotencyKey }: Work): AskedFor | undefined {
    if (intent !== undefined || workflow === undefined) return undefined;
    const named = this.#named.get(workflow);
    if (named === undefined) return undefined;
    const { program, context } = named;
    const key = idempotencyKey === undefined ? null : acceptIdempotencyKey(idempotencyKey);
    return { program, matter: matterOf(RUN_ACT.type, program, key), narrowed: null, context };
  }

  /** The program that answers, by the intent or by the workflow's own name. */
  async #askedFor({ intent, workflow, idempotencyKey }: Work): Promise<AskedFor> {
    const { programs, governor } = this.#options;
    const key = idempotencyKey === undefined ? null : acceptIdempotencyKey(idempotencyKey);
    if (intent === undefined) {
      if (workflow === undefined) throw unclear("found neither");
      // What was never sealed under its name is nobody's to run by it.
      if (undoneBy(workflow) !== undefined) knownName(programs.snapshot, workflow);
      const program = await programs.find(workflow);
      const context = this.#runContext(program);
      this.#named.set(workflow, { program, context });
      return { program, matter: matterOf(RUN_ACT.type, program, key), narrowed: null, context };
    }
    if (workflow !== undefined) throw unclear("found both");
    const sealed = governor.intent(intent);
    if (sealed === undefined) throw unknownIntent(intent, governor.types);
    const program = await programs.find(sealed.workflow);
    const narrowed = await programs.narrowed(sealed);
    await governor.ready(intent);
    return { program, matter: matterOf(intent, program, key), narrowed, context: null };
  }

  /** What policies see of a workflow that is asked for by name. */
  #runContext({ graph: { workflow } }: Program): Json {
    const { labels = [], reach } = this.#options.governor.workflow(workflow) ?? {};
    invariant(reach !== undefined, "a snapshot with policies says where each workflow may reach");
    return deepFreeze({ workflow, labels: [...labels], reach: { ...reach } });
  }

  /** The decision that allows it; a denial is written down, and then told. */
  permit(asker: Asker, matter: Matter, request: Request): Decision | Promise<never> {
    try {
      return this.decide(asker, matter, request);
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      return this.refuse(asker, error.refusal, { ...matter, ruled: error.ruled });
    }
  }

  /** The same at once, and nothing is written down: a denial is thrown, for who writes it down. */
  decide(asker: Asker, { intent }: Matter, { payload, about, fixed }: Request): Decision {
    const { tenant, principal, caller } = asker;
    const asked = { tenant, principal, caller, intent, payload, fixed };
    const ruled = this.#options.governor.decide(asked);
    if (ruled.decision.decision === "allow") return ruled.decision;
    const { message, hint } = denial(asked, ruled.decision);
    const told = about === undefined ? message : `${message} (of \`${about}\`)`;
    throw new Denied(asker, new Refusal("acceptance", "policy/denied", told, { hint }), ruled);
  }

  /** Whose session it is; a session that is over is written down with what was asked. */
  holderOf(session: string, matter: Matter): Asker | Promise<never> {
    try {
      return this.#options.askerOf(session);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return this.refuse(error.asker, error.refusal, matter);
    }
  }

  /** Who holds a session now, for those who waited since they asked: `Rejected` where nobody does any more. */
  holderNow(session: string): Asker {
    return this.#options.askerOf(session);
  }

  /** Writes a refusal down, and tells it when that is durable. */
  async refuse(
    asker: Asker,
    { family, code, message, hint, problems }: Refusal,
    { intent, workflow, key, cause, ruled }: Matter & { readonly ruled?: Ruled },
  ): Promise<never> {
    const { ledger, state, programs, epoch, newTraceId } = this.#options;
    const { tenant, principal, caller, session } = asker;
    const trace = `refused-${newTraceId()}`;
    const body: RefusedBody = {
      type: "refused",
      format: RECORD_FORMAT,
      epoch,
      flushed: ledger.durable.n,
      snapshot: programs.snapshot.id,
      engine: VERSION,
      intent,
      workflow,
      tenant,
      session,
      principal,
      caller,
      idempotency_key: key,
      code,
      message,
      policy: ruled?.decision ?? null,
      context: ruled?.context ?? null,
      ...(cause === undefined ? {} : { cause }),
    };
    state.note(ledger.append(trace, body));
    await ledger.flush();
    throw new Refusal(family, code, message, { hint, problems, trace });
  }
}

function matterOf(intent: string, { graph }: Program, key: string | null): Matter {
  return { intent, workflow: graph.workflow, key };
}

function isUnrecorded(error: unknown): error is Refusal {
  return error instanceof Refusal && error.family === "acceptance" && error.trace === undefined;
}

function deliverysKey(key: string): Refusal {
  const message = `the idempotency key \`${key}\` is for what subscriptions deliver`;
  return new Refusal("acceptance", "idempotency/reserved-key", message, {
    hint: `Choose one that does not begin with \`${DELIVERY_KEY}\`.`,
  });
}

function undosKey(key: string): Refusal {
  const message = `the idempotency key \`${key}\` is for what tries again to undo something`;
  return new Refusal("acceptance", "idempotency/reserved-key", message, {
    hint: `Choose one that does not begin with \`${UNDO_KEY}\`.`,
  });
}

function unclear(found: string): Refusal {
  const message = `expected either an intent or a workflow, ${found}`;
  return new Refusal("usage", "run/unclear", message, {
    hint: "Name what is to be done by its intent; a workflow's own name is for authors.",
  });
}

export function unknownIntent(intent: string, known: readonly string[]): Refusal {
  const act = ACTS.find(({ type }) => type === intent);
  const hint =
    act === undefined
      ? (didYouMean(intent, known) ?? "`pgs list intents` shows them all.")
      : "That is an act of the runtime's own: it has a command, and is no intent to run.";
  const message = `the snapshot has no intent \`${intent}\``;
  return new Refusal("acceptance", "intent/unknown", message, { hint });
}

/** Why, in a sentence that holds nothing labelled. */
export function denial(
  { tenant, principal, intent }: Asked,
  { unmet, rulings }: Decision,
): { readonly message: string; readonly hint: string } {
  const who = `\`${principal}\` of tenant \`${tenant}\``;
  const hint = "`pgs examine` of the refusal's trace tells what the policies saw.";
  if (unmet !== null) {
    return { message: `${who} may not \`${intent}\`: ${unmet}`, hint };
  }
  const denying = rulings.at(-1);
  invariant(denying?.decision === "deny", "a denial was made by the role that was asked last");
  const { role, determining, errors = [] } = denying;
  const why =
    errors.length > 0
      ? `a policy could not be evaluated: ${errors.join("; ")}`
      : determining.length > 0
        ? `forbidden by ${determining.map((id) => `\`${id}\``).join(", ")}`
        : "no policy permits it";
  return { message: `\`${role}\` denies \`${intent}\` to ${who}: ${why}`, hint };
}
