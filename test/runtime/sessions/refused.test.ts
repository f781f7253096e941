/**
 * Who has no session, or none any more, or may not have one: told a code and a reason. Where it is
 * known who asks, the refusal is written down, and nothing else ever is.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import type { Refusal } from "../../../protocol/language/refusal.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import type { OpenedSession } from "../../../runtime/sessions/sessions.ts";
import { BAD_TOKENS } from "../identity/bad-tokens.ts";
import { goodToken, jwkOf, OTHER_ED, setOf, settings } from "../identity/tokens.ts";
import { UNFLUSHED } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";
import { Place, register, without } from "./place.ts";

const HOUR = 3_600;

/** A place with three sessions: of two tenants by token, of the operator without. */
const place = new Place();
const elsewhere = new Place();
let ada: OpenedSession;
let eve: OpenedSession;
let bob: OpenedSession;
let operator: OpenedSession;
let ended: OpenedSession;
let foreign: OpenedSession;

beforeAll(async () => {
  const open = (runtime: Runtime, claims: object) =>
    runtime.openSession({ token: goodToken(claims), seconds: HOUR });
  foreign = await elsewhere.during((runtime) => open(runtime, {}));
  await place.during(async (runtime) => {
    ada = await open(runtime, { jti: "ada" });
    eve = await open(runtime, { sub: "eve", tenant: "globex" });
    bob = await open(runtime, { sub: "bob" });
    ended = await open(runtime, { jti: "ended" });
    await runtime.endSession({ session: ended.session, by: ended.credential });
    operator = await runtime.openSession({ seconds: HOUR });
  });
});

interface Expected {
  readonly code: string;
  readonly says: string;
  /** Of the record that is left behind; none where it is not known who asks. */
  readonly recorded?: Partial<Record<string, unknown>>;
}

function expectRefused(
  { refusal, written }: { refusal: Refusal; written: readonly LedgerRecord[] },
  { code, says, recorded }: Expected,
): void {
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(says);
  if (recorded === undefined) {
    expect(written).toEqual([]);
    expect(refusal.trace).toBeUndefined();
    return;
  }
  expect(written).toHaveLength(1);
  const { message, trace } = refusal;
  expect(written[0]).toMatchObject({ type: "refused", seq: 1, code, message, ...recorded });
  expect(written[0]?.trace).toBe(trace);
}

describe("a token that is not taken leaves nothing behind", () => {
  for (const [what, { token, code, says, keys }] of Object.entries(BAD_TOKENS)) {
    test(what, async () => {
      const identity = settings(keys === undefined ? {} : { keys: () => keys });
      const open = (runtime: Runtime) => runtime.openSession({ token, seconds: HOUR });
      expectRefused(await place.refused(open, { identity }), { code, says });
    });
  }

  test("where nobody's are taken", async () => {
    const open = (runtime: Runtime) => runtime.openSession({ token: goodToken(), seconds: HOUR });
    const code = "identity/not-configured";
    expectRefused(await place.refused(open, { identity: undefined }), { code, says: "found none" });
  });

  test("where the issuer has other keys now", async () => {
    const identity = settings({ keys: () => setOf(jwkOf(OTHER_ED, { kid: "ed" })) });
    const open = (runtime: Runtime) => runtime.openSession({ token: goodToken(), seconds: HOUR });
    const found = await place.refused(open, { identity });
    expectRefused(found, { code: "token/bad-signature", says: "found another signature" });
  });
});

const other = (text: string) => (text === "A" ? "B" : "A");

/** Credentials that are nobody's, as they are made out of those that are somebody's. */
const NOBODYS: Readonly<Record<string, readonly [credential: () => string, code: string]>> = {
  "an empty text": [() => "", "session/bad-credential"],
  "an id without a secret": [() => ada.session, "session/bad-credential"],
  "a line break behind it": [() => `${ada.credential}\n`, "session/bad-credential"],
  "a path": [() => `../${ada.credential}`, "session/bad-credential"],
  "a trace of another kind": [
    () => ada.credential.replace("session-", ""),
    "session/bad-credential",
  ],
  "an id in capitals": [() => ada.credential.toUpperCase(), "session/bad-credential"],
  "a whole token": [() => goodToken(), "session/bad-credential"],
  "an id that was never given out": [
    () => ada.credential.replace(/-[0-9a-f]{12}\./, "-000000000000."),
    "session/unknown",
  ],
  "a secret with a character changed": [
    () => `${ada.credential.slice(0, -1)}${other(ada.credential.at(-1) ?? "")}`,
    "session/unknown",
  ],
  "the secret of another session": [
    () => `${ada.session}.${eve.credential.split(".")[1]}`,
    "session/unknown",
  ],
  "a session of another data root": [() => foreign.credential, "session/unknown"],
  "a guess": [() => `${ada.session}.${"A".repeat(43)}`, "session/unknown"],
};

describe("a credential that is nobody's leaves nothing behind", () => {
  for (const [what, [credential, code]] of Object.entries(NOBODYS)) {
    test(what, async () => {
      const says = code === "session/unknown" ? "there is no such session" : "expected a session's";
      const asks = [
        (runtime: Runtime) => register(runtime, credential()),
        (runtime: Runtime) => runtime.endSession({ session: ada.session, by: credential() }),
      ];
      for (const ask of asks) expectRefused(await place.refused(ask), { code, says });
    });
  }
});

describe("a session that is over is told to its holder, and written down", () => {
  test("one that was ended", async () => {
    const recorded = { tenant: "acme", principal: "ada", session: ended.session };
    const asked = { workflow: REGISTER, intent: "pgs.run", policy: null, context: null };
    const found = await place.refused((runtime) => register(runtime, ended.credential));
    const says = "was ended at 2026-11-21T12:00:00.000Z";
    expectRefused(found, { code: "session/ended", says, recorded: { ...recorded, ...asked } });
  });

  test("one whose time is over, by the ledger's time: a clock that goes back revives none", async () => {
    const later = new Place();
    const short = await later.during((runtime) => runtime.openSession({ seconds: 10 }));
    later.nowMs += 9_999;
    await later.during((runtime) => register(runtime, short.credential));
    later.nowMs += 1;
    const recorded = { session: short.session, principal: "operator" };
    const expired = {
      code: "session/expired",
      says: "expired at 2026-11-21T12:00:10.000Z",
      recorded,
    };
    expectRefused(await later.refused((runtime) => register(runtime, short.credential)), expired);
    later.nowMs -= HOUR * 1_000;
    expectRefused(await later.refused((runtime) => register(runtime, short.credential)), expired);
  });

  test("one of its own that it ends, too", async () => {
    const end = (runtime: Runtime) =>
      runtime.endSession({ session: ada.session, by: ended.credential });
    const recorded = { intent: "pgs.end_session", workflow: null, session: ended.session };
    expectRefused(await place.refused(end), { code: "session/ended", says: "was ended", recorded });
  });
});

describe("a token that was shown before is refused, and written down", () => {
  const again = goodToken({ jti: "again" });
  const replayed = {
    code: "token/replayed",
    says: "expected a token that opened no session yet",
    recorded: {
      intent: "pgs.open_session",
      tenant: "acme",
      principal: "ada",
      session: null,
      caller: { identity: "token", roles: ["registrar"], attributes: { floor: 2 } },
    },
  };
  const open = (runtime: Runtime) => runtime.openSession({ token: again, seconds: HOUR });

  test("at once, after a restart, without the state, and when its session is over", async () => {
    const at = new Place();
    const first = await at.during(async (runtime) => {
      const opened = await open(runtime);
      await expect(open(runtime)).rejects.toMatchObject({ code: "token/replayed" });
      return opened;
    });
    expectRefused(await at.refused(open), replayed);
    for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
      rmSync(join(at.root, file), { force: true });
    }
    expectRefused(await at.refused(open), replayed);
    const end = { session: first.session, by: first.credential };
    await at.during((runtime) => runtime.endSession(end));
    expectRefused(await at.refused(open), replayed);
  });

  test("where two show it at once, one of them", async () => {
    const at = new Place();
    const answers = await at.during((runtime) =>
      Promise.allSettled(Array.from({ length: 5 }, () => open(runtime))),
    );
    const told = answers.map((one) => (one.status === "fulfilled" ? "opened" : one.reason.code));
    const refused = Array.from({ length: 4 }, () => "token/replayed");
    expect([...told].sort()).toEqual(["opened", ...refused]);
    const types = at.records().map(({ type }) => type);
    expect(types.filter((type) => type === "session")).toHaveLength(1);
    expect(types.filter((type) => type === "refused")).toHaveLength(4);
  });
});

describe("what a policy does not permit is refused, and written down", () => {
  const denied = (says: string, recorded: object) => ({
    code: "policy/denied",
    says,
    recorded: { policy: expect.objectContaining({ decision: "deny" }), ...recorded },
  });

  test("opening a session, with a token or without: the token may be shown again", async () => {
    const more: Partial<RuntimeOptions> = { snapshot: without("pgs.open_session") };
    const at = new Place();
    const token = goodToken();
    const open = (runtime: Runtime) => runtime.openSession({ token, seconds: HOUR });
    const says = "denies `pgs.open_session` to `ada` of tenant `acme`: no policy permits it";
    const context = { seconds: HOUR };
    expectRefused(await at.refused(open, more), denied(says, { principal: "ada", context }));
    const operators = (runtime: Runtime) => runtime.openSession({ seconds: HOUR });
    const found = await at.refused(operators, more);
    expectRefused(found, denied("to `operator` of tenant `default`", { principal: "operator" }));
    expect((await at.during(open)).principal).toBe("ada");
  });

  test("ending a session", async () => {
    const end = (runtime: Runtime) =>
      runtime.endSession({ session: ada.session, by: bob.credential });
    const found = await place.refused(end, { snapshot: without("pgs.end_session") });
    const recorded = { session: bob.session, principal: "bob", context: { own: false } };
    expectRefused(found, denied("denies `pgs.end_session` to `bob`", recorded));
  });

  test("a workflow, to a session whose holder may only end it", async () => {
    const run = (runtime: Runtime) => register(runtime, bob.credential);
    const found = await place.refused(run, { snapshot: without("pgs.run") });
    expectRefused(found, denied("denies `pgs.run` to `bob`", { session: bob.session }));
  });
});

describe("what is no session of one's own tenant is told as none", () => {
  const unknown = { code: "session/unknown", says: "there is no such session" };

  test("to the holder of another tenant's, and to the operator", async () => {
    const asks = [
      (runtime: Runtime) => runtime.endSession({ session: ada.session, by: eve.credential }),
      (runtime: Runtime) => runtime.endSession({ session: ended.session, by: eve.credential }),
      (runtime: Runtime) => runtime.endSession({ session: eve.session, by: ada.credential }),
      (runtime: Runtime) => runtime.endSession({ session: operator.session, by: ada.credential }),
      (runtime: Runtime) => runtime.endSession({ session: ada.session }),
      (runtime: Runtime) => runtime.endSession({ session: "session-1" }),
      (runtime: Runtime) => runtime.endSession({ session: "../../state.db" }),
    ];
    for (const ask of asks) expectRefused(await place.refused(ask), unknown);
  });

  test("who names the operator in a token is not the operator", async () => {
    const at = new Place({ tenant: "acme" });
    const opened = await at.during(async (runtime) => {
      const token = goodToken({ sub: "operator" });
      const shown = await runtime.openSession({ token, seconds: HOUR });
      return { shown, own: await runtime.openSession({ seconds: HOUR }) };
    });
    const { own, shown } = opened;
    const nobody = { snapshot: without("pgs.end_session") };
    for (const [by, isOwn] of [
      [shown.credential, false],
      [own.credential, true],
    ] as const) {
      const end = (runtime: Runtime) => runtime.endSession({ session: own.session, by });
      const { written } = await at.refused(end, nobody);
      expect(written[0]).toMatchObject({ principal: "operator", context: { own: isOwn } });
    }
  });
});

test("a session of no, or of too many, seconds is none", async () => {
  for (const seconds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2_592_001]) {
    const found = await place.refused((runtime) => runtime.openSession({ seconds }));
    const says = "expected a session of 1 to 2592000 whole seconds";
    expectRefused(found, { code: "session/bad-seconds", says });
  }
});

test("a payload says nothing of who asks", async () => {
  const payload = { name: "x", principal: "root", tenant: "globex", session: eve.session };
  const submit = (runtime: Runtime) =>
    runtime.submit({ workflow: REGISTER, payload, session: ada.credential });
  const { refusal, written } = await place.refused(submit);
  expect(refusal.code).toBe("payload/unfit");
  expect(written).toEqual([]);
});

test("a session that did not reach the disk is told to nobody", async () => {
  const at = new Place();
  await at.during((runtime) => register(runtime, undefined));
  const { files } = UNFLUSHED;
  const broken = Object.assign(new Error("EIO: it is broken"), {
    code: "EIO",
    syscall: "fdatasync",
  });
  const ports = {
    ...UNFLUSHED,
    files: {
      ...files,
      openAppend: (path: string) => ({
        ...files.openAppend(path),
        flush: () => Promise.reject(broken),
      }),
    },
  };
  const opening = at.during((runtime) => runtime.openSession({ seconds: HOUR }), { ports });
  await expect(opening).rejects.toMatchObject({ family: "viability" });
});
