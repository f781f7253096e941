/** What was allowed and denied is examined, kept apart by tenants, and held against other policies. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { pgs } from "./cli.ts";
import { ask, deskPlace } from "./desk.ts";

let folder = "";
let taken = "";
let refused = "";

beforeAll(() => {
  folder = deskPlace();
  const hand = (letter: object) =>
    ask(folder, ["--intent", "desk.hand_in"], { input: JSON.stringify(letter) }).json();
  taken = String(hand({ kind: "café", weight: 3 }).trace_id);
  refused = (hand({ kind: "café", weight: 300 }).refused as { trace_id: string }).trace_id;
});

/** As the operator of another tenant. */
const NEXT_DOOR = { PGS_OPERATOR_TENANT: "next_door" };

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return pgs(args, { cwd: folder, env });
}

test("a refusal is listed, and examined with the statement, its place, and what was seen", () => {
  expect(run(["list", "refusals"]).out).toMatch(
    new RegExp(`^${refused} .* visitor +desk.hand_in +policy/denied$`, "m"),
  );
  const { code, out } = run(["examine", refused]);
  expect(code).toBe(0);
  expect(out).toContain("forbid desk::PO_DESK_V0#3: Light letters of a known kind");
  expect(out).toContain("context.payload.weight = 300");
  expect(out).toMatch(
    /policy\/forbidden: .*\n {4}in desk::PO_DESK_V0\n {4}at protocol\/domains\/desk\/all.yaml:\d+/,
  );
});

test("an execution tells who asked and who allowed it, on the terminal and on its page", () => {
  const { asked, decided } = run(["examine", taken, "--json"]).json() as {
    asked: object;
    decided: { rulings: readonly { role: string }[] };
  };
  expect(asked).toMatchObject({ identity: "operator", tenant: "house", intent: "desk.hand_in" });
  expect(decided.rulings).toHaveLength(3);
  const page = readFileSync(join(folder, "traces", taken, `${taken}.md`), "utf8");
  expect(page).toContain("| `security_guard` | `allow` | `desk::PO_DESK_V0#2` (permit) |");
});

test("a start is examined with what its gates had found", () => {
  const { out, code } = run(["examine", "boot-1"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^Start$[\s\S]*^Gates\n {2}G1 {2}/m);
  expect(run(["list", "boots"]).out).toMatch(/^boot-1 /m);
});

test("another tenant's operator finds neither by its id, and both by their files", () => {
  for (const trace of [taken, refused]) {
    const unknown = trace.slice(0, -4).concat("0000");
    const [hidden, missing] = [trace, unknown].map((id) => run(["examine", id], NEXT_DOOR));
    expect(hidden?.code).toBe(2);
    expect(hidden?.err.replaceAll(trace, unknown)).toBe(missing?.err);
    expect(run(["replay", trace], NEXT_DOOR).code).toBe(2);
  }
  expect(run(["list"], NEXT_DOOR).out).toBe("none\n");
  expect(run(["list", "refusals"], NEXT_DOOR).out).toBe("none\n");
  expect(run(["examine", `traces/${taken}/${taken}.jsonl`], NEXT_DOOR).code).toBe(0);
  expect(run(["examine", "boot-1"], NEXT_DOOR).code).toBe(0);
});

function holderIn(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const created = run(["session", "create"], env);
  expect(created.code, created.err).toBe(0);
  return { PGS_SESSION: created.out.trim() };
}

test("who comes with a session is shown no file of another tenant", () => {
  const [own, other] = [holderIn({}), holderIn(NEXT_DOOR)];
  const file = `traces/${taken}/${taken}.jsonl`;
  for (const command of ["examine", "replay"]) {
    expect(run([command, file], own).code).toBe(0);
    const hidden = run([command, file], other);
    expect(hidden.code).toBe(2);
    expect(hidden.err).toContain("trace/not-found");
    expect(hidden.out).toBe("");
  }
});

test.each(["verify", "rebuild", "replay --all", "policy impact current current", "health"])(
  "`pgs %s` is for who owns the data root, not for who comes with a session",
  (command) => {
    const holder = holderIn({});
    const refused = run([...command.split(" "), "--json"], holder);
    expect(refused.code).toBe(4);
    expect(refused.json()).toMatchObject({ refused: { code: "session/one-tenant" } });
  },
);

test("verifying and replaying decide again, and hold", () => {
  expect(run(["verify", "--state"]).code).toBe(0);
  expect(run(["replay", "--all"]).code).toBe(0);
  expect(run(["replay", refused]).code).toBe(0);
});

test("the impact of other policies is told with an exit code", () => {
  const current = () => readFileSync(join(folder, "snapshots/current"), "utf8").trim();
  const old = current();
  const file = join(folder, "protocol/domains/desk/all.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("weight > 100", "weight > 1"));
  expect(run(["compile"]).code).toBe(0);
  const same = run(["policy", "impact", old, old]);
  expect([same.code, same.err]).toEqual([0, ""]);
  expect(same.out).toContain("nothing changes");
  const other = run(["policy", "impact", old, current(), "--json"]);
  expect(other.code).toBe(3);
  expect(other.json()).toMatchObject({
    counts: { denied: 1, allowed: 0, undecidable: 0 },
    groups: [{ intent: "desk.hand_in", change: "denied", traces: [taken] }],
  });
  expect(run(["policy", "impact", old, "0".repeat(64)]).code).toBe(2);
  const short = run(["policy", "impact", old.slice(0, 8), "current", "--json"]);
  expect(short.json()).toEqual(other.json());
  expect(run(["policy", "impact", old.slice(0, 7), "current"]).code).toBe(2);
  const { snapshots } = run(["list", "snapshots", "--json"]).json();
  expect(snapshots).toEqual(
    [old, current()].sort().map((snapshot) => ({ snapshot, current: snapshot === current() })),
  );
  expect(run(["list", "snapshots"]).out).toMatch(new RegExp(`^${current()} +current$`, "m"));
});

test("a list of what there is not says what was meant", () => {
  const cases = [
    [["list", "intent"], 2, "Did you mean `intents`?"],
    [["list", "starts"], 2, "Did you mean `boots`?"],
    [["list", "--intent", "desk.hand_on"], 4, "Did you mean `desk.hand_in`?"],
    [["list", "--wf", "desk::WF_TAKES_V0"], 4, "Did you mean `desk::WF_TAKE_V0`?"],
    [["explain", "policy/never-permitted"], 2, "Did you mean `policy/never-allowed`? `pgs"],
  ] as const;
  for (const [args, code, said] of cases) {
    const ran = run([...args]);
    expect(ran.code, ran.out + ran.err).toBe(code);
    expect(ran.err).toContain(said);
  }
  // What there is may be none all the same, and an act is no typo.
  expect(run(["list", "--intent", "pgs.cancel"]).out).toBe("none\n");
});
