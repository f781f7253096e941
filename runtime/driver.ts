/**
 * The driver: the only loop that acts. It feeds facts to the machine and carries out the commands
 * that come back, through a host that says what acting means: live, recovered and replayed
 * executions all go through here, and nothing here knows which it is.
 */
import { invariant, unreachable } from "../protocol/language/invariant.ts";
import {
  type Answer,
  type CommitCommand,
  type Fact,
  type FinishCommand,
  type InvokeCommand,
  NEW,
  type Program,
  type RecordCommand,
} from "./machine/program.ts";
import { step } from "./machine/step.ts";

/** What a command comes to. All of it is done when the call returns. */
export interface Host {
  readonly invoke: (command: InvokeCommand) => Answer;
  readonly commit: (command: CommitCommand) => Answer;
  readonly record: (command: RecordCommand) => void;
}

/** Drives an execution from the fact that it was accepted to its end. */
export function drive(
  program: Program,
  accepted: Fact & { readonly kind: "accepted" },
  host: Host,
): FinishCommand {
  let { execution, commands } = step(program, NEW, accepted);
  for (;;) {
    let fact: Fact | undefined;
    for (const command of commands) {
      switch (command.kind) {
        case "record":
          host.record(command);
          break;
        case "invoke":
          fact = { kind: "result", node: command.node, answer: host.invoke(command) };
          break;
        case "commit":
          fact = { kind: "committed", node: command.node, answer: host.commit(command) };
          break;
        case "finish":
          return command;
        default:
          unreachable(command);
      }
    }
    invariant(fact !== undefined, "a step ends by asking or by finishing");
    ({ execution, commands } = step(program, execution, fact));
  }
}
