/** A bundle of the simulator in a process of its own, up to the first seed that fails. */
import { execFile } from "node:child_process";

const TIMEOUT_MS = 1_200_000;

/** The first seed that fails; undefined where none does. The worker is stopped there. */
export function firstFailure(
  script: string,
  from: number,
  seeds: number,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    let found: number | undefined;
    const parameters = [script, String(from), String(seeds), "1"];
    const child = execFile(process.execPath, parameters, options, (error) => {
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
