/**
 * The start of a process as `pgs genesis` makes it: of the same parts as work, brought to life one by
 * one. What is wrong with the configuration is kept for its own gate.
 */
import { resolve } from "node:path";
import { openCapabilities } from "../../capabilities/registry.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import {
  type PhaseReport,
  resolveSnapshot,
  type Start,
  SYSTEM_PORTS,
  systemSite,
  verifySnapshot,
} from "../../runtime/index.ts";
import { openUnder } from "../engine.ts";
import type { Io } from "../io.ts";
import { type GivenOptions, programParts, type Workspace, workspaceOf } from "../options.ts";
import { settingsOf } from "./settings.ts";

export interface GenesisOptions extends GivenOptions {
  readonly allowChangedCapabilities?: boolean;
}

export async function startOf(
  options: GenesisOptions,
  io: Io,
  passed: readonly PhaseReport[],
): Promise<Start> {
  const acquired = await acquiredBy(options, io);
  const { capabilities, storeWorker } = programParts(io);
  const allowChangedCapabilities = options.allowChangedCapabilities === true;
  const workspace = () => {
    invariant(!(acquired instanceof Refusal), "the gate of the configuration was passed");
    return acquired;
  };
  return {
    ...placeOf(acquired, options, io),
    ports: SYSTEM_PORTS,
    site: systemSite(io.user),
    holder: { pid: io.pid, command: io.commandLine },
    openSnapshot() {
      const { snapshots, snapshot } = workspace();
      const { files } = SYSTEM_PORTS;
      return verifySnapshot(files, resolveSnapshot(files, snapshots, snapshot));
    },
    capabilities: openCapabilities(capabilities),
    allowChangedCapabilities,
    storeWorkerFile: storeWorker,
    async openRuntime(snapshot) {
      const waitMs = workspace().config.wait_seconds * 1_000;
      const how = { traces: "all", allowChangedCapabilities, waitMs, roomWaitMs: 0 } as const;
      const { runtime } = await openUnder(snapshot, { ...how, workspace: workspace() }, io);
      return runtime;
    },
    passed,
    alive: {},
  };
}

/** What was wrong with the configuration is no end of this command: it is what it tells. */
async function acquiredBy(options: GenesisOptions, io: Io): Promise<Workspace | Refusal> {
  try {
    return await workspaceOf(options, io);
  } catch (error) {
    if (error instanceof Refusal && error.gate === "G2") return error;
    throw error;
  }
}

function placeOf(
  acquired: Workspace | Refusal,
  { workspace }: GenesisOptions,
  io: Io,
): Pick<Start, "workspace" | "settings"> {
  if (!(acquired instanceof Refusal)) {
    return { workspace: acquired.folder, settings: settingsOf(acquired.configuration) };
  }
  const given = workspace ?? io.environment.PGS_WORKSPACE ?? ".";
  return { workspace: resolve(io.workingFolder, given), settings: acquired };
}
