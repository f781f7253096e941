/** What a record may say of who asked and of what was decided: of one piece, and nothing else. */
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import type { Decision, RecordBody } from "../../../protocol/language/records.ts";
import { undoKey } from "../../../runtime/snapshot/undo-graph.ts";
import { ALLOWED, DENIED, OPERATOR } from "../governed.ts";
import { drawnGraph } from "../traces/drawn-graph.ts";
import { walkBodies, writtenLines } from "../traces/written-trace.ts";
import { readBytes } from "./evidence-lines.ts";
import {
  bootBody,
  cancelledBody,
  endedBody,
  HOLDER,
  loneLine,
  RUNTIME,
  refusedBody,
  sessionBody,
  startOpened,
} from "./governed-bodies.ts";

const graph = await drawnGraph({
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "done" }],
  done: ["exit SUCCESS"],
});
const bodies = walkBodies(graph, [["identify SUCCESS", { output: {} }]]);
const [opened] = bodies as [RecordBody];

/** Whether a record with other members than it was written with is one. */
type Change = readonly [what: string, change: object];

function holds(body: RecordBody, trace: string, change: object = {}): boolean {
  const line = loneLine({ ...body, ...change } as RecordBody, trace);
  const codes = readBytes(Buffer.from(line)).problems.map(({ code }) => code);
  return !codes.includes("line/members");
}

function check(body: RecordBody, trace: string, changes: readonly Change[], right: boolean): void {
  for (const [what, change] of changes) expect(holds(body, trace, change), what).toBe(right);
}

const [guard, manager, steward] = ALLOWED.rulings as [
  Decision["rulings"][0],
  Decision["rulings"][0],
  Decision["rulings"][0],
];
const denies = { ...guard, decision: "deny" } as const;
const failed = { ...denies, determining: [], errors: ["it failed"] };

const OTHER_DECISIONS: readonly (readonly [string, object])[] = [
  ["no decision", { decision: "maybe" }],
  ["a deny that all allowed", { decision: "deny" }],
  ["an allow that one denies", { rulings: [guard, manager, { ...steward, decision: "deny" }] }],
  ["an allow for a reason not to", { unmet: "it requires a role" }],
  ["two roles", { rulings: [guard, manager] }],
  ["roles in another order", { rulings: [manager, guard, steward] }],
  ["one role three times", { rulings: [guard, guard, guard] }],
  ["four roles", { rulings: [guard, manager, steward, steward] }],
  ["an unknown role", { rulings: [{ ...guard, role: "librarian" }, manager, steward] }],
  ["what nobody permits", { rulings: [{ ...guard, determining: [] }, manager, steward] }],
  ["statements twice", { rulings: [{ ...guard, determining: ["a#1", "a#1"] }, manager, steward] }],
  ["errors and an allow", { rulings: [{ ...guard, errors: ["x"] }, manager, steward] }],
  ["no errors told as some", { rulings: [{ ...guard, errors: [] }, manager, steward] }],
  ["a ruling with more members", { rulings: [{ ...guard, by: "me" }, manager, steward] }],
  ["seen in no order", { seen: { b: 1, a: 1 } }],
  ["more than a decision has", { by: "me" }],
];

test("a decision to allow is what three roles allowed, in their order", () => {
  const changes = OTHER_DECISIONS.map(([what, change]): Change => {
    return [what, { policy: { ...ALLOWED, ...change } }];
  });
  expect(holds(opened, "t")).toBe(true);
  check(opened, "t", changes, false);
  check(sessionBody(), "s1", changes, false);
  check(endedBody(), "s1.ended", changes, false);
  check(cancelledBody("identify"), "t", changes, false);
});

test("a decision to deny is what the last role denied, or what was not met", () => {
  const unmet = { ...DENIED, unmet: "it requires a role", rulings: [] };
  const undecided = { policy: null, context: null };
  const opening = { intent: "pgs.open_session", caller: HOLDER };
  const delivery = {
    ...{ principal: "post_office", caller: RUNTIME, idempotency_key: "post/x::IN_X_V0/1" },
    cause: { store: "x/y", position: 1 },
  };
  const right: readonly Change[] = [
    ["nobody permits", {}],
    ["somebody forbids", { policy: { ...DENIED, rulings: [denies] } }],
    [
      "a later role",
      { policy: { ...DENIED, rulings: [guard, { ...denies, role: manager.role }] } },
    ],
    ["an error", { policy: { ...DENIED, rulings: [failed] } }],
    ["unmet", { policy: unmet, context: null }],
    ["a session that is over", { ...undecided, session: "s1", code: "session/expired" }],
    ["a token that was used", { ...undecided, ...opening, code: "token/replayed" }],
    ["an event that does not fit", { ...undecided, ...delivery, code: "delivery/unfit-event" }],
    ["a payload that does not fit", { ...undecided, ...delivery, code: "payload/unfit" }],
  ];
  const wrong: readonly Change[] = [
    ["an allow", { policy: ALLOWED }],
    ["denied twice", { policy: { ...DENIED, rulings: [denies, denies] } }],
    ["allowed behind a denial", { policy: { ...DENIED, rulings: [denies, manager] } }],
    ["unmet and asked", { policy: { ...DENIED, unmet: "x" } }],
    ["neither met nor asked", { policy: { ...unmet, unmet: null }, context: null }],
    [
      "an error that statements made",
      { policy: { ...DENIED, rulings: [{ ...failed, determining: ["a#1"] }] } },
    ],
    ["seen by nobody", { policy: null, session: "s1", code: "session/expired" }],
    ["over, without a session", { ...undecided, code: "session/expired" }],
    ["for a reason that there is not", { ...undecided, session: "s1", code: "banana/split" }],
    ["used, and no token", { ...undecided, intent: "pgs.open_session", code: "token/replayed" }],
    ["used, and no opening", { ...undecided, ...opening, intent: "x.y", code: "token/replayed" }],
    ["of an event, without one", { ...undecided, session: "s1", code: "payload/unfit" }],
    ["of an event, and over", { ...undecided, ...delivery, code: "session/ended" }],
    ["denied by no policy", { policy: null, context: null }],
    ["denied for another reason", { code: "session/expired" }],
    ["asked and not looked at", { context: null }],
  ];
  check(refusedBody(), "r1", right, true);
  check(refusedBody(), "r1", wrong, false);
});

test("who asks is an operator, the holder of a session, or the runtime for itself", () => {
  const held = { caller: HOLDER, session: "s1" };
  const delivered = {
    caller: RUNTIME,
    principal: "post_office",
    idempotency_key: "post/example::IN_X_V0/1",
    cause: { store: "example/events", position: 1 },
  };
  const tried = {
    intent: "pgs.saga_retry",
    workflow: "example::UN_EXAMPLE_V0_N3_V0",
    payload: { of: { trace: "t0" }, node: "pay" },
    idempotency_key: `${undoKey("t0", "pay")}1`,
  };
  const right: readonly Change[] = [
    ["the operator", {}],
    ["a holder", held],
    ["an operator's session", { session: "s1" }],
    ["the runtime", startOpened()],
    ["the post office", delivered],
    ["a second try", tried],
  ];
  const wrong: readonly Change[] = [
    ["a token without a session", { caller: HOLDER }],
    ["a runtime in a session", { ...startOpened(), session: "s1" }],
    ["a runtime elsewhere", { caller: RUNTIME }],
    ["a runtime of another name", { ...startOpened(), principal: "me" }],
    ["an operator in the runtime's tenant", { ...startOpened(), caller: OPERATOR }],
    ["an event for an operator", { cause: { store: "example/events", position: 1 } }],
    ["no event", { ...delivered, cause: { store: "example/events", position: 0 } }],
    ["a delivery by another", { ...delivered, principal: "me" }],
    ["a delivery under a caller's key", { ...delivered, idempotency_key: "mine" }],
    ["a caller with a second try's key", { idempotency_key: `${undoKey("t0", "pay")}1` }],
    ["a second try under a caller's key", { ...tried, idempotency_key: "mine" }],
    ["a second try under no key", { ...tried, idempotency_key: null }],
    ["a second try of something else", { ...tried, payload: { of: { trace: "t9" }, node: "pay" } }],
    ["a second try of a workflow", { ...tried, workflow: "example::WF_EXAMPLE_V0" }],
    ["another intent's second try", { ...tried, intent: "pgs.run", idempotency_key: null }],
    ["a caller with a delivery's key", { idempotency_key: "post/example::IN_X_V0/1" }],
    ["a runtime with roles", { ...startOpened(), caller: { ...RUNTIME, roles: ["a"] } }],
    ["roles in no order", { ...held, caller: { ...HOLDER, roles: ["b", "a"] } }],
    ["a role twice", { ...held, caller: { ...HOLDER, roles: ["a", "a"] } }],
    ["another identity", { ...held, caller: { ...HOLDER, identity: "admin" } }],
    ["attributes that are none", { ...held, caller: { ...HOLDER, attributes: [] } }],
    ["more of a caller", { ...held, caller: { ...HOLDER, admin: true } }],
  ];
  check(opened, "t", right, true);
  check(opened, "t", wrong, false);
  expect(holds(refusedBody({ intent: "pgs.open_session", caller: HOLDER }), "r1")).toBe(true);
});

test("a session says whose it is, until when, and by which token", () => {
  const own = { caller: OPERATOR, token: null };
  check(
    sessionBody(),
    "s1",
    [
      ["of a token", {}],
      ["of the operator", own],
    ],
    true,
  );
  check(
    sessionBody(),
    "s1",
    [
      ["over before it begins", { expires_at: "2026-11-21T09:00:00.000Z" }],
      ["longer than any may last", { expires_at: "2026-12-22T11:00:00.000Z" }],
      ["a token of the operator's", { caller: OPERATOR }],
      ["a holder without a token", { token: null }],
      ["of the runtime", { caller: RUNTIME, token: null }],
      ["in the runtime's tenant", { tenant: "_genesis" }],
      ["by another session", { session: "s0" }],
      ["a token in the clear", { token: { issuer: "x", sha256: sha256("x"), token: "x" } }],
    ],
    false,
  );
});

test("the id of a trace of one record says what it is", () => {
  expect(holds(endedBody(), "s1.ended")).toBe(true);
  expect(holds(endedBody(), "s2.ended")).toBe(false);
  expect(holds(bootBody({ epoch: 7 }), "boot-7")).toBe(true);
  expect(holds(bootBody({ epoch: 7 }), "boot-8")).toBe(false);
});

test("nothing follows what is a whole trace, and nothing goes before it", () => {
  const codesOf = (records: readonly RecordBody[]) =>
    readBytes(Buffer.from(writtenLines(records).join(""))).problems.map(({ code }) => code);
  expect(codesOf([refusedBody()])).toEqual([]);
  expect(codesOf([refusedBody(), refusedBody()])).toEqual(["chain/after-end"]);
  expect(codesOf([opened, refusedBody()])).toContain("chain/opened-twice");
  expect(codesOf([cancelledBody("identify")])).toContain("chain/not-opened");
});

test("whoever asks has a name that somebody can have, as do roles, intents and keys", () => {
  const of = (roles: readonly string[], attributes: JsonObject = {}) => ({
    caller: { identity: "operator" as const, roles, attributes },
  });
  const right: readonly Change[] = [
    ["a tenant", { tenant: "a-b_1" }],
    ["an address", { principal: "Ada@acme.example" }],
    ["roles and attributes", of(["a_first", "z_last"], { level: 2 })],
    ["a key", { idempotency_key: "order:7/~" }],
  ];
  const wrong: readonly Change[] = [
    ...["../x", "Acme", "con", "", "_other"].map((tenant): Change => ["a tenant", { tenant }]),
    ...["../etc passwd\u001b[31m", "", "pgs", "post_office"].map(
      (principal): Change => ["a principal", { principal }],
    ),
    ["a role", of(["NOT A ROLE"])],
    ["an attribute", of([], { "X Y": 1 })],
    ["an attribute of the runtime's", of([], { identity: "runtime" })],
    ["a key with a space", { idempotency_key: "a b" }],
    ["a key with none", { idempotency_key: "" }],
    ["a key without end", { idempotency_key: "x".repeat(256) }],
    ["an intent", { intent: "register" }],
    ["a workflow", { workflow: "WF_X" as never }],
  ];
  check(refusedBody(), "r1", right, true);
  check(refusedBody(), "r1", wrong, false);
  const nobody = { token: { issuer: "", sha256: sha256("a token") } };
  check(sessionBody(), "s1", [["no issuer", nobody]], false);
});
