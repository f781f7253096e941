/**
 * A trial: one execution of a graph, driven through the machine with answers that are given, on
 * stores in memory, at a time that stands still but for what is waited for. It calls nothing outside,
 * writes nothing, and is no evidence of anything.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { isEngineOutcome } from "../../protocol/language/names.ts";
import type { Reason } from "../../protocol/language/records.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { BEGINNING, drive, type Host, type Pause, type Standing } from "../driver.ts";
import { invoke } from "../invoke.ts";
import { programOf } from "../json-schema.ts";
import { nodeAt } from "../machine/edges.ts";
import type {
  Answer,
  CallCommand,
  Fact,
  PendingCommand,
  Program,
  SignalOrder,
  WaitCommand,
} from "../machine/program.ts";
import { memory } from "./memory.ts";

/** A node that is to be answered, as the trace names it. */
export interface TrialAsk {
  readonly name: string;
  readonly node: number;
  readonly kind: "transform" | "effect" | "external" | "await";
}

/** Of a node that waits: the name of a signal with its payload, `TIMEOUT` or `ELAPSED`. */
export interface TrialAnswer {
  readonly outcome: string;
  readonly output?: Json;
}

/** Where nothing is given, the transform runs, and the store in memory answers. */
export type TrialAnswers = (ask: TrialAsk) => TrialAnswer | undefined;

/** Tries one execution from its payload. */
export type TryOut = (payload: Json, answers: TrialAnswers) => Trial;

interface Plan {
  readonly program: Program;
  readonly capabilities: Capabilities;
  readonly answer: TrialAnswers;
  readonly steps: TrialStep[];
}

/** A step as it was passed; what undoes another names it. */
export interface TrialStep {
  readonly node: string;
  readonly outcome: string;
  readonly to: string;
  readonly reason?: Reason;
}

export interface TrialEnd {
  readonly exit: string;
  readonly outcome: string;
  readonly result: Json;
  readonly fault: boolean;
}

export type Trial =
  /** The payload, or what a signal brings to a node, is not of its schema. */
  | { readonly kind: "unfit"; readonly node?: string; readonly problems: readonly Problem[] }
  | { readonly kind: "ended"; readonly steps: readonly TrialStep[]; readonly end: TrialEnd }
  /** Nobody said what came of this node. */
  | { readonly kind: "unanswered"; readonly steps: readonly TrialStep[]; readonly node: string };

const BEGAN = "2030-01-01T00:00:00.000Z";
const NOBODY = "f".repeat(64) as Digest;

const CONTEXT = Object.freeze({
  trace_id: "trial",
  tenant: "default",
  principal: "requester",
  session: null,
  started_at: BEGAN,
});

/** Nobody at a shell: whoever says something in a trial is a person of their own. */
const REQUESTED = Object.freeze({ kind: "accepted", identity: "token" } as const);

/** Makes ready to try executions of a graph. */
export function trialsOf(graph: Graph, capabilities: Capabilities): TryOut {
  const program = programOf(graph);
  return (payload, answer) => {
    const problems = program.fits(graph.payload, payload);
    if (problems !== null) return { kind: "unfit", problems };
    const steps: TrialStep[] = [];
    const unfit: Unfit[] = [];
    const host = hostOf({ program, capabilities, answer, steps }, unfit);
    const context = CONTEXT;
    const pause = drive({ program, host }, BEGINNING, { ...REQUESTED, payload, context });
    const [wrong] = unfit;
    return wrong === undefined ? trialOf(pause, steps) : { kind: "unfit", ...wrong };
  };
}

interface Unfit {
  readonly node: string;
  readonly problems: readonly Problem[];
}

function trialOf(pause: Pause, steps: readonly TrialStep[]): Trial {
  if (pause.kind === "pending") {
    const [first] = pause.pending;
    invariant(first !== undefined, "what is pending waits for something");
    return { kind: "unanswered", steps, node: first.name };
  }
  const { exit, outcome, result, fault } = pause.command;
  return { kind: "ended", steps, end: { exit, outcome, result, fault } };
}

function hostOf({ program, capabilities, answer, steps }: Plan, unfit: Unfit[]): Host {
  const stores = memory();
  const outside = outsideOf(program, answer, unfit);
  let now = BEGAN;
  return {
    invoke: (command) => {
      const said = answer({ name: command.name, node: command.node, kind: "transform" });
      return said === undefined ? invoke(capabilities, command) : answered(said);
    },
    commit: (command) => {
      const { name, node, store, operation, input } = command;
      const said = answer({ name, node, kind: "effect" });
      if (said !== undefined) return answered(said);
      return stores.commit({ tenant: CONTEXT.tenant, store, operation, input });
    },
    arm: () => now,
    record: ({ body }) => {
      if (body.type !== "node" && body.type !== "effect" && body.type !== "external") return;
      const { node, outcome, to, reason } = body;
      steps.push({ node, outcome, to, ...(reason === undefined ? {} : { reason }) });
    },
    next: ({ pending }: Standing) => {
      const [first] = pending;
      invariant(first !== undefined, "something is pending");
      const fact = first.kind === "call" ? outside.call(first) : outside.wait(first);
      if (fact?.kind === "elapsed" && first.kind === "wait" && now < first.until) now = first.until;
      return fact;
    },
  };
}

/** An engine outcome that is given is what its cause would be. */
function answered({ outcome, output = {} }: TrialAnswer): Answer {
  return outcome === "FAULT" ? { fault: given("fault/given") } : { outcome, output };
}

function given(code: string): Reason {
  return { code, message: "the test says so" };
}

function outsideOf(program: Program, answer: TrialAnswers, unfit: Unfit[]) {
  /** By told name: a signal of which more people have to say it. */
  const saying = new Map<string, { readonly given: TrialAnswer; readonly people: number }>();
  return {
    call: (command: CallCommand): Fact | undefined => {
      const { name, node } = command;
      const said = answer({ name, node, kind: "external" });
      if (said === undefined) return undefined;
      const isUnknown = isEngineOutcome(said.outcome) && said.outcome !== "FAULT";
      const came = isUnknown ? { unknown: given("unknown/given") } : answered(said);
      return { kind: "answered", ...asked(command), answer: came };
    },
    wait: (command: WaitCommand): Fact | undefined => {
      const { name, node } = command;
      const waits = nodeAt(program.graph, node);
      if (waits.kind !== "await") return { kind: "elapsed", ...asked(command) };
      const before = saying.get(name);
      const said = before?.given ?? answer({ name, node, kind: "await" });
      if (said === undefined) return undefined;
      const signal = waits.signals.find(([known]) => known === said.outcome)?.[1];
      if (signal === undefined) {
        saying.delete(name);
        return { kind: "elapsed", ...asked(command) };
      }
      const problems = program.fits(signal.payload, said.output ?? {});
      if (problems !== null) {
        unfit.push({ node: name, problems });
        return undefined;
      }
      const people = (before?.people ?? 0) + 1;
      saying.set(name, { given: said, people });
      return { kind: "signalled", ...asked(command), order: orderOf(said, people) };
    },
  };
}

function asked({ node, branch }: PendingCommand) {
  return branch === undefined ? { node } : { node, branch };
}

/** Each time by somebody else, none of whom is the requester. */
function orderOf({ outcome, output = {} }: TrialAnswer, person: number): SignalOrder {
  return {
    tenant: CONTEXT.tenant,
    session: null,
    principal: `person-${person}`,
    caller: { identity: "token", roles: [], attributes: {} },
    policy: { decision: "allow", unmet: null, rulings: [], seen: {} },
    snapshot: NOBODY,
    signal: outcome,
    payload: output,
  };
}
