/**
 * What a command may know of the process: where to write, whether colour is welcome, where the
 * program stands. Only this file and `main.ts` touch `process`, and only this one the environment.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Chalk, type ChalkInstance } from "chalk";
import { Refusal } from "../protocol/language/refusal.ts";

export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The standard input, as far as `bytesMax` and one byte more: who gets more knows that it is. */
  readonly input: (bytesMax: number) => Promise<Uint8Array>;
  /** The standard input as it comes, without a bound; whoever takes it closes it. */
  readonly inputStream: () => Readable;
  /**
   * Settles when standard output takes more: at once, or when its reader has caught up or has gone.
   * Who prints without end waits for it, so that what was printed is not gathered in memory.
   */
  readonly drained: () => Promise<void>;
  /** Why standard output takes no more; undefined as long as it does. */
  readonly outEnd: () => OutEnd | undefined;
  /**
   * Calls back with the first SIGINT or SIGTERM from now on, instead of ending the process; the next
   * one ends it as ever. What is returned takes it back.
   */
  readonly onStop: (stop: (signal: StopSignal) => void) => () => void;
  /** Colours for standard output and for standard error; both say plain text where not welcome. */
  readonly paint: ChalkInstance;
  readonly paintErr: ChalkInstance;
  /** True where a person watches standard error, so that progress is worth writing. */
  readonly watched: boolean;
  /** True where that person sees standard output too. */
  readonly outWatched: boolean;
  readonly workingFolder: string;
  /** The variables of the environment that are meant for the program: `PGS_*`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where scratch may be written. */
  readonly temporaryFolder: string;
  /** The folder of the installed program. */
  readonly programFolder: string;
  /** The command line without secrets, for the note that says who holds a data root. */
  readonly commandLine: string;
  readonly pid: number;
  /** The number of the user; undefined where users have none. */
  readonly user: number | undefined;
}

/** Its reader has gone, or it cannot be written: a disk that is full, mostly. */
export type OutEnd = "unread" | Refusal;

export type StopSignal = "SIGINT" | "SIGTERM";

/**
 * Standard input and standard error are opened where something is read or said: opening them loads
 * what a start may have no other use for.
 */
export function processIo(): Io {
  const { stdout, env, argv } = process;
  let opened: NodeJS.WriteStream | undefined;
  const stderr = () => {
    opened ??= process.stderr.on("error", goOnUnheard);
    return opened;
  };
  let paintErr: ChalkInstance | undefined;
  // Nothing more is written once a write has failed: it would gather and never drain.
  let outEnd: OutEnd | undefined;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    outEnd ??= outEndOf(error);
  });
  return {
    out: (text) => void (outEnd === undefined && stdout.write(text)),
    err: (text) => void (text !== "" && stderr().write(text)),
    input: async (bytesMax) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of process.stdin) {
        chunks.push(Buffer.from(chunk));
        bytes += chunk.length;
        if (bytes > bytesMax) break;
      }
      return Buffer.concat(chunks).subarray(0, bytesMax + 1);
    },
    inputStream: () => process.stdin,
    drained: () =>
      outEnd !== undefined || !stdout.writableNeedDrain ? Promise.resolve() : drain(stdout),
    outEnd: () => outEnd,
    onStop,
    paint: new Chalk({ level: wantsColour(stdout, env) ? 1 : 0 }),
    get paintErr() {
      paintErr ??= new Chalk({ level: wantsColour(stderr(), env) ? 1 : 0 });
      return paintErr;
    },
    get watched() {
      return stderr().isTTY === true;
    },
    outWatched: stdout.isTTY === true,
    workingFolder: process.cwd(),
    environment: ownVariables(env),
    get temporaryFolder() {
      return tmpdir();
    },
    programFolder: join(import.meta.dirname, ".."),
    commandLine: ["pgs", ...withoutSecrets(argv.slice(2))].join(" "),
    pid: process.pid,
    user: process.getuid?.(),
  };
}

/** An Io that says nothing: for the build, which runs the program once to warm V8's code cache. */
export function quietIo(programFolder: string): Io {
  const silent = () => {};
  return {
    out: silent,
    err: silent,
    input: async () => new Uint8Array(),
    inputStream: () => process.stdin,
    drained: async () => {},
    outEnd: () => undefined,
    onStop: () => silent,
    paint: new Chalk({ level: 0 }),
    paintErr: new Chalk({ level: 0 }),
    watched: false,
    outWatched: false,
    workingFolder: programFolder,
    environment: {},
    temporaryFolder: tmpdir(),
    programFolder,
    commandLine: "pgs",
    pid: process.pid,
    user: process.getuid?.(),
  };
}

function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const events = ["drain", "error", "close"] as const;
    const go = () => {
      for (const event of events) stream.off(event, go);
      resolve();
    };
    for (const event of events) stream.on(event, go);
  });
}

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

function onStop(stop: (signal: StopSignal) => void): () => void {
  const takeBack = () => {
    for (const signal of STOP_SIGNALS) process.off(signal, stopOnce);
  };
  const stopOnce = (signal: NodeJS.Signals) => {
    takeBack();
    stop(signal as StopSignal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stopOnce);
  return takeBack;
}

function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

/** Flags whose values are shown to nobody. */
const SECRET_FLAG = /^--session(=|$)/;

function withoutSecrets(args: readonly string[]): readonly string[] {
  return args.map((arg, at) => {
    if (SECRET_FLAG.test(args[at - 1] ?? "") && !args[at - 1]?.includes("=")) return "[secret]";
    return SECRET_FLAG.test(arg) && arg.includes("=") ? "--session=[secret]" : arg;
  });
}

function ownVariables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(env)
      .filter((name) => name.startsWith("PGS_"))
      .map((name) => [name, env[name] ?? ""]),
  );
}

function outEndOf(error: NodeJS.ErrnoException): OutEnd {
  const { code, syscall, message } = error;
  if (code === "EPIPE") return "unread";
  if (syscall === undefined) throw error;
  const isFull = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const family = isFull ? "busy" : "viability";
  const word = isFull ? "no-room" : "not-writable";
  return new Refusal(family, `output/${word}`, `standard output takes no more: ${message}`, {
    hint: "What was printed is not whole. Executions that ended stand: `pgs list` shows them.",
  });
}

/** Standard error takes no more: the work goes on, and its exit code says how it ended. */
function goOnUnheard(error: NodeJS.ErrnoException): void {
  if (error.syscall === undefined) throw error;
}
