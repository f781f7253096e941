/**
 * The driver: the only loop that acts. It feeds facts to the machine and carries out the commands
 * that come back, through a host that says what acting means: live, recovered and replayed
 * executions all go through here, and nothing here knows which it is.
 */
import { invariant, unreachable } from "../protocol/language/invariant.ts";
import { nodeAt } from "./machine/edges.ts";
import {
  type Answer,
  type ArmCommand,
  type Branch,
  type CancelFact,
  type CommitCommand,
  type Execution,
  type Fact,
  type FinishCommand,
  type InvokeCommand,
  NEW,
  type PendingCommand,
  type Program,
  type RecordCommand,
} from "./machine/program.ts";
import { step } from "./machine/step.ts";

/** What a command comes to. All of it is done when the call returns. */
export interface Host {
  /**
   * The order to end the execution instead of asking; undefined where there is none. Asked before
   * anything is, and told where the execution as a whole stands: at a node outside of all branches.
   */
  readonly cancel?: (standing: Asking) => CancelFact | undefined;
  readonly invoke: (command: InvokeCommand) => Answer;
  readonly commit: (command: CommitCommand) => Answer;
  /** What time it is: RFC 3339, UTC, milliseconds. */
  readonly arm: (command: ArmCommand) => string;
  readonly record: (command: RecordCommand) => void;
  /**
   * What is known already of one of the commands that are pending; undefined where all of their
   * answers have yet to come. Asked only where nothing else is left to do, and something is pending.
   */
  readonly next: (standing: Standing) => Fact | undefined;
  /** Whether so much was done that what was written should be flushed, and others have their turn. */
  readonly breathes?: () => boolean;
}

/** Which node asks. */
export interface Asking {
  readonly node: number;
  readonly name: string;
}

/** An execution between two facts, and the commands whose answers it waits for. */
export interface Standing {
  readonly execution: Execution;
  /**
   * In the order in which they were given. A fact takes away the one that it answers; where the
   * machine still waits for the same, it gives the command anew.
   */
  readonly pending: readonly PendingCommand[];
  /** What is answered first, in its order, before any fact but a cancel: where it took a breath. */
  readonly asks?: readonly Ask[];
}

/** Nothing has been told yet. */
export const BEGINNING: Standing = Object.freeze({ execution: NEW, pending: Object.freeze([]) });

/**
 * Where driving stops: at the end, where answers take time (any one of these goes on from there), or
 * for a breath, from which it goes on without a fact.
 */
export type Pause =
  | { readonly kind: "finished"; readonly command: FinishCommand }
  | ({ readonly kind: "pending" } & Standing);

/** One execution that is driven. */
export interface Driven {
  readonly program: Program;
  readonly host: Host;
}

/** Commands that are answered at once. */
export type Ask = InvokeCommand | CommitCommand | ArmCommand;

/**
 * Drives an execution from a fact as far as it goes without waiting. What is asked is answered in
 * the order of the commands: that order, and the order of the facts that come later, is all that
 * the order of the records hangs on.
 */
export function drive({ program, host }: Driven, from: Standing, first?: Fact): Pause {
  let { execution } = from;
  const pending = [...from.pending];
  const asks: Ask[] = [...(from.asks ?? [])];
  let asked = first === undefined ? 1 : 0;
  let fact = first ?? afterBreath(host, asks);
  for (;;) {
    if (fact.kind === "cancel") {
      pending.length = 0;
      asks.length = 0;
      asked = 0;
    } else {
      takeAnswered(pending, fact);
    }
    const made = step(program, execution, fact);
    execution = made.execution;
    for (const command of made.commands) {
      switch (command.kind) {
        case "record":
          host.record(command);
          break;
        case "invoke":
        case "commit":
        case "arm":
          asks.push(command);
          break;
        case "call":
        case "wait":
          pending.push(command);
          break;
        case "finish":
          return { kind: "finished", command };
        default:
          unreachable(command);
      }
    }
    const ordered = host.cancel?.(standsAt(program, execution));
    const ask = asks[asked];
    if (ordered !== undefined) {
      fact = ordered;
    } else if (ask !== undefined) {
      if (host.breathes?.() === true) {
        return { kind: "pending", execution, pending, asks: asks.slice(asked) };
      }
      asked += 1;
      fact = answer(host, ask);
    } else {
      asks.length = 0;
      asked = 0;
      invariant(pending.length > 0, "a step ends by asking or by finishing");
      const known = host.next({ execution, pending });
      if (known === undefined) return { kind: "pending", execution, pending };
      fact = known;
    }
  }
}

function afterBreath(host: Host, [ask]: readonly Ask[]): Fact {
  invariant(ask !== undefined, "what took a breath has something to answer");
  return answer(host, ask);
}

function answer(host: Host, command: Ask): Fact {
  const { branch } = command;
  const fact = factOf(host, command);
  return branch === undefined ? fact : { ...fact, branch };
}

function factOf(host: Host, command: Ask): Exclude<Fact, { readonly kind: "accepted" }> {
  const { node } = command;
  switch (command.kind) {
    case "invoke":
      return { kind: "result", node, answer: host.invoke(command) };
    case "commit":
      return { kind: "committed", node, answer: host.commit(command) };
    case "arm":
      return { kind: "armed", node, now: host.arm(command) };
  }
}

/** Where an execution as a whole stands: at what it asks, or at what it was forked by. */
export function standsAt({ graph }: Program, execution: Execution): Asking {
  const stands = execution.status === "waiting" || execution.status === "forked";
  invariant(stands, "it stands somewhere until it has ended");
  return { node: execution.at, name: nodeAt(graph, execution.at).name };
}

/** Takes the command away that a fact answers. */
function takeAnswered(pending: PendingCommand[], fact: Fact): void {
  if (fact.kind === "accepted" || pending.length === 0) return;
  const { node, branch } = fact;
  const at = pending.findIndex((one) => one.node === node && isSame(one.branch, branch));
  if (at >= 0) pending.splice(at, 1);
}

/** The same branch; absent is the execution as a whole. */
export function isSame(a: Branch | undefined, b: Branch | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((index, at) => index === b[at]);
}
