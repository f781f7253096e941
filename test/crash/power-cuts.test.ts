/**
 * Power cuts of recorded runs of the built program, also behind a flush that failed or was never
 * made: a sample that every machine takes alike. All of them: `npm run sweep`.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carryOutAll, failures, inTurn, sample } from "./case.ts";
import { casesOf, type FamilyName } from "./families.ts";
import { answersIn, complaintsAfter } from "./oracle.ts";
import { origins } from "./origins.ts";
import { noFaults, useSetting } from "./setting.ts";
import { carryOut, emptyPlace } from "./workload.ts";

const TIME_MAX_MS = 600_000;
const setting = useSetting();

async function check(family: FamilyName, origin: string, count: number): Promise<void> {
  const from = (await origins(setting())).filter(({ name }) => name === origin);
  const cases = await casesOf(family, setting(), from);
  const plain = inTurn(cases).slice(0, count / 2);
  const drawn = sample(cases, count / 2);
  const found = await carryOutAll([...new Set([...plain, ...drawn])]);
  console.info(`${family}/${origin}: ${found.length} of ${cases.length} states`);
  expect(found.length).toBeGreaterThanOrEqual(Math.min(count / 2, cases.length));
  expect(failures(found)).toEqual([]);
}

const NAME = `the power is cut${noFaults ? ` (${noFaults})` : ""}`;

describe.skipIf(noFaults)(NAME, () => {
  test.each([
    ["the first run on a data root", "fresh", 40],
    ["a run", "used", 36],
    ["a repair", "torn", 40],
    ["a batch", "batch", 28],
    ["executions in a row", "row", 28],
  ])(
    "in %s, and every answer stands (L3, L4)",
    async (_, origin, count) => {
      await check("cut", origin, count);
    },
    TIME_MAX_MS,
  );

  test.each([
    ["a flush that failed", "eio-then-cut"],
    ["a run that was killed before a flush", "kill-then-cut"],
  ] as const)(
    "behind %s and another run, and every answer stands",
    async (_, family) => {
      await check(family, "fresh", 16);
      await check(family, "used", 16);
    },
    TIME_MAX_MS,
  );
});

test("a state that the power was taken from as it was made is made again", async () => {
  const place = emptyPlace(setting());
  const told = answersIn((await carryOut(setting(), place, { name: "ada", by: "first" })).out);
  for (const name of ["state.db-wal", "state.db-shm"]) {
    rmSync(join(place.data, name), { force: true });
  }
  writeFileSync(join(place.data, "state.db"), Buffer.alloc(4_096));
  expect(await complaintsAfter(setting(), place, "bob", told)).toEqual([]);
});
