/** A permit from the application to its end: four eyes, deadlines, a second chance. */
import { expect, test } from "vitest";
import type { JsonObject } from "../../protocol/language/json.ts";
import { compileDomains, DOMAINS, payload } from "./compiled.ts";
import { type Office, officeOf, type Person, type Told } from "./office.ts";

const compilation = await compileDomains(DOMAINS);

const ADA: Person = { principal: "ada", roles: ["applicant"] };
const OTTO: Person = { principal: "otto", roles: ["officer"] };
const OLGA: Person = { principal: "olga", roles: ["officer"] };
const CARL: Person = { principal: "carl", roles: ["registry_clerk"] };
const APPLICATION = payload("permits", "application");
const APPROVAL = payload("permits", "approve");
const REJECTION = payload("permits", "reject");

async function applied(office: Office): Promise<string> {
  const told = await office.as(ADA, (runtime) =>
    runtime.submit({ intent: "permits.apply", payload: APPLICATION }),
  );
  expect(told).toMatchObject({
    waiting: [{ node: "hearing/decision", signals: ["APPROVE", "REJECT"] }],
  });
  return told.trace_id;
}

function say(
  office: Office,
  who: Person,
  trace: string,
  name: string,
  given: Uint8Array | JsonObject,
) {
  return office.as(who, (runtime) => runtime.signal({ trace, name, payload: given }));
}

function eventsOf(office: Office) {
  return office.events("permits/permit_events").map((event) => (event as JsonObject).event_code);
}

test("two officers agree, and the permit names both", async () => {
  const office = officeOf(compilation);
  const trace = await applied(office);
  expect(await say(office, OTTO, trace, "APPROVE", { conditions: [] })).toMatchObject({
    said: 1,
    people: 2,
    answer: { waiting: [{ node: "hearing/decision" }] },
  });
  const { said, answer } = await say(office, OLGA, trace, "APPROVE", APPROVAL);
  expect(said).toBe(2);
  expect(answer).toMatchObject({ outcome: "SUCCESS", exit: "granted" });
  const { permit_id } = answer.result as JsonObject;
  expect(office.registry("permits/permits", String(permit_id))).toEqual({
    site: "Mill Lane 3",
    purpose: "BUILDING",
    granted_by: ["otto", "olga"],
    conditions: ["work between 8 and 18 only"],
  });
  expect(eventsOf(office)).toEqual(["EV_PERMIT_APPLIED_FOR_V0", "EV_PERMIT_GRANTED_V0"]);
});

test("nobody is two people, nobody grants their own, and whoever may not is told so", async () => {
  const office = officeOf(compilation);
  const trace = await applied(office);
  await say(office, OTTO, trace, "APPROVE", APPROVAL);
  const refused = (who: Person, name: string, given: Uint8Array | JsonObject) =>
    say(office, who, trace, name, given).then(
      () => "taken",
      (error: { readonly code?: string }) => error.code,
    );
  expect(await refused(OTTO, "APPROVE", APPROVAL)).toBe("signal/said-already");
  const adaAsOfficer = { ...ADA, roles: ["officer"] };
  expect(await refused(adaAsOfficer, "APPROVE", APPROVAL)).toBe("signal/requester");
  expect(await refused(CARL, "APPROVE", APPROVAL)).toBe("policy/denied");
  expect(await refused(OLGA, "APPROVE", { conditions: "none" })).toMatch(/^signal\//);
  expect(await refused(OLGA, "APPROVED", APPROVAL)).toMatch(/^signal\//);
  expect((await say(office, OLGA, trace, "APPROVE", APPROVAL)).answer).toMatchObject({
    outcome: "SUCCESS",
  });
  expect(await refused(OTTO, "REJECT", REJECTION)).toMatch(/^signal\//);
});

test("one officer rejects, and says why", async () => {
  const office = officeOf(compilation);
  const trace = await applied(office);
  const { answer } = await say(office, OLGA, trace, "REJECT", REJECTION);
  expect(answer).toMatchObject({ outcome: "REJECTED" });
  expect(office.events("permits/permit_events").at(-1)).toMatchObject({
    event_code: "EV_PERMIT_REJECTED_V0",
    by: ["olga"],
    reason: "the site is a nature reserve",
  });
});

/** What became of an application while nobody looked. */
async function lookedAt(office: Office): Promise<Told | undefined> {
  const before = office.woken.length;
  await office.as(CARL, async () => {});
  const [woken] = office.woken.slice(before);
  return woken !== undefined && "answer" in woken ? woken.answer : undefined;
}

test("what nobody decides lapses, is opened again once, and granted after all", async () => {
  const office = officeOf(compilation);
  const trace = await applied(office);
  office.days(29);
  expect(await lookedAt(office)).toBeUndefined();
  office.days(2);
  expect(await lookedAt(office)).toMatchObject({
    trace_id: trace,
    waiting: [{ node: "reopening", signals: ["REOPEN"] }],
  });
  expect((await say(office, CARL, trace, "REOPEN", {})).answer).toMatchObject({
    waiting: [{ node: "second_hearing/decision" }],
  });
  await say(office, OTTO, trace, "APPROVE", APPROVAL);
  expect((await say(office, OLGA, trace, "APPROVE", APPROVAL)).answer).toMatchObject({
    outcome: "SUCCESS",
  });
  expect(eventsOf(office)).toEqual([
    "EV_PERMIT_APPLIED_FOR_V0",
    "EV_PERMIT_LAPSED_V0",
    "EV_PERMIT_GRANTED_V0",
  ]);
});

test("what nobody opens again expires", async () => {
  const office = officeOf(compilation);
  await applied(office);
  office.days(31);
  await lookedAt(office);
  office.days(91);
  expect(await lookedAt(office)).toMatchObject({ outcome: "EXPIRED" });
});

test("an approval of before the deadline is not one of the second hearing", async () => {
  const office = officeOf(compilation);
  const trace = await applied(office);
  await say(office, OTTO, trace, "APPROVE", APPROVAL);
  office.days(31);
  await say(office, CARL, trace, "REOPEN", {});
  expect(await say(office, OLGA, trace, "APPROVE", APPROVAL)).toMatchObject({ said: 1 });
});
