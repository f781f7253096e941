/** Sessions as they are opened, used and ended; what is known of them afterwards, and by whom. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import { rebuild } from "../../../runtime/evidence/rebuild.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { sessionOf, sessionsOf, tenantOfHolder } from "../../../runtime/sessions/known-sessions.ts";
import { systemClock, systemFiles } from "../../../runtime/system-ports.ts";
import { goodToken, ISSUER, NOW } from "../identity/tokens.ts";
import { HOLDER, ledgerBytes, statesLike, UNFLUSHED } from "../on-disk.ts";
import { Place, register } from "./place.ts";

const HOUR = 3_600;

test("a token opens a session, whose holder then asks in its name", async () => {
  const place = new Place();
  const token = goodToken();
  const opened = await place.during((runtime) => runtime.openSession({ token, seconds: HOUR }));
  const who = { tenant: "acme", principal: "ada", identity: "token" };
  expect(opened).toMatchObject({ ...who, roles: ["registrar"], attributes: { floor: 2 } });
  expect(opened.expires_at).toBe("2026-11-21T13:00:00.000Z");
  expect(opened.credential).toMatch(/^session-[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}$/);
  const secret = opened.credential.split(".")[1] ?? "";
  const { trace_id } = await place.during((runtime) => register(runtime, opened.credential));
  const [first] = place.records();
  const caller = { identity: "token", roles: ["registrar"], attributes: { floor: 2 } };
  expect(first).toMatchObject({
    type: "session",
    trace: opened.session,
    seq: 1,
    tenant: "acme",
    principal: "ada",
    caller,
    policy: { decision: "allow" },
    token: { issuer: ISSUER, sha256: sha256(token) },
    secret_sha256: sha256(secret),
  });
  const begun = place.records().find(({ trace, type }) => trace === trace_id && type === "opened");
  expect(begun).toMatchObject({ ...{ tenant: "acme", principal: "ada" }, caller });
  expect(begun).toMatchObject({ session: opened.session });
  // Whoever reads the ledger can use neither.
  expect(ledgerBytes(place.root).includes(secret)).toBe(false);
  expect(ledgerBytes(place.root).includes(token)).toBe(false);
});

test("the operator has a session without a token, with the configuration's roles", async () => {
  const place = new Place({ roles: ["b", "a"], attributes: { floor: 9 } });
  const opened = await place.during((runtime) => runtime.openSession({ seconds: 1 }));
  const who = { tenant: "default", principal: "operator", identity: "operator" };
  expect(opened).toMatchObject({ ...who, roles: ["a", "b"], attributes: { floor: 9 } });
  expect(place.records()[0]).toMatchObject({ type: "session", token: null });
  // As it was opened, whatever the configuration says later.
  const later = { tenant: "other", principal: "root", roles: [], attributes: {} };
  const use = () => place.during((runtime) => register(runtime, opened.credential), later);
  expect((await use()).outcome).toBe("SUCCESS");
  expect(place.records().at(-1)?.type).toBe("closed");
  const begun = place.records().find(({ type }) => type === "opened");
  expect(begun).toMatchObject({ tenant: "default", caller: { roles: ["a", "b"] } });
});

test.each([
  ["within its token's time", 600, 599, "12:09:59.000"],
  ["for as long as its token holds, and no longer", 600, HOUR, "12:10:00.000"],
  ["for whole seconds", 600.9, HOUR, "12:10:00.000"],
  ["no longer than clocks may differ, of a token that is over", -1, HOUR, "12:00:59.000"],
])("a session lasts %s", async (_, exp, seconds, expires) => {
  const place = new Place();
  const token = goodToken({ exp: NOW + exp });
  const opened = await place.during((runtime) => runtime.openSession({ token, seconds }));
  expect(opened.expires_at).toBe(`2026-11-21T${expires}Z`);
  expect(place.records()[0]).toMatchObject({ expires_at: opened.expires_at });
});

test("a token that holds for less than a second opens none, and stays unused", async () => {
  const place = new Place();
  const token = goodToken({ exp: NOW - 59.5 });
  const open = (runtime: Runtime) => runtime.openSession({ token, seconds: HOUR });
  const { refusal, written } = await place.refused(open);
  expect([refusal.code, written]).toEqual(["token/expired", []]);
});

test("a session is ended once, by a record of its own, and no other with it", async () => {
  const place = new Place();
  const ended = await place.during(async (runtime) => {
    const [one, two] = [
      await runtime.openSession({ token: goodToken({ jti: 1 }), seconds: HOUR }),
      await runtime.openSession({ token: goodToken({ jti: 2 }), seconds: HOUR }),
    ];
    const asked = { session: one.session, by: two.credential };
    expect(await runtime.endSession(asked)).toEqual({
      session: one.session,
      ended_at: "2026-11-21T12:00:00.000Z",
    });
    expect((await register(runtime, two.credential)).outcome).toBe("SUCCESS");
    return { one, two };
  });
  const record = place.records().find(({ type }) => type === "session-ended");
  expect(record).toMatchObject({
    trace: `${ended.one.session}.ended`,
    ended: ended.one.session,
    session: ended.two.session,
    principal: "ada",
  });
});

test("what is known of sessions follows from the ledger alone, and is its tenant's alone", async () => {
  const place = new Place();
  const { files } = UNFLUSHED;
  const opened = await place.during(async (runtime) => {
    const one = await runtime.openSession({ token: goodToken(), seconds: HOUR });
    const other = goodToken({ tenant: "globex", sub: "eve" });
    const two = await runtime.openSession({ token: other, seconds: HOUR });
    const three = await runtime.openSession({ seconds: 60 });
    await runtime.endSession({ session: three.session });
    return { one, two, three };
  });
  const check = () => {
    const root = { files, dataRoot: place.root, nowMs: place.nowMs };
    const [known, ...rest] = sessionsOf(root, "acme");
    expect(rest).toEqual([]);
    const { credential, ...told } = opened.one;
    expect(known).toMatchObject({ ...told, status: "open", ended_at: null, first: 1 });
    expect(JSON.stringify(known)).not.toContain("secret");
    expect(sessionOf(root, "globex", opened.two.session).principal).toBe("eve");
    expect(sessionOf(root, "default", opened.three.session).status).toBe("ended");
    const unknown = expect.objectContaining({ code: "session/unknown" });
    expect(() => sessionOf(root, "globex", opened.one.session)).toThrow(unknown);
    expect(sessionsOf(root, "nobody")).toEqual([]);
    expect(tenantOfHolder(root, credential)).toBe("acme");
    const late = { ...root, nowMs: place.nowMs + HOUR * 1_000 };
    expect(sessionOf(late, "acme", opened.one.session).status).toBe("expired");
    const expired = expect.objectContaining({ code: "session/expired" });
    expect(() => tenantOfHolder(late, credential)).toThrow(expired);
  };
  check();
  expect(verifyState({ files, dataRoot: place.root }).problems).toEqual([]);
  // Without the state, from the ledger; with one that was folded anew; with one that lags.
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(place.root, file), { force: true });
  }
  check();
  const rebuilt = await rebuild({
    files: systemFiles,
    clock: systemClock,
    dataRoot: place.root,
    holder: HOLDER,
    waitMs: 0,
    from: "ledger",
    tracesFolder: join(place.root, "none"),
    snapshot: () => {
      throw new Error("no snapshot is asked for");
    },
    paint: undefined,
  });
  expect(rebuilt.problems).toEqual([]);
  check();
  const stores = statesLike(place.root);
  const ports = { ...UNFLUSHED, store: stores, clock: { ...systemClock, now: () => place.nowMs } };
  await place.during((runtime) => register(runtime, opened.one.credential), { ports });
  check();
});

test("to know one session, no other is read", async () => {
  const place = new Place();
  const opened = await place.during(async (runtime) => {
    const one = await runtime.openSession({ seconds: HOUR });
    for (let n = 0; n < 80; n += 1) await runtime.openSession({ seconds: HOUR });
    return one;
  });
  // Whoever reads the others finds that the state does not hold, and reads the whole ledger instead.
  const database = new Database(join(place.root, "state.db"));
  const others = database.prepare("UPDATE session SET attributes = '{' WHERE session <> ?");
  expect(others.run(opened.session).changes).toBe(80);
  database.close();
  let read = 0;
  const files = {
    ...UNFLUSHED.files,
    readAt(path: string, offset: number, length: number) {
      const bytes = UNFLUSHED.files.readAt(path, offset, length);
      read += bytes.length;
      return bytes;
    },
  };
  const root = { files, dataRoot: place.root, nowMs: place.nowMs };
  expect(sessionOf(root, "default", opened.session).status).toBe("open");
  expect(tenantOfHolder(root, opened.credential)).toBe("default");
  const whole = ledgerBytes(place.root).length;
  expect(read).toBeLessThan(whole);
  expect(sessionsOf(root, "default")).toHaveLength(81);
  expect(read).toBeGreaterThanOrEqual(whole);
});
