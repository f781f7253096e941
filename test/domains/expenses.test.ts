/** A claim from its maker to the money: small, larger, largest; and where there is no money. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../protocol/language/json.ts";
import { compileDomains, DOMAINS, payload } from "./compiled.ts";
import { type Office, officeOf, type Person } from "./office.ts";

const compilation = await compileDomains(DOMAINS);

const ERIN: Person = {
  principal: "erin",
  roles: ["employee"],
  attributes: { employee: "erin" },
};
const CARL: Person = { principal: "carl", roles: ["controller"] };
const MONA: Person = { principal: "mona", roles: ["manager"] };
const DORA: Person = { principal: "dora", roles: ["director"] };
const BEN: Person = { principal: "ben", roles: ["board"] };
const BEA: Person = { principal: "bea", roles: ["board"] };
const SAID = payload("expenses", "said");

/** An office with a budget of 10,000.00, in which Erin has an account unless told otherwise. */
async function open({ account = true } = {}): Promise<Office> {
  const office = officeOf(compilation);
  await office.as(CARL, async (runtime) => {
    await runtime.submit({ intent: "expenses.set_budget", payload: payload("expenses", "budget") });
    if (!account) return;
    const given = payload("expenses", "account");
    await runtime.submit({ intent: "expenses.name_account", payload: given });
  });
  return office;
}

function claim(office: Office, name: string) {
  return office.as(ERIN, (runtime) =>
    runtime.submit({ intent: "expenses.claim", payload: payload("expenses", name) }),
  );
}

function say(office: Office, who: Person, trace: string, name: string) {
  return office.as(who, (runtime) => runtime.signal({ trace, name, payload: SAID }));
}

function taken(office: Office) {
  return (office.document("expenses/budgets", "CC-0001") as JsonObject).taken;
}

test("a small claim is paid at once, out of the budget, and once", async () => {
  const office = await open();
  expect(await claim(office, "small-claim")).toMatchObject({ outcome: "SUCCESS" });
  expect(taken(office)).toBe(4_200);
  expect(office.events("expenses/payments")).toHaveLength(1);
  expect(await claim(office, "small-claim")).toMatchObject({ outcome: "ALREADY_EXISTS" });
  expect(office.events("expenses/payments")).toHaveLength(1);
});

test("a larger one waits for a manager, and for a director where the manager says nothing", async () => {
  const office = await open();
  const { trace_id } = await claim(office, "medium-claim");
  office.days(4);
  await expect(say(office, MONA, trace_id, "APPROVE")).rejects.toMatchObject({
    code: "policy/denied",
  });
  expect((await say(office, DORA, trace_id, "APPROVE")).answer).toMatchObject({
    outcome: "SUCCESS",
  });
  expect(taken(office)).toBe(150_000);
});

test("what nobody decides stays undecided, and takes nothing", async () => {
  const office = await open();
  await claim(office, "medium-claim");
  office.days(4);
  await office.as(DORA, async () => {});
  office.days(3);
  await office.as(DORA, async () => {});
  expect(office.woken.at(-1)).toMatchObject({ answer: { outcome: "UNDECIDED" } });
  expect(taken(office)).toBe(0);
});

test("the largest need two of the board", async () => {
  const office = await open();
  const { trace_id } = await claim(office, "large-claim");
  expect(await say(office, BEN, trace_id, "APPROVE")).toMatchObject({ said: 1, people: 2 });
  expect((await say(office, BEA, trace_id, "APPROVE")).answer).toMatchObject({
    outcome: "SUCCESS",
    result: { left: 100_000 },
  });
});

test("what is rejected is not paid", async () => {
  const office = await open();
  const { trace_id } = await claim(office, "medium-claim");
  expect((await say(office, MONA, trace_id, "REJECT")).answer).toMatchObject({
    outcome: "REJECTED",
  });
  expect(office.events("expenses/payments")).toEqual([]);
});

test("where there is nowhere to send the money, the budget is given back, and what stands is told", async () => {
  const office = await open({ account: false });
  expect(await claim(office, "small-claim")).toMatchObject({
    outcome: "PARTLY_COMPENSATED",
    // The claim itself stays on record.
    result: { compensated: ["take"], stands: ["keep"] },
  });
  expect(taken(office)).toBe(0);
  expect(office.events("expenses/payments")).toEqual([]);
});

test("a claim over the budget is refused by how much", async () => {
  const office = await open();
  const { trace_id } = await claim(office, "large-claim");
  await say(office, BEN, trace_id, "APPROVE");
  await say(office, BEA, trace_id, "APPROVE");
  const second = { claim_id: "EXP-2026-9", employee: "erin", cost_centre: "CC-0001" };
  const told = await office.as(ERIN, (runtime) =>
    runtime.submit({
      intent: "expenses.claim",
      payload: { claim: { ...second, amount: 150_000, purpose: "another one" } },
    }),
  );
  const { answer } = await say(office, MONA, told.trace_id, "APPROVE");
  expect(answer).toMatchObject({ outcome: "OVER_BUDGET", result: { over: 50_000 } });
});
