/** The commands, in the order in which the help shows them. Each is loaded when it is named. */
import type { Command } from "commander";
import type { Io } from "./io.ts";

export interface CommandModule {
  /** Declares the command's options and what it does; `done` takes the exit code. */
  readonly define: (command: Command, io: Io, done: (exitCode: number) => void) => void;
}

export const COMMANDS: readonly { readonly name: string; readonly summary: string }[] =
  Object.freeze([
    {
      name: "compile",
      summary: "check the protocols of a workspace and seal them into a snapshot",
    },
    { name: "run", summary: "run a workflow of the sealed snapshot, with a durable ledger" },
    { name: "session", summary: "open a session, show sessions, or end one" },
    { name: "deliver", summary: "bring the events of streams to the intents that subscribe" },
    { name: "cancel", summary: "end an execution that a stop left open, before it goes on" },
    { name: "wake", summary: "go on with executions whose time is up, or with each when it is" },
    { name: "signal", summary: "tell an execution that waits what it waits for" },
    { name: "saga", summary: "show what was undone and what stands, go on undoing, or try again" },
    { name: "migrate", summary: "let open executions go on under another snapshot, if they fit" },
    { name: "examine", summary: "check one trace and say what happened, and why" },
    { name: "replay", summary: "run recorded facts again and compare every record" },
    { name: "verify", summary: "check ledger, traces, snapshots and state against each other" },
    { name: "rebuild", summary: "make the state and the trace files anew from the record" },
    {
      name: "list",
      summary:
        "list executions, refusals, starts (boots), workflows, intents, capabilities or snapshots",
    },
    {
      name: "policy",
      summary: "hold decisions against the policies: those of tables, and those recorded",
    },
    {
      name: "test",
      summary: "try authored cases and every path of workflows, on stores in memory",
    },
    { name: "paths", summary: "count the paths of a workflow, exactly, and list them" },
    { name: "bounds", summary: "show what a workflow may cost by each of its outcomes" },
    {
      name: "diff",
      summary: "say what changed between two snapshots, and whether it breaks anybody",
    },
    {
      name: "flow",
      summary: "show where a field of a workflow can end up, and what depends on it",
    },
    { name: "health", summary: "say what is wrong with a data root first, then its numbers" },
    { name: "genesis", summary: "come to life phase by phase, and say what each gate found" },
    { name: "config", summary: "show the settings of a workspace, and where each comes from" },
    { name: "explain", summary: "explain a diagnostic's code, with a wrong and a right example" },
  ]);
