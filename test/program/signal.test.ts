/** Signals from the command line, in real processes: counted, enough, refused and recorded. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { freshFolder, pgs } from "./cli.ts";
import { recordsIn } from "./desk.ts";
import { begin, credentialOf, say, townPlace } from "./town.ts";

const WAITS = 8;
const REFUSED = 4;

/** Everything that can be checked of a data root. */
function requireSound(folder: string): void {
  const verified = pgs(["verify", "--state", "--json"], { cwd: folder });
  expect(verified.code, verified.out).toBe(0);
  const replayed = pgs(["replay", "--all", "--json"], { cwd: folder });
  expect(replayed.code, replayed.out).toBe(0);
}

test("two people approve in two processes, neither of them who asked, and the permit is given", () => {
  const folder = townPlace();
  const begun = begin(folder, "town.t1", { site: "mill" });
  expect(begun.code, begun.err).toBe(WAITS);
  const ada = credentialOf(folder, "ada");
  const bob = credentialOf(folder, "bob");
  const first = say(folder, "town.t1", "APPROVE", {
    by: ada,
    payload: '{"reason":"fine","pin":"4711"}',
  });
  expect(first.code, first.out + first.err).toBe(WAITS);
  expect(first.json()).toMatchObject({
    trace_id: "town.t1",
    signal: { name: "APPROVE", node: "decide", said: 1, people: 2 },
    waiting: [{ node: "decide", signals: ["APPROVE", "REJECT"] }],
  });
  const second = say(folder, "town.t1", "APPROVE", { by: bob });
  expect(second.code, second.out + second.err).toBe(0);
  expect(second.json()).toMatchObject({
    outcome: "GIVEN",
    result: { by: ["ada", "bob"] },
    signal: { said: 2, people: 2 },
  });
  const signals = recordsIn(folder).filter(({ type }) => type === "signal");
  expect(signals).toMatchObject([{ principal: "ada" }, { principal: "bob" }]);
  // What has a label stands nowhere in the clear.
  expect(JSON.stringify(recordsIn(folder))).not.toContain("4711");
  requireSound(folder);
}, 120_000);

test("one who rejects is enough, also who asked; and the text says what came of it", () => {
  const folder = townPlace();
  begin(folder, "town.t1", { site: "mill" });
  const args = ["signal", "town.t1", "REJECT", "--payload", "-"];
  const said = pgs(args, { cwd: folder, input: '{"reason":"too high"}' });
  expect(said.code, said.err).toBe(0);
  expect(said.out).toContain("REJECT counts at decide: 1 of 1");
  expect(said.out).toContain("REJECTED  town::WF_PERMIT_V0");
  expect(said.out).toContain("too high");
}, 120_000);

test("where several nodes wait for the same, the one that is named is told", () => {
  const folder = townPlace();
  const members = [{ name: "ann" }, { name: "ben" }];
  const begun = begin(folder, "town.c1", { members }, "WF_COUNCIL_V0");
  expect(begun.code, begun.out + begun.err).toBe(WAITS);
  const nobody = say(folder, "town.c1", "YES", { payload: "null" });
  expect(nobody.code).toBe(REFUSED);
  expect(nobody.json()).toMatchObject({
    refused: { code: "signal/ambiguous", hint: expect.stringContaining("`each[1]/vote`") },
  });
  const wrong = say(folder, "town.c1", "YES", {
    payload: "null",
    more: ["--node", "each[2]/vote"],
  });
  expect(wrong.json()).toMatchObject({
    refused: { code: "signal/not-there", hint: expect.stringContaining("Did you mean") },
  });
  const one = say(folder, "town.c1", "YES", { payload: "null", more: ["--node", "each[1]/vote"] });
  expect(one.code, one.err).toBe(WAITS);
  expect(one.json()).toMatchObject({ waiting: [{ node: "each[0]/vote" }] });
  // One waits still: there is nothing to choose between.
  const other = say(folder, "town.c1", "YES", { payload: "null" });
  expect(other.code, other.err).toBe(0);
  expect(other.json()).toMatchObject({ outcome: "CARRIED" });
  requireSound(folder);
}, 120_000);

describe("refused, and recorded where it is about an execution of one's own tenant", () => {
  let folder: string;
  let ada: string;
  beforeAll(() => {
    folder = townPlace();
    begin(folder, "town.t1", { site: "mill" });
    begin(folder, "town.t2", { site: "tower" });
    begin(folder, "town.later", {}, "WF_LATER_V0");
    say(folder, "town.t2", "REJECT");
    ada = credentialOf(folder, "ada");
    const told = say(folder, "town.t1", "APPROVE", { by: ada });
    expect(told.code, told.err).toBe(WAITS);
  }, 120_000);

  /** Nobody showed a token for it. */
  function sessionAtShell(name: string): string {
    const env = { PGS_OPERATOR_PRINCIPAL: name };
    return pgs(["session", "create"], { cwd: folder, env }).out.trim();
  }

  const BIG = JSON.stringify({ reason: "x".repeat(1_100_000) });
  const CASES: readonly (readonly [
    what: string,
    code: string,
    ask: () => ReturnType<typeof say>,
  ])[] = [
    [
      "the same person a second time",
      "signal/said-already",
      () => say(folder, "town.t1", "APPROVE", { by: ada }),
    ],
    [
      "the same person in another session",
      "signal/said-already",
      () => say(folder, "town.t1", "APPROVE", { by: credentialOf(folder, "ada") }),
    ],
    [
      "who asked for it, where that is excluded",
      "signal/requester",
      () => say(folder, "town.t1", "APPROVE"),
    ],
    [
      "who asked for it, in a session of the shell under another name",
      "signal/requester",
      () => say(folder, "town.t1", "APPROVE", { by: sessionAtShell("carol") }),
    ],
    [
      "a namesake of who asked",
      "signal/requester",
      () => say(folder, "town.t1", "APPROVE", { by: credentialOf(folder, "clerk") }),
    ],
    [
      "a name that is nearly one",
      "signal/not-awaited",
      () => say(folder, "town.t1", "APROVE", { by: ada }),
    ],
    [
      "a name in small letters",
      "signal/not-awaited",
      () => say(folder, "town.t1", "approve", { by: ada }),
    ],
    ["the outcome of its deadline", "signal/not-awaited", () => say(folder, "town.t1", "TIMEOUT")],
    ["an engine's own outcome", "signal/not-awaited", () => say(folder, "town.t1", "CANCELLED")],
    [
      "anything, where a time is waited for",
      "signal/not-awaited",
      () => say(folder, "town.later", "ELAPSED"),
    ],
    [
      "a node at which it does not wait",
      "signal/not-there",
      () => say(folder, "town.t1", "REJECT", { more: ["--node", "give"] }),
    ],
    ["one that has ended", "signal/ended", () => say(folder, "town.t2", "REJECT")],
    [
      "a member too many",
      "signal/unfit-payload",
      () => say(folder, "town.t1", "REJECT", { payload: '{"reason":"a","principal":"eve"}' }),
    ],
    [
      "a member too few",
      "signal/unfit-payload",
      () => say(folder, "town.t1", "REJECT", { payload: "{}" }),
    ],
    [
      "another type",
      "signal/unfit-payload",
      () => say(folder, "town.t1", "REJECT", { payload: '{"reason":7}' }),
    ],
    [
      "a labelled value that does not fit",
      "signal/unfit-payload",
      () => say(folder, "town.t1", "REJECT", { payload: '{"reason":"a","pin":"98765432109"}' }),
    ],
    [
      "what would pass for a sealed value",
      "signal/unfit-payload",
      () => say(folder, "town.t1", "REJECT", { payload: '{"reason":{"$sealed":{}}}' }),
    ],
    ["no JSON", "signal/not-json", () => say(folder, "town.t1", "REJECT", { payload: "yes" })],
    [
      "no payload at all",
      "signal/not-json",
      () => say(folder, "town.t1", "REJECT", { payload: "" }),
    ],
    [
      "two members of one name",
      "signal/not-json",
      () => say(folder, "town.t1", "REJECT", { payload: '{"reason":"a","reason":"b"}' }),
    ],
    [
      "a payload over the limit",
      "signal/too-large",
      () => say(folder, "town.t1", "REJECT", { payload: BIG }),
    ],
    [
      "a file over the limit",
      "signal/too-large",
      () => {
        const file = join(freshFolder(), "big.json");
        writeFileSync(file, BIG);
        const args = ["signal", "town.t1", "REJECT", "--payload", file, "--json"];
        return pgs(args, { cwd: folder });
      },
    ],
    [
      "who may not",
      "policy/denied",
      () => say(folder, "town.t1", "REJECT", { by: credentialOf(folder, "eve", { roles: [] }) }),
    ],
  ];

  test.each(CASES)(
    "%s: %s",
    (_, code, ask) => {
      const before = recordsIn(folder).length;
      const refused = ask();
      expect(refused.code, refused.out + refused.err).toBe(REFUSED);
      expect(refused.json()).toMatchObject({
        refused: { code, trace_id: expect.stringMatching(/^refused-/) },
      });
      const written = recordsIn(folder).slice(before);
      expect(written.at(-1)).toMatchObject({ type: "refused", intent: "pgs.signal", code });
      expect(written.filter(({ type }) => type === "signal")).toEqual([]);
      expect(JSON.stringify(written)).not.toContain("98765432109");
    },
    120_000,
  );

  test("what is not there, and what is another tenant's, in the same words and recorded as the asker's own", () => {
    const stranger = credentialOf(folder, "mallory", { tenant: "acme" });
    const before = recordsIn(folder).length;
    const none = say(folder, "town.t9", "REJECT");
    const foreign = say(folder, "town.t1", "REJECT", { by: stranger });
    const both = [none, foreign].map(({ code, json }) => {
      const { refused } = json() as { refused: Record<string, unknown> };
      return { code, of: refused.code, message: refused.message };
    });
    expect(both).toEqual([
      { code: REFUSED, of: "signal/unknown", message: "tenant `town` has no execution `town.t9`" },
      { code: REFUSED, of: "signal/unknown", message: "tenant `acme` has no execution `town.t1`" },
    ]);
    expect(recordsIn(folder).slice(before)).toMatchObject([
      { type: "refused", tenant: "town", code: "signal/unknown", workflow: null, context: null },
      { type: "refused", tenant: "acme", code: "signal/unknown", workflow: null, context: null },
    ]);
  }, 120_000);

  test.each([
    ["a name with a space", ["signal", "town.t1", "AP PROVE", "--payload", "-"]],
    ["an empty name", ["signal", "town.t1", "", "--payload", "-"]],
    ["a name that would move a terminal", ["signal", "town.t1", "\u001b[2J", "--payload", "-"]],
    ["a node that is none", ["signal", "town.t1", "REJECT", "--payload", "-", "--node", "a b"]],
    ["no payload", ["signal", "town.t1", "REJECT"]],
    [
      "a payload's file that is not there",
      ["signal", "town.t1", "REJECT", "--payload", "gone.json"],
    ],
    ["no name", ["signal", "town.t1", "--payload", "-"]],
  ])(
    "%s is wrong use",
    (_, args) => {
      const before = recordsIn(folder).length;
      const ran = pgs([...args, "--json"], { cwd: folder, input: '{"reason":"a"}' });
      expect(ran.code, ran.out).toBe(2);
      expect(recordsIn(folder).length).toBe(before);
    },
    120_000,
  );

  test("a session that has ended", () => {
    const gone = credentialOf(folder, "zoe");
    pgs(["session", "end"], { cwd: folder, env: { PGS_SESSION: gone } });
    const refused = say(folder, "town.t1", "REJECT", { by: gone });
    expect(refused.code).toBe(REFUSED);
    expect(refused.json()).toMatchObject({ refused: { code: "session/ended" } });
  }, 120_000);

  test("all of that verifies, and the execution still waits", () => {
    requireSound(folder);
    const bob = credentialOf(folder, "bob");
    expect(say(folder, "town.t1", "APPROVE", { by: bob }).json()).toMatchObject({
      outcome: "GIVEN",
    });
  }, 120_000);
});
