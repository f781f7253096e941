/** Policies that are moved from one book to another in waves: whole, in part, and taken back. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../protocol/language/json.ts";
import { compileDomains, DOMAINS, payload } from "./compiled.ts";
import { type Office, officeOf, type Person } from "./office.ts";
import { policiesOf } from "./old-book.ts";

const compilation = await compileDomains(DOMAINS);
const LEA: Person = { principal: "lea", roles: ["migration_lead"] };

function migrate(office: Office, wave: string, policies: readonly JsonObject[]) {
  return office.as(LEA, (runtime) =>
    runtime.submit({ intent: "insurance.migrate_wave", payload: { wave, policies } }),
  );
}

function inNewBook(office: Office, policies: readonly JsonObject[]): number {
  const stands = ({ number }: JsonObject) =>
    office.registry("insurance/new_book", String(number)) !== undefined;
  return policies.filter(stands).length;
}

test("a wave is migrated, each policy read back, and what was cancelled is left behind", async () => {
  const office = officeOf(compilation);
  const told = await office.as(LEA, (runtime) =>
    runtime.submit({
      intent: "insurance.migrate_wave",
      payload: payload("insurance", "wave"),
    }),
  );
  expect(told).toMatchObject({
    outcome: "SUCCESS",
    result: { succeeded: 3, outcomes: { SUCCESS: 2, LEFT_BEHIND: 1 } },
  });
  expect(office.events("insurance/wave_reports")).toMatchObject([{ complete: true, total: 3 }]);
});

test("a wave of which nearly all arrives is told as that", async () => {
  const office = officeOf(compilation);
  const policies = policiesOf({ from: 1, count: 200, brokenEvery: 100 });
  expect(await migrate(office, "w1", policies)).toMatchObject({
    outcome: "PARTIAL",
    result: { succeeded: 198, outcomes: { INVALID: 2 } },
  });
  expect(inNewBook(office, policies)).toBeGreaterThan(150);
});

test("a wave of which too little arrives is taken back as a whole, the last policy first", async () => {
  const office = officeOf(compilation);
  const policies = policiesOf({ from: 1, count: 100, brokenEvery: 10 });
  const told = await migrate(office, "w1", policies);
  expect(told).toMatchObject({ outcome: "COMPENSATED", result: { stands: [] } });
  expect(inNewBook(office, policies)).toBe(0);
  const undone = (told.result as { readonly compensated: readonly string[] }).compensated;
  expect(undone.at(-1)).toBe("begin");
  const loaded = (told.steps ?? []).filter(({ node, outcome }) => {
    return /\/load$/.test(node) && outcome === "SUCCESS";
  });
  expect(undone.slice(0, -1)).toEqual(loaded.map(({ node }) => node).reverse());
  expect(office.events("insurance/wave_reports")).toEqual([]);
});

test("an empty wave is no success", async () => {
  const office = officeOf(compilation);
  expect(await migrate(office, "w1", [])).toMatchObject({ outcome: "COMPENSATED" });
});

test("many waves, each once: what was there stays what it was", async () => {
  const office = officeOf(compilation);
  const waves = [0, 1, 2].map((wave) => policiesOf({ from: 1 + wave * 500, count: 500 }));
  for (const [wave, policies] of waves.entries()) {
    expect(await migrate(office, `w${wave}`, policies)).toMatchObject({ outcome: "SUCCESS" });
  }
  expect(await migrate(office, "w1", [])).toMatchObject({ outcome: "ALREADY_EXISTS" });
  const again = await migrate(office, "w1-again", waves[1] ?? []);
  expect(again).toMatchObject({ outcome: "COMPENSATED" });
  expect(inNewBook(office, waves.flat())).toBeGreaterThan(1_300);
});
