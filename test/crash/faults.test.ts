/**
 * Faults at the file calls of the built program, and writes that the kernel takes in part: a sample
 * that every machine takes alike. All of them: `npm run sweep`.
 */
import { describe, expect, test } from "vitest";
import { carryOutAll, failures, sample } from "./case.ts";
import { casesOf, type FamilyName } from "./families.ts";
import { origins } from "./origins.ts";
import { noFaults, useSetting } from "./setting.ts";

const TIME_MAX_MS = 600_000;
const setting = useSetting();

async function check(family: FamilyName, count: number): Promise<void> {
  const cases = await casesOf(family, setting(), await origins(setting()));
  const found = await carryOutAll(sample(cases, count));
  console.info(`${family}: ${found.length} of ${cases.length} cases`);
  expect(found.length).toBeGreaterThanOrEqual(Math.min(count, cases.length));
  expect(failures(found)).toEqual([]);
}

describe.skipIf(noFaults)(`a run that meets a fault${noFaults ? ` (${noFaults})` : ""}`, () => {
  test(
    "at any file call keeps every answer, and the next run goes on (L3, L4)",
    async () => {
      await check("sweep", 120);
    },
    TIME_MAX_MS,
  );

  test(
    "in the middle of a write finishes it, or leaves a tail that is cut",
    async () => {
      await check("short", 30);
    },
    TIME_MAX_MS,
  );
});
