/** Sessions, starts and writers are held against the whole ledger, and found in it by their ids. */
import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { RecordBody, RefusedBody } from "../../../protocol/language/records.ts";
import { list, listBoots, listRefusals } from "../../../runtime/evidence/list.ts";
import { readTrace } from "../../../runtime/evidence/read-trace.ts";
import { rebuild } from "../../../runtime/evidence/rebuild.ts";
import { replayFull, replayState } from "../../../runtime/evidence/replay.ts";
import { isSeenBy } from "../../../runtime/evidence/seen-by.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files, systemClock } from "../../../runtime/system-ports.ts";
import { freshRoot, HOLDER as OWNER } from "../on-disk.ts";
import { endedBody, sessionBody } from "./governed-bodies.ts";
import { capabilities, rootOf, snapshot, TRACES, WRITTEN, type Written } from "./governed-root.ts";

const { id } = snapshot;

/** The ledger with further records behind its last. */
function withMore(...more: readonly (readonly [trace: string, body: RecordBody])[]) {
  const from = WRITTEN.length + 1;
  return [...WRITTEN, ...more.map(([trace, body], at) => ({ n: from + at, trace, body }))];
}

/** What the whole ledger says of it, each reader by itself: they agree. */
async function check(written: readonly Written[], ...codes: readonly string[]): Promise<void> {
  const dataRoot = rootOf(written);
  const none = { tracesFolder: undefined, paint: undefined, state: false };
  const { problems } = await verify({ files, dataRoot, ...none, snapshot: () => snapshot });
  const found = problems.map(({ code }) => code);
  expect(found.filter((code) => code !== "policy/decided-otherwise")).toEqual(codes);
  const vault = openVault(dataRoot, files);
  const beside = { snapshot: () => snapshot, capabilities, allowChangedCapabilities: false, vault };
  const replayed = await replayFull({ kind: "ledger", files, dataRoot }, beside);
  // What is decided otherwise, too, ends a replay before the ledger is judged to its end.
  if (replayed.divergence === null) {
    expect(replayed.problems.map(({ code }) => code)).toEqual(codes);
  }
  expect(replayed.ok).toBe(codes.length === 0);
  if (codes.length === 0) return;
  const state = { ...none, state: true, snapshot: () => snapshot };
  expect(await verify({ files, dataRoot, ...state })).toMatchObject({ ok: false });
  await expect(rebuilt(dataRoot)).rejects.toMatchObject({ code: codes[0] });
}

function rebuilt(dataRoot: string) {
  return rebuild({
    ...{ files, clock: systemClock, dataRoot, holder: OWNER, waitMs: 0 },
    ...{ from: "ledger", tracesFolder: join(dirname(dataRoot), "traces") },
    ...{ snapshot: () => snapshot, paint: undefined },
  });
}

function session(more: Partial<ReturnType<typeof sessionBody>> = {}): RecordBody {
  const { policy } = sessionOf("s1");
  return sessionBody({ snapshot: id, epoch: 2, policy, ...more });
}

function sessionOf(trace: string) {
  const body = TRACES.find(([name]) => name === trace)?.[1][0];
  if (body?.type !== "session") throw new Error("it is there");
  return body;
}

/** The work that `s1` was used for, asked for behind its end. */
function used(more: object): RecordBody {
  const body = TRACES.find(([name]) => name === "t1")?.[1][0];
  return { ...body, epoch: 2, ...more } as RecordBody;
}

test("what is governed holds, is folded, and is folded again", async () => {
  await check(WRITTEN);
  const dataRoot = rootOf(WRITTEN);
  expect(await rebuilt(dataRoot)).toMatchObject({ ok: true, records: WRITTEN.length });
  const none = { tracesFolder: undefined, paint: undefined, state: true };
  expect(await verify({ files, dataRoot, ...none, snapshot: () => snapshot })).toMatchObject({
    ok: true,
  });
});

test("a token opens one session", () =>
  check(withMore(["s2", session({ principal: "eve" })]), "session/token-twice"));

test("a session that was never opened is used by nobody", () =>
  check(withMore(["t9", used({ session: "s9" })]), "session/unknown"));

test("a session is its holder's alone, with the roles that it was opened with", async () => {
  await check(withMore(["t9", used({ principal: "eve" })]), "session/other-holder");
  await check(withMore(["t9", used({ tenant: "local" })]), "session/other-holder");
  const caller = { identity: "token", roles: ["admin", "clerk"], attributes: { level: 2 } };
  await check(withMore(["t9", used({ caller })]), "session/other-holder");
});

test("what ends is a session of the tenant, and ends once", async () => {
  const ended = endedBody({ snapshot: id, epoch: 2, ended: "s9" });
  await check(withMore(["s9.ended", ended]), "session/unknown");
});

test("a start goes on like one that went through the gates before it", async () => {
  const boot = TRACES.find(([name]) => name === "boot-2")?.[1][0] as RecordBody;
  const later = { ...boot, epoch: 3 } as RecordBody;
  await check(withMore(["boot-3", later]));
  await check(withMore(["boot-3", { ...later, like: "t1" } as RecordBody]), "boot/not-coherent");
  const configuration = "0".repeat(64);
  const other = { ...later, configuration } as RecordBody;
  await check(withMore(["boot-3", other]), "boot/other-configuration");
});

test("nobody was turned away for a session that was not over", async () => {
  const over = (code: string, when: string, now = "2026-11-21T10:00:00.000Z") =>
    ({
      ...{
        ...TRACES.find(([name]) => name === "r1")?.[1][0],
        epoch: 2,
        policy: null,
        context: null,
      },
      ...{ code, message: `expected a session that is open at ${now}: \`s1\` ${when}` },
    }) as RecordBody;
  const ended = "was ended at 2026-11-21T10:00:00.000Z";
  const expired = "expired at 2026-11-21T11:00:00.000Z";
  await check(withMore(["r9", over("session/ended", ended)]));
  const wrong = [
    over("session/ended", "was ended at 2026-11-21T09:00:00.000Z"),
    over("session/ended", ended, "2026-11-21T10:00:01.000Z"),
    over("session/ended", ended, "2026-11-21T09:00:00.000Z"),
    over("session/expired", ended),
    over("session/expired", expired),
  ];
  for (const one of wrong) await check(withMore(["r9", one]), "session/not-over");
  const s1 = WRITTEN.findIndex(({ trace }) => trace === "s1");
  const early = { trace: "r9", body: { ...over("session/ended", ended), epoch: 1 } as RecordBody };
  const moved = WRITTEN.toSpliced(s1 + 1, 0, { n: 0, ...early });
  await check(
    moved.map((one, at) => ({ ...one, n: at + 1 })),
    "session/not-over",
  );
});

test("a denial is told in the words of its decision, and nothing behind them", async () => {
  const body = TRACES.find(([name]) => name === "r1")?.[1][0] as RefusedBody;
  for (const behind of [" (of `t1`)", " (of `<b>`)", "."]) {
    const told = { ...body, epoch: 2, message: `${body.message}${behind}` };
    const dataRoot = rootOf(withMore(["r9", told]));
    const none = { tracesFolder: undefined, paint: undefined, state: false };
    const { problems } = await verify({ files, dataRoot, ...none, snapshot: () => snapshot });
    expect(problems.map(({ code }) => code)).toEqual(["policy/decided-otherwise"]);
  }
});

test("a key of a tenant begins one execution, and a refusal uses none up", async () => {
  const key = { idempotency_key: "k" };
  const of = (trace: string, more: object) =>
    ({ ...TRACES.find(([name]) => name === trace)?.[1][0], epoch: 2, ...more }) as RecordBody;
  const other = of("t2", { idempotency_key: "other" });
  await check(withMore(["t8", of("t2", key)], ["t9", other], ["t10", used(key)]));
  await check(withMore(["t8", of("t2", key)], ["t9", of("t2", key)]), "idempotency/used-twice");
  const refused = of("r1", key);
  await check(withMore(["r8", refused], ["r9", refused], ["t9", used(key)]));
});

test("a key that was given twice is told where a state was stored before, too", async () => {
  const of = (key: string) =>
    ({
      ...TRACES.find(([name]) => name === "t2")?.[1][0],
      epoch: 2,
      idempotency_key: key,
    }) as never;
  const dataRoot = rootOf(withMore(["t8", of("one")], ["t9", of("two")]));
  await rebuilt(dataRoot);
  const forged = rootOf(withMore(["t8", of("one")], ["t9", of("one")]));
  cpSync(join(forged, "ledger"), join(dataRoot, "ledger"), { recursive: true });
  const none = { tracesFolder: undefined, paint: undefined, state: true };
  const { problems } = await verify({ files, dataRoot, ...none, snapshot: () => snapshot });
  expect(problems.map(({ code }) => code)).toContain("idempotency/used-twice");
  const replayed = () => replayState({ kind: "ledger", files, dataRoot });
  expect(replayed).toThrow(/two executions of a tenant have one idempotency key/);
});

test("where starts are told, no writer begins anything before its own is", async () => {
  const work = { ...TRACES.find(([name]) => name === "t2")?.[1][0], epoch: 3 } as RecordBody;
  await check(withMore(["s3", work], ["s4", work]), "boot/missing");
  const start = { ...TRACES.find(([name]) => name === "boot-2")?.[1][0], epoch: 3 } as RecordBody;
  await check(withMore(["boot-3", start], ["s3", work]));
  const untold = WRITTEN.filter(({ trace }) => !trace.startsWith("boot-") && trace !== "first");
  await check(untold.map((one, at) => ({ ...one, n: at + 1 })));
});

test("only what a snapshot has can differ from it", async () => {
  const first = TRACES.find(([name]) => name === "t2")?.[1][0];
  const changed = async (...names: readonly string[]) => {
    const body = { ...first, epoch: 2, changed_capabilities: names } as RecordBody;
    const dataRoot = rootOf(withMore(["t9", body]));
    const none = { tracesFolder: undefined, paint: undefined, state: false };
    const { problems } = await verify({ files, dataRoot, ...none, snapshot: () => snapshot });
    return problems.map(({ code }) => code);
  };
  expect(await changed("echo")).toEqual([]);
  expect(await changed("echo", "nope")).toEqual(["snapshot/unknown-capability"]);
});

test("one writer has one snapshot and one engine", () =>
  check(
    withMore(["s2", session({ engine: "9.9.9", token: { issuer: "x", sha256: id } })]),
    "ledger/other-writer",
  ));

test("traces of one record are found by their ids, with the index and without it", async () => {
  const dataRoot = rootOf(WRITTEN);
  const bare = freshRoot();
  cpSync(dataRoot, bare, { recursive: true });
  await rebuilt(dataRoot);
  rmSync(join(bare, "state.db"), { force: true });
  for (const root of [dataRoot, bare]) {
    for (const [trace, bodies] of TRACES) {
      const reading = traceInLedger(files, root, trace);
      expect(reading?.problems, trace).toEqual([]);
      expect(reading?.records.map(({ type }) => type)).toEqual(bodies.map(({ type }) => type));
    }
  }
});

test("a tenant sees its own traces and starts, and no other's", () => {
  const dataRoot = rootOf(WRITTEN);
  const seen = (tenant: string) =>
    TRACES.map(([trace]) => trace).filter((trace) => {
      const reading = traceInLedger(files, dataRoot, trace);
      return reading !== undefined && isSeenBy(tenant, reading);
    });
  expect(seen("acme")).toEqual(["first", "boot-1", "s1", "t1", "r1", "s1.ended", "boot-2"]);
  expect(seen("local")).toEqual(["first", "boot-1", "t2", "boot-2"]);
  expect(seen("nobody")).toEqual(["first", "boot-1", "boot-2"]);
  expect(isSeenBy("nobody", readTrace([], "nowhere"))).toBe(true);
});

test("a tenant's list has its own executions and refusals, with the index and without it", async () => {
  const dataRoot = rootOf(WRITTEN);
  const listed = (tenant: string) => [
    list({ files, dataRoot, tenant }).map(({ trace }) => trace),
    listRefusals({ files, dataRoot, tenant }).map(({ trace }) => trace),
    listBoots({ files, dataRoot }).map(({ epoch }) => epoch),
  ];
  for (const again of [false, true]) {
    if (again) await rebuilt(dataRoot);
    expect(listed("acme")).toEqual([["t1"], ["r1"], [1, 2]]);
    expect(listed("local")).toEqual([["t2"], [], [1, 2]]);
    expect(listed("nobody")).toEqual([[], [], [1, 2]]);
  }
  expect(list({ files, dataRoot, intent: "pgs.run" }).map(({ trace }) => trace)).toEqual(["t2"]);
  expect(listRefusals({ files, dataRoot, intent: "pgs.run" })).toEqual([]);
});
