/**
 * The driver: the only loop that acts. It feeds facts to the machine and carries out the commands
 * that come back, through a host that says what acting means: live, recovered and replayed
 * executions all go through here, and nothing here knows which it is.
 */
import { invariant, unreachable } from "../protocol/language/invariant.ts";
import type {
  Answer,
  CallCommand,
  CancelFact,
  CommitCommand,
  Execution,
  Fact,
  FinishCommand,
  InvokeCommand,
  Program,
  RecordCommand,
} from "./machine/program.ts";
import { step } from "./machine/step.ts";

/** What a command comes to. All of it is done when the call returns. */
export interface Host {
  /** The order to end the execution instead of asking; undefined where there is none. */
  readonly cancel?: (asking: Asking) => CancelFact | undefined;
  readonly invoke: (command: InvokeCommand) => Answer;
  readonly commit: (command: CommitCommand) => Answer;
  readonly record: (command: RecordCommand) => void;
  /** What is known of a call to the outside already; undefined where it has to be made now. */
  readonly call: (command: CallCommand) => Fact | undefined;
}

/** What of a command says which node asks. */
export type Asking = Pick<InvokeCommand | CommitCommand | CallCommand, "node" | "name">;

/** Where driving stops: at the end, or at a call whose answer takes time. */
export type Pause =
  | { readonly kind: "finished"; readonly command: FinishCommand }
  | { readonly kind: "calling"; readonly command: CallCommand; readonly execution: Execution };

/** One execution that is driven. */
export interface Driven {
  readonly program: Program;
  readonly host: Host;
}

/** Drives an execution from a fact as far as it goes without waiting. */
export function drive({ program, host }: Driven, from: Execution, first: Fact): Pause {
  let { execution, commands } = step(program, from, first);
  for (;;) {
    let fact: Fact | undefined;
    for (const command of commands) {
      switch (command.kind) {
        case "record":
          host.record(command);
          break;
        case "invoke":
          fact = host.cancel?.(command) ?? {
            kind: "result",
            node: command.node,
            answer: host.invoke(command),
          };
          break;
        case "commit":
          fact = host.cancel?.(command) ?? {
            kind: "committed",
            node: command.node,
            answer: host.commit(command),
          };
          break;
        case "call":
          fact = host.cancel?.(command) ?? host.call(command);
          if (fact === undefined) return { kind: "calling", command, execution };
          break;
        case "finish":
          return { kind: "finished", command };
        default:
          unreachable(command);
      }
    }
    invariant(fact !== undefined, "a step ends by asking or by finishing");
    ({ execution, commands } = step(program, execution, fact));
  }
}
