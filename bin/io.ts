/**
 * What a command may know of the process: where to write, whether colour is welcome, where the
 * program stands. Only this file and `main.ts` touch `process`.
 */
import { join } from "node:path";
import { Chalk, type ChalkInstance } from "chalk";

export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The standard input, as far as `bytesMax` and one byte more: who gets more knows that it is. */
  readonly input: (bytesMax: number) => Promise<Uint8Array>;
  /** Colours for standard output and for standard error; both say plain text where not welcome. */
  readonly paint: ChalkInstance;
  readonly paintErr: ChalkInstance;
  /** True where a person watches standard error, so that progress is worth writing. */
  readonly watched: boolean;
  readonly workingFolder: string;
  /** The folder of the installed program. */
  readonly programFolder: string;
  /** The command line, for the note that says who holds a data root. */
  readonly commandLine: string;
  readonly pid: number;
}

export function processIo(): Io {
  const { stdout, stderr, stdin, env, argv } = process;
  for (const stream of [stdout, stderr]) stream.on("error", goOnUnread);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    input: async (bytesMax) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stdin) {
        chunks.push(Buffer.from(chunk));
        bytes += chunk.length;
        if (bytes > bytesMax) break;
      }
      return Buffer.concat(chunks).subarray(0, bytesMax + 1);
    },
    paint: new Chalk({ level: wantsColour(stdout, env) ? 1 : 0 }),
    paintErr: new Chalk({ level: wantsColour(stderr, env) ? 1 : 0 }),
    watched: stderr.isTTY === true,
    workingFolder: process.cwd(),
    programFolder: join(import.meta.dirname, ".."),
    commandLine: ["pgs", ...argv.slice(2)].join(" "),
    pid: process.pid,
  };
}

/** An Io that says nothing: for the build, which runs the program once to warm V8's code cache. */
export function quietIo(programFolder: string): Io {
  const silent = () => {};
  return {
    out: silent,
    err: silent,
    input: async () => new Uint8Array(),
    paint: new Chalk({ level: 0 }),
    paintErr: new Chalk({ level: 0 }),
    watched: false,
    workingFolder: programFolder,
    programFolder,
    commandLine: "pgs",
    pid: process.pid,
  };
}

function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

/** The reader of a pipe has gone (`pgs list | head`): the work goes on, and its exit code stands. */
function goOnUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
