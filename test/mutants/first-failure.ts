/** A bundle of the simulator in a process of its own, up to the first seed that fails. */
import { execFile } from "node:child_process";

const TIMEOUT_MS = 1_200_000;

/** So many seeds from one on, or these. */
export type Which = { readonly from: number; readonly seeds: number } | readonly number[];

/** The first seed that fails; undefined where none does. The worker is stopped there. */
export function firstFailure(script: string, which: Which): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    let found: number | undefined;
    const child = execFile(process.execPath, [script, ...told(which)], options, (error) => {
      if (found !== undefined || error === null) resolve(found);
      else reject(error);
    });
    child.stdout?.on("data", (text: string) => {
      const seed = /\{"failed":\{"seed":(\d+)/.exec(text)?.[1];
      if (seed === undefined) return;
      found ??= Number(seed);
      child.kill();
    });
  });
}

function told(which: Which): readonly string[] {
  if ("from" in which) return [String(which.from), String(which.seeds), "1"];
  return ["these", which.join()];
}
