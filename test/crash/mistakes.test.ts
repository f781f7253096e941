/** The tests of this folder are tests: each kind of them sees the mistakes that it is there for. */
import { describe, expect, test } from "vitest";
import { caught } from "./caught.ts";
import { MISTAKES } from "./mistakes.ts";
import { noFaults, useSetting } from "./setting.ts";

const TIME_MAX_MS = 600_000;
/** More are tried by hand: what is caught, is caught early. */
const CASES_MAX = 40;
const IN_CI = 6;

const setting = useSetting();

describe.skipIf(noFaults)(`a mistake is caught${noFaults ? ` (${noFaults})` : ""}`, () => {
  const all = process.env.MISTAKES === "all" ? MISTAKES : MISTAKES.slice(0, IN_CI);
  test.each(all.map((mistake) => [mistake.name, mistake] as const))(
    "%s",
    async (_, mistake) => {
      const found = await caught(mistake, setting(), CASES_MAX);
      expect(found?.complaints.length, "no case saw it").toBeGreaterThan(0);
      console.info(`${mistake.name}: ${found?.by.id}`);
    },
    TIME_MAX_MS,
  );
});
