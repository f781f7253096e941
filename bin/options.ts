/**
 * The options that several commands share, and what they mean once resolved: absolute folders,
 * nothing created yet.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { Refusal } from "../protocol/language/refusal.ts";
import { acquire, type Config, type Configuration } from "./config/config.ts";
import { defaultText } from "./config/settings.ts";
import type { Io } from "./io.ts";

/** As they were given: what they may say is checked with the rest of the configuration. */
export interface WorkspaceOptions {
  readonly workspace?: string;
  readonly dataRoot?: string;
  readonly snapshot?: string;
  readonly tracesDir?: string;
  readonly json?: boolean;
}

/** Flags of single commands that are settings too. */
export interface SettingOptions {
  readonly wait?: string;
  readonly concurrency?: string;
  readonly batchTraces?: string;
  readonly session?: string;
  readonly seconds?: string;
}

export interface Workspace {
  readonly folder: string;
  readonly config: Config;
  /** The same with the origin of each value. */
  readonly configuration: Configuration;
  readonly protocol: string;
  readonly snapshots: string;
  /** A snapshot's id, a folder, or undefined for the workspace's current one. */
  readonly snapshot: string | undefined;
  readonly dataRoot: string;
  readonly traces: string;
  /**
   * True where a data root of its own was named and no folder for its traces: those of the
   * workspace's other data roots may stand there too.
   */
  readonly isTracesShared: boolean;
  /** The program's own protocol: the domain `platform`. */
  readonly platform: string;
  /** The built implementations of capabilities. */
  readonly capabilities: string;
  /** The built thread that stores the state while many executions run. */
  readonly storeWorker: string;
  /** The built thread that checks the ledger's lines ahead where a start has many to read. */
  readonly checkWorker: string;
  readonly font: string;
}

export function workspaceOption(command: Command): Command {
  return command.option(
    "--workspace <dir>",
    "the folder that holds protocol/, snapshots/, traces/ and pgs.config.yaml (default: .)",
  );
}

export function runtimeOptions(command: Command): Command {
  return workspaceOption(command)
    .option("--data-root <dir>", "the folder of ledger, state and keys (default: <workspace>/data)")
    .option("--snapshot <id|dir>", "the snapshot to use (default: the workspace's current one)")
    .option("--traces-dir <dir>", "where traces are written (default: <workspace>/traces)");
}

export function jsonOption(command: Command): Command {
  return command.option("--json", "one JSON document on standard output, and nothing else");
}

/** How long a command that writes waits for another process to let go of the data root. */
export function waitOption(command: Command): Command {
  const what = `how long to wait for a held data root ${defaultText("wait_seconds")}`;
  return command.option("--wait <seconds>", what);
}

/**
 * What the argument parser takes for its own complaint of an argument. A command that imported the
 * parser for it would bring it along a second time, and start slower.
 */
export function badArgument(message: string): Error {
  return Object.assign(new Error(message), { code: "commander.invalidArgument" });
}

export type GivenOptions = WorkspaceOptions & SettingOptions;

export function configurationOf(options: GivenOptions, io: Io): Promise<Configuration> {
  const { dataRoot, tracesDir, snapshot, wait, concurrency, batchTraces } = options;
  const flags = {
    data_root: dataRoot,
    traces_dir: tracesDir,
    snapshot,
    wait_seconds: wait,
    "batch.concurrency": concurrency,
    "batch.traces": batchTraces,
    session: options.session,
    "identity.session_seconds": options.seconds,
  };
  return acquire(options.workspace, flags, io).catch((error: unknown) => {
    // Wrong use of a flag stops no start: none was begun.
    if (error instanceof Refusal && error.family === "kernel") error.gate = "G2";
    throw error;
  });
}

export async function workspaceOf(options: GivenOptions, io: Io): Promise<Workspace> {
  const configuration = await configurationOf(options, io);
  return workspaceUnder(configuration, io);
}

export function workspaceUnder(configuration: Configuration, io: Io): Workspace {
  const { workspace, config, origins } = configuration;
  const { folder } = workspace;
  const originOf = (key: string) => [...origins].find(([setting]) => setting.key === key)?.[1];
  return {
    folder,
    config,
    configuration,
    protocol: join(folder, "protocol"),
    snapshots: join(folder, "snapshots"),
    snapshot: config.snapshot,
    dataRoot: config.data_root,
    traces: config.traces_dir,
    isTracesShared:
      originOf("traces_dir")?.kind === "default" && config.data_root !== join(folder, "data"),
    ...programParts(io),
  };
}

/** What comes with the program. */
export function programParts({
  programFolder,
}: Io): Pick<Workspace, "platform" | "capabilities" | "storeWorker" | "checkWorker" | "font"> {
  return {
    platform: join(programFolder, "protocol", "domains", "platform"),
    capabilities: join(programFolder, "dist", "capabilities"),
    storeWorker: join(programFolder, "dist", "store-worker.cjs"),
    checkWorker: join(programFolder, "dist", "check-worker.cjs"),
    font: join(programFolder, "dist", "picture-font.ttf"),
  };
}
