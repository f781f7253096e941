/**
 * Each mistake, built into the simulator, makes it fail: so it is seen to look at what it claims to.
 * A mistake whose place in the sources is gone, or is no longer one place, fails here, too.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, bundleSimulator } from "../simulator/bundle.ts";
import { firstFailure } from "./first-failure.ts";
import { MISTAKES } from "./mistakes.ts";
import { seedThatSees } from "./seeds.ts";

const TIMEOUT_MS = 1_200_000;

let sound: Bundle;
const seeing = new Set<number>();

beforeAll(async () => {
  sound = await bundleSimulator();
});

afterAll(() => sound.remove());

test("mistakes have names of their own", () => {
  expect(new Set(MISTAKES.map(({ name }) => name)).size).toBe(MISTAKES.length);
});

describe.concurrent("the simulator sees", () => {
  test.each(MISTAKES)(
    "$name",
    async (mistake) => {
      const seed = await seedThatSees(mistake);
      expect(seed).toBeDefined();
      seeing.add(seed ?? 1);
    },
    TIMEOUT_MS,
  );
});

test(
  "it is the mistakes that fail, and not the seeds",
  async () => {
    expect(seeing.size).toBeGreaterThan(0);
    expect(await firstFailure(sound.script, [...seeing])).toBeUndefined();
  },
  TIMEOUT_MS,
);
