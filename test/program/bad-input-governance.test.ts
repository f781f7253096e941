/**
 * What bad input about who asks and what is asked gets, with the built program: a code, a reason, and
 * nothing written but the refusal of somebody who is known.
 */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../protocol/language/digest.ts";
import type { LedgerRecord, RefusedBody } from "../../protocol/language/records.ts";
import { pgs } from "./cli.ts";
import { ask, deskPlace, recordsIn } from "./desk.ts";

const REFUSED = 4;
const HAND_IN = ["--intent", "desk.hand_in"];
const CAFE = "caf\u00e9";

let folder: string;
beforeAll(() => {
  folder = deskPlace();
});

type Refused = LedgerRecord & RefusedBody;

/** What one call adds to the ledger. */
function added<T>(act: () => T): { readonly told: T; readonly records: readonly LedgerRecord[] } {
  const before = recordsIn(folder).length;
  const told = act();
  return { told, records: recordsIn(folder).slice(before) };
}

interface Case {
  readonly args?: readonly string[];
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Refused with this code; `recorded`: written down, by whom and as what. */
function check(given: Case, code: string, recorded: Partial<Refused> | null = null): string {
  const { args = HAND_IN, input = `{"kind":"${CAFE}"}`, env = {} } = given;
  const { told, records } = added(() => ask(folder, args, { input, env }));
  expect(told.code, told.out + told.err).toBe(REFUSED);
  const { refused } = told.json() as { refused: { code: string; message: string; hint?: string } };
  expect(refused.code, JSON.stringify(refused)).toBe(code);
  expect(records.map(({ type }) => type)).toEqual(recorded === null ? [] : ["refused"]);
  if (recorded !== null) expect(records[0]).toMatchObject({ code, ...recorded });
  return `${refused.message} ${refused.hint ?? ""}`;
}

const VISITOR = { tenant: "house", principal: "visitor", session: null };

describe("who asks is never taken from the payload", () => {
  const claims: readonly (readonly [string, object])[] = [
    ["a principal", { principal: "root" }],
    ["roles", { roles: ["clerk"] }],
    ["an identity", { identity: "runtime" }],
    ["a whole caller", { caller: { identity: "operator", roles: ["clerk"], attributes: {} } }],
    ["a decision", { policy: { decision: "allow" } }],
    ["a session", { session: "session-1" }],
    ["another intent", { intent: "desk.hand_in" }],
    ["what policies see", { context: { payload: { kind: CAFE } }, labels: [], reach: {} }],
  ];
  test.each(claims)("%s in it changes nothing for one who may not", (_, more) => {
    const input = JSON.stringify({ kind: "bill", ...more });
    const told = check({ input }, "policy/denied", VISITOR);
    expect(told).toContain("`visitor` of tenant `house`");
    check({ args: ["--intent", "desk.file"], input }, "policy/denied", VISITOR);
  });

  test("a tenant in it changes nothing for one who may", () => {
    const claim = { tenant: "_genesis", principal: "pgs", trace_id: "x", session: "y" };
    const input = JSON.stringify({ kind: CAFE, ...claim });
    const { told, records } = added(() => ask(folder, HAND_IN, { input }));
    expect(told.code, told.out + told.err).toBe(0);
    const caller = { identity: "operator", roles: [], attributes: {} };
    expect(records[0]).toMatchObject({ type: "opened", ...VISITOR, caller });
    expect(records[1]).toMatchObject({ type: "effect", tenant: "house", value: claim });
  });

  test("what is asked of a runtime itself is no intent that anybody can ask for", () => {
    for (const intent of ["pgs.run", "pgs.cancel", "pgs.open_session", "pgs.end_session"]) {
      expect(check({ args: ["--intent", intent] }, "intent/unknown")).toContain("no intent to run");
    }
    check({ args: ["--intent", "pgs.boot"] }, "payload/unfit");
  });
});

describe("what a payload says is the same for whoever reads it", () => {
  const refused: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["a member twice", `{"kind":"bill","kind":"${CAFE}"}`, "payload/duplicate-key"],
    [
      "a member twice, once escaped",
      `{"kind":"bill","k\\u0069nd":"${CAFE}"}`,
      "payload/duplicate-key",
    ],
    ["__proto__", `{"__proto__":{"kind":"${CAFE}"}}`, "payload/forbidden-key"],
    ["__proto__, escaped", `{"\\u005f_proto__":{"kind":"${CAFE}"}}`, "payload/forbidden-key"],
    ["an infinite number", `{"kind":"${CAFE}","weight":1e400}`, "payload/number-range"],
    [
      "a number that no double holds",
      `{"kind":"${CAFE}","weight":9007199254740993}`,
      "payload/number-range",
    ],
    ["half a character", `{"kind":"caf\\ud83d"}`, "payload/lone-surrogate"],
    ["a byte order mark", `\ufeff{"kind":"${CAFE}"}`, "payload/byte-order-mark"],
    ["no UTF-8", Buffer.from('{"kind":"caf\xe9"}', "latin1"), "payload/not-utf8"],
    ["two documents", `{"kind":"bill"}{"kind":"${CAFE}"}`, "payload/syntax"],
    ["a comment", `{"kind":"${CAFE}" /* and more */}`, "payload/syntax"],
    ["NaN", `{"kind":"${CAFE}","weight":NaN}`, "payload/syntax"],
    ["a number in a text", `{"kind":"${CAFE}","weight":"1"}`, "payload/unfit"],
    ["a part of a number", `{"kind":"${CAFE}","weight":0.5}`, "payload/unfit"],
    ["a text in a list", `{"kind":["${CAFE}"]}`, "payload/unfit"],
    ["what would pass for sealed", `{"kind":{"$sealed":{}}}`, "payload/reserved-member"],
  ];
  test.each(refused)("%s is refused before anybody decides", (_, input, code) => {
    check({ input }, code);
  });

  const twins: readonly (readonly [string, string])[] = [
    ["composed otherwise", CAFE.normalize("NFD")],
    ["in capitals", CAFE.toUpperCase()],
    ["with a space behind", `${CAFE} `],
    ["with nothing visible in it", `caf\u200b\u00e9`],
    ["with a letter of another script", `c\u0430f\u00e9`],
    ["with what ends a text elsewhere", `${CAFE}\u0000`],
  ];
  test.each(twins)("a word %s is another word", (_, kind) => {
    check({ input: JSON.stringify({ kind }) }, "policy/denied", { context: seen(kind) });
  });

  const numbers: readonly (readonly [string, string, boolean])[] = [
    ["-0", "0", true],
    ["1e2", "100", true],
    ["100.0", "100", true],
    ["101", "101", false],
    ["1.01e2", "101", false],
  ];
  test.each(numbers)("%s is decided and written as %s", (text, written, allowed) => {
    const input = `{"kind":"${CAFE}","weight":${text}}`;
    const { told, records } = added(() => ask(folder, HAND_IN, { input }));
    expect(told.code, told.out + told.err).toBe(allowed ? 0 : REFUSED);
    const [first] = records;
    const shown = first?.type === "opened" ? first.payload : (first as Refused).context?.payload;
    expect(JSON.stringify(shown)).toContain(`"weight":${written}`);
  });
});

function seen(kind: string): RefusedBody["context"] {
  return expect.objectContaining({ payload: { kind } }) as RefusedBody["context"];
}

describe("an intent that there is not", () => {
  const unknown: readonly (readonly [string, string])[] = [
    ["desk.hand_on", "Did you mean `desk.hand_in`?"],
    ["desk.hand-in", "Did you mean `desk.hand_in`?"],
    ["Desk.hand_in", "Did you mean `desk.hand_in`?"],
    ["desk.hand_in ", "Did you mean `desk.hand_in`?"],
    ["desk::IN_HAND_IN_V0", "pgs list intents"],
    ["__proto__", "pgs list intents"],
    ["constructor", "pgs list intents"],
    ["", "pgs list intents"],
    ["../../etc/passwd", "pgs list intents"],
  ];
  test.each(unknown)("%j is refused with what there is", (intent, hint) => {
    expect(check({ args: ["--intent", intent] }, "intent/unknown")).toContain(hint);
  });
});

test("a workflow by its name is refused to the operator, too, where the workspace forbids it", () => {
  const told = check({ args: ["--wf", "desk::WF_TAKE_V0"] }, "policy/denied", {
    ...VISITOR,
    intent: "pgs.run",
    workflow: "desk::WF_TAKE_V0",
  });
  expect(told).toContain("forbidden by `desk::PO_NO_RUNS_V0#1`");
});

describe("what is shown for a session and is none", () => {
  const id = "session-01a1fb67-1806-749b-83ff-84a6d1717227";
  const secret = "A".repeat(43);
  const forms: readonly (readonly [string, string, string])[] = [
    ["a word", "letmein", "session/bad-credential"],
    ["an id alone", id, "session/bad-credential"],
    ["a secret alone", secret, "session/bad-credential"],
    ["an id in capitals", `${id.toUpperCase()}.${secret}`, "session/bad-credential"],
    ["a secret that is too short", `${id}.${secret.slice(1)}`, "session/bad-credential"],
    ["a secret with more behind it", `${id}.${secret}.x`, "session/bad-credential"],
    ["a path", `../${id}.${secret}`, "session/bad-credential"],
    ["the form of one that nobody opened", `${id}.${secret}`, "session/unknown"],
  ];
  test.each(forms)("%s is refused", (_, credential, code) => {
    const told = check({ env: { PGS_SESSION: credential } }, code);
    expect(told).not.toContain(credential);
    expect(told).not.toContain(secret);
  });

  test("somebody else's secret, and a session of another tenant by its id, are nobody's", () => {
    const create = (tenant: string) =>
      pgs(["session", "create"], { cwd: folder, env: { PGS_OPERATOR_TENANT: tenant } });
    const [ours, theirs] = [create("house").out.trim(), create("other").out.trim()];
    const [own = "", foreign = ""] = [ours.split(".")[0], theirs.split(".")[0]];
    expect(own).toMatch(/^session-/);
    const mixed = `${own}.${theirs.split(".")[1]}`;
    const nobody = check({ env: { PGS_SESSION: `${id}.${secret}` } }, "session/unknown");
    expect(check({ env: { PGS_SESSION: mixed } }, "session/unknown")).toBe(nobody);
    // With a session of one's own: it is another tenant's, whatever the configuration says.
    check({ env: { PGS_SESSION: theirs } }, "policy/denied", { tenant: "other", session: foreign });
    const ended = added(() => pgs(["session", "end", foreign, "--json"], { cwd: folder }));
    expect(ended.told.code).toBe(REFUSED);
    expect(ended.told.json()).toMatchObject({ refused: { code: "session/unknown" } });
    expect(ended.records).toEqual([]);
  });
});

test("under a snapshot without intents and policies nobody may do anything", () => {
  const place = deskPlace();
  const snapshots = join(place, "snapshots");
  const sealed = readFileSync(join(snapshots, "current"), "utf8").trim();
  const old = join(snapshots, "old");
  cpSync(join(snapshots, sealed), old, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(old, "manifest.json"), "utf8"));
  const without = ["intents.json", "policies.json"];
  for (const file of without) rmSync(join(old, file));
  manifest.files = manifest.files.filter(({ path }: { path: string }) => !without.includes(path));
  const text = `${JSON.stringify(manifest)}\n`;
  writeFileSync(join(old, "manifest.json"), text);
  renameSync(old, join(snapshots, sha256(text)));
  writeFileSync(join(snapshots, "current"), `${sha256(text)}\n`);
  for (const args of [HAND_IN, ["--wf", "desk::WF_TAKE_V0"]]) {
    const ran = ask(place, args, { input: `{"kind":"${CAFE}"}` });
    expect(ran.code, ran.out + ran.err).not.toBe(0);
    expect(ran.json()).toMatchObject({ refused: { code: "snapshot/no-boot" } });
  }
  expect(recordsIn(place)).toEqual([]);
});

test("after all of that the data root is what it says, and tells each refusal", () => {
  expect(pgs(["verify", "--state"], { cwd: folder }).code).toBe(0);
  const listed = pgs(["list", "refusals", "--json"], { cwd: folder }).json() as {
    refusals: readonly { readonly tenant: string }[];
  };
  const own = recordsIn(folder).filter((one) => one.type === "refused" && one.tenant === "house");
  expect(listed.refusals).toHaveLength(own.length);
  expect(own.length).toBeGreaterThan(20);
  expect(readdirSync(join(folder, "data"))).not.toContain("keys");
});
