/** An examination says who asked, who allowed or denied it and by what, and what would have to be. */
import { expect, test } from "vitest";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { denial } from "../../../runtime/acceptance.ts";
import type { Beside } from "../../../runtime/evidence/examination.ts";
import { examine } from "../../../runtime/evidence/examine.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { governorOf } from "../../../runtime/policy/governor.ts";
import { ALLOWED, forbid, type Governed, governanceOf, intentOf, permit } from "../governed.ts";
import { drawnGraph } from "../traces/drawn-graph.ts";
import { SNAPSHOT, traceLines, walkBodies, writtenLines } from "../traces/written-trace.ts";
import { readBytes } from "./evidence-lines.ts";
import {
  bootBody,
  endedBody,
  HOLDER,
  loneLine,
  refusedBody,
  sessionBody,
} from "./governed-bodies.ts";

const graph = await drawnGraph({
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "done" }],
  done: ["exit SUCCESS"],
});
const { workflow } = graph;
const bodies = walkBodies(graph, [["identify SUCCESS", { output: {} }]]);

/** Under policies as told: open ones, unless a test says otherwise. */
function besideOf(governed: Partial<Governed> = {}, more: Partial<Beside> = {}): Beside {
  const governance = governanceOf({ workflows: [workflow], ...governed });
  const sealed = { id: SNAPSHOT, workflows: [workflow], capabilities: [] };
  return {
    snapshot: () => ({ ...sealed, graph: () => graph, governance: () => governance }),
    governor: () => governorOf(governance),
    ledger: undefined,
    locate: (artifact, path) => ({ file: `${artifact}/${path.join("/")}`, line: 7 }),
    ...more,
  };
}

function examined(lines: string, beside: Beside) {
  return examine(readBytes(Buffer.from(lines)), beside);
}

const RUN = ["pgs.run"];
const byToken: CedarExpression = {
  op: "==",
  left: { op: "get", of: { op: "principal" }, name: "identity" },
  right: { op: "value", value: "token" },
};

test("who asked and who allowed it is told, role by role", () => {
  const { asked, decided, integrity } = examined(writtenLines(bodies).join(""), besideOf());
  expect(integrity).toMatchObject({ ok: true, checked: { policies: true } });
  expect(asked).toMatchObject({ identity: "operator", principal: "tester", intent: "pgs.run" });
  expect(decided?.rulings.map(({ role, determining }) => [role, determining[0]?.cedar])).toEqual(
    ["security_guard", "city_manager", "data_steward"].map((role) => [
      role,
      "permit (principal, action, resource);",
    ]),
  );
});

test("a decision that the sealed policies do not make is refused where it stands", () => {
  const strict = besideOf({ statements: [permit("security_guard", RUN)] });
  const { integrity } = examined(writtenLines(bodies).join(""), strict);
  expect(integrity.problems).toEqual([
    expect.objectContaining({ code: "policy/decided-otherwise", line: 1 }),
  ]);
  const { checked } = examined(
    writtenLines(bodies).join(""),
    besideOf({}, { snapshot: () => undefined, governor: () => undefined }),
  ).integrity;
  expect(checked).toEqual({ snapshot: false, policies: false, ledger: false });
});

/** What is refused now under some policies, as a record says it, and examined under the same. */
function refusedUnder(governed: Partial<Governed>, more: Partial<RecordBody> = {}) {
  const beside = besideOf(governed);
  const body = refusedBody(more as never);
  const reach = { effects: [], clearance: [], outside: false };
  const payload = body.intent === "pgs.run" ? { workflow, labels: [], reach } : {};
  const { tenant, principal, caller, intent } = body;
  const governor = governorOf(governanceOf({ workflows: [workflow], ...governed }));
  const { decision, context } = governor.decide({ tenant, principal, caller, intent, payload });
  const { message } = denial({ tenant, principal, caller, intent, payload }, decision);
  return examined(loneLine({ ...body, policy: decision, context, message }, "r1"), beside);
}

test("what is forbidden names the statement that forbids it, and where that stands", () => {
  const statements = [permit("security_guard", RUN), forbid("security_guard", RUN)];
  const { integrity, findings, lone, decided } = refusedUnder({ statements });
  expect(integrity.problems).toEqual([]);
  expect(lone).toMatchObject({ type: "refused", code: "policy/denied" });
  expect(decided).toMatchObject({ decision: "deny" });
  expect(findings).toEqual([
    expect.objectContaining({
      code: "policy/forbidden",
      artifact: "test::PO_SECURITY_GUARD_V1",
      file: "test::PO_SECURITY_GUARD_V1/cedar",
      line: 7,
    }),
  ]);
});

test("what nobody permits names the statements that would, and what would have to hold", () => {
  const statements = [permit("security_guard", RUN, byToken)];
  const { integrity, findings } = refusedUnder({ statements });
  expect(integrity.problems).toEqual([]);
  const [found] = findings;
  expect(found).toMatchObject({
    code: "policy/not-permitted",
    artifact: "test::PO_SECURITY_GUARD_V0",
    hint: "It would have to hold: permit (principal, action, resource);",
  });
  expect(found?.message).toContain('it saw principal.identity = "operator"');
});

test("a role without a policy of the intent names the role", () => {
  const { findings } = refusedUnder({ statements: [permit("security_guard", RUN)] });
  expect(findings.map(({ code, message }) => [code, message.slice(0, 22)])).toEqual([
    ["policy/not-permitted", "`city_manager` denies:"],
  ]);
});

test("what an intent requires and nobody has names the intent", () => {
  const requires = { roles: ["clerk"], attributes: {} };
  const intents = [intentOf("actors.register", workflow, { requires })];
  const { integrity, findings } = refusedUnder({ intents }, { intent: "actors.register" } as never);
  expect(integrity.problems).toEqual([]);
  expect(findings).toEqual([
    expect.objectContaining({
      code: "policy/unmet",
      artifact: "test::IN_ACTORS_REGISTER_V0",
      file: "test::IN_ACTORS_REGISTER_V0/requires",
    }),
  ]);
});

test("what was refused before anything was decided is told as it was", () => {
  const undecided = { code: "session/expired", message: "it expired", policy: null, context: null };
  const line = loneLine(refusedBody({ ...undecided, session: "s1" }), "r1");
  const { findings, decided, asked } = examined(line, besideOf());
  expect(decided).toBeNull();
  expect(asked).toMatchObject({ principal: "tester" });
  expect(findings).toEqual([expect.objectContaining(undecided && { code: "session/expired" })]);
});

test("with the ledger, a session is told with its time and its token's issuer", () => {
  const opening = loneLine(sessionBody(), "s1");
  const held = { tenant: "acme", principal: "ada", caller: HOLDER, session: "s1" };
  const lines = writtenLines([{ ...bodies[0], ...held } as RecordBody, ...bodies.slice(1)], {
    n: 2,
  });
  const ledger = () => traceLines([opening, ...lines]).records;
  const { asked, integrity } = examined(lines.join(""), besideOf({}, { ledger }));
  expect(integrity.problems).toEqual([]);
  expect(asked?.session).toEqual({
    id: "s1",
    opened_at: "2026-11-21T10:00:00.000Z",
    expires_at: "2026-11-21T11:00:00.000Z",
    ended_at: null,
    issuer: "https://issuer.example",
  });
});

test("a session of another is a problem of the trace that used it", () => {
  const opening = loneLine(sessionBody({ principal: "eve" }), "s1");
  const held = { tenant: "acme", principal: "ada", caller: HOLDER, session: "s1" };
  const lines = writtenLines([{ ...bodies[0], ...held } as RecordBody, ...bodies.slice(1)], {
    n: 2,
  });
  const ledger = () => traceLines([opening, ...lines]).records;
  const { integrity } = examined(lines.join(""), besideOf({}, { ledger }));
  expect(integrity.problems.map(({ code }) => code)).toEqual(["session/other-holder"]);
});

const LONE: readonly (readonly [string, RecordBody, string, RegExp])[] = [
  ["a refusal", refusedBody(), "r1", /^Refused\n {2}policy\/denied: no policy permits it$/m],
  ["a session", sessionBody(), "s1", /^ {2}token of {5}https:\/\/issuer\.example$/m],
  ["the end of one", endedBody(), "s1.ended", /^Session ended\n {2}session {6}s1$/m],
  ["a start", bootBody(), "boot-1", /^ {2}gates {8}as `first` went through them$/m],
];

test.each(LONE)("%s is examined by its one record", (_, body, trace, text) => {
  const examination = examined(loneLine(body, trace), besideOf());
  expect(examination).toMatchObject({ trace_id: trace, opened: null, path: [], closed: null });
  expect(examination.lone).toMatchObject({ type: body.type });
  expect(examinationText(examination)).toMatch(text);
});

test("the text tells statements and what they saw, and acts on no terminal", () => {
  const nasty = "\u001b[31m\u202e";
  const policy = { ...ALLOWED, seen: { [`context.${nasty}`]: nasty } };
  const [opened, ...rest] = bodies;
  const lines = writtenLines([{ ...opened, policy } as RecordBody, ...rest]).join("");
  const text = examinationText(examined(lines, besideOf()));
  expect(text).toContain("Who allowed it\n  security_guard allows\n    permit test::PO_");
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
});
