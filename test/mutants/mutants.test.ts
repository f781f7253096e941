/**
 * Each mistake, built into the simulator, makes it fail: so it is seen to look at what it claims to.
 * A mistake whose place in the sources is gone, or is no longer one place, fails here, too.
 */
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, bundleSimulator } from "../simulator/bundle.ts";
import { MISTAKES } from "./mistakes.ts";

/** Far more than any of them needs. */
const SEEDS = 20_000;
const TIMEOUT_MS = 280_000;

let sound: Bundle;

beforeAll(async () => {
  sound = await bundleSimulator();
});

afterAll(() => sound.remove());

/** The first seed that fails; undefined where none does. The worker is stopped there. */
function firstFailure(script: string, from: number, seeds: number): Promise<number | undefined> {
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

test("mistakes have names of their own", () => {
  expect(new Set(MISTAKES.map(({ name }) => name)).size).toBe(MISTAKES.length);
});

describe.concurrent("the simulator sees", () => {
  test.each(MISTAKES)(
    "$name",
    async (mistake) => {
      const { script, remove } = await bundleSimulator([mistake]);
      try {
        const seed = await firstFailure(script, 1, SEEDS);
        expect(seed).toBeDefined();
        // It is the mistake that fails, and not the seed.
        expect(await firstFailure(sound.script, seed ?? 1, 1)).toBeUndefined();
      } finally {
        remove();
      }
    },
    TIMEOUT_MS,
  );
});
