/**
 * What goes on without that anybody asks for it now: executions whose time is up, events that are to
 * be delivered. The commands that see to it are given, and open the data root, in the same way.
 */
import type { Command } from "commander";
import { type Engine, type EngineOptions, openEngine, recoveryText } from "./engine.ts";
import type { Io } from "./io.ts";
import { openingFor } from "./one-act.ts";
import {
  jsonOption,
  runtimeOptions,
  type Workspace,
  type WorkspaceOptions,
  waitOption,
  workspaceOf,
} from "./options.ts";

export interface OwnWorkOptions extends WorkspaceOptions {
  readonly traces?: string;
  readonly session?: string;
  readonly wait?: string;
  readonly allowChangedCapabilities?: boolean;
}

/** `whose`: what a session is asked for. */
export function ownWorkOptions(command: Command, whose: string): Command {
  return jsonOption(waitOption(runtimeOptions(command)))
    .option("--traces <which>", "whose trace files are written: all, failed or none")
    .option("--session <credential>", `${whose} (better: PGS_SESSION)`)
    .option("--allow-changed-capabilities", "for authors: run code that differs from the sealed");
}

export function ownWorkspace(options: OwnWorkOptions, io: Io): Promise<Workspace> {
  const { traces: batchTraces } = options;
  return workspaceOf(batchTraces === undefined ? options : { ...options, batchTraces }, io);
}

/** Opened, and told what was found there. */
export async function openForOwnWork(
  { allowChangedCapabilities = false }: OwnWorkOptions,
  workspace: Workspace,
  more: Pick<EngineOptions, "onWoken">,
  io: Io,
): Promise<Engine> {
  const { traces } = workspace.config.batch;
  const opening = openingFor(workspace, { traces, allowChangedCapabilities, ...more });
  const engine = await openEngine(opening, io);
  io.err(recoveryText(engine, io));
  return engine;
}
