/**
 * The options that several commands share, and what they mean once resolved: absolute folders,
 * nothing created yet.
 */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Io } from "./io.ts";

export interface WorkspaceOptions {
  readonly workspace: string;
  readonly dataRoot?: string;
  readonly snapshot?: string;
  readonly tracesDir?: string;
  readonly json?: boolean;
}

export interface Workspace {
  readonly folder: string;
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
  readonly font: string;
}

export function workspaceOption(command: Command): Command {
  return command.option(
    "--workspace <dir>",
    "the folder that holds protocol/, snapshots/ and traces/",
    ".",
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
  const option = command.createOption("--wait <seconds>", "how long to wait for a held data root");
  return command.addOption(option.argParser(seconds).default(WAIT_SECONDS));
}

const WAIT_SECONDS = 5;
const WAIT_SECONDS_MAX = 86_400;

function seconds(given: string): number {
  const number = Number(given);
  if (given.trim() !== "" && number >= 0 && number <= WAIT_SECONDS_MAX) return number;
  throw badArgument(`Expected seconds, from 0 to ${WAIT_SECONDS_MAX}.`);
}

/**
 * What the argument parser takes for its own complaint of an argument. A command that imported the
 * parser for it would bring it along a second time, and start slower.
 */
export function badArgument(message: string): Error {
  return Object.assign(new Error(message), { code: "commander.invalidArgument" });
}

export function workspaceOf(options: WorkspaceOptions, io: Io): Workspace {
  const folder = resolve(io.workingFolder, options.workspace);
  const inside = (given: string | undefined, name: string) =>
    given === undefined ? join(folder, name) : resolve(io.workingFolder, given);
  const dataRoot = inside(options.dataRoot, "data");
  return {
    folder,
    protocol: join(folder, "protocol"),
    snapshots: join(folder, "snapshots"),
    snapshot: options.snapshot,
    dataRoot,
    traces: inside(options.tracesDir, "traces"),
    isTracesShared: options.tracesDir === undefined && dataRoot !== join(folder, "data"),
    platform: join(io.programFolder, "protocol", "domains", "platform"),
    capabilities: join(io.programFolder, "dist", "capabilities"),
    storeWorker: join(io.programFolder, "dist", "store-worker.cjs"),
    font: join(io.programFolder, "dist", "picture-font.ttf"),
  };
}
