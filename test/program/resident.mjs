/**
 * The thread behind `resident.ts`: the built program, loaded once, and called as often as is asked.
 * Each call gets what a process would give it, and ends with all that it opened closed, as a process
 * does; it never sees the call before it.
 */
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { setImmediate as othersGo } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

const { launcher, programFolder, port, turn } = workerData;
const { load } = createRequire(import.meta.url)(launcher);
const { main, quietIo } = load("main");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** SQLite's files are closed when its statements are collected. */
const OPENS_A_STATE = new Set(["verify", "replay", "list", "examine", "health", "policy"]);

function answer(told) {
  port.postMessage(told);
  Atomics.store(turn, 0, 1);
  Atomics.notify(turn, 0);
}

async function carryOut({ args, input, cwd, environment }) {
  const [out, err] = [[], []];
  const io = {
    ...quietIo(programFolder),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    input: async (bytesMax) => input.subarray(0, bytesMax + 1),
    inputStream: () => Readable.from([Buffer.from(input)]),
    workingFolder: cwd,
    environment,
  };
  const code = await main(args, io, (command) => load(`commands/${command}`));
  if (OPENS_A_STATE.has(args[0])) {
    collect();
    await othersGo();
  }
  return { code, out: out.join(""), err: err.join("") };
}

// What nobody catches ends a process, and says why.
process.on("uncaughtException", (error) => {
  answer({ code: 1, out: "", err: `${error.stack}\n` });
});
parentPort.on("message", (call) => {
  carryOut(call).then(answer, (error) => answer({ code: 1, out: "", err: `${error.stack}\n` }));
});
