/** What was delivered is what a subscription makes of its event, once: another hand's work is found. */
import { expect, test } from "vitest";
import { ACTS } from "../../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../../protocol/language/artifacts.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { replayFull } from "../../../runtime/evidence/replay.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { forbid, permit } from "../governed.ts";
import { during, freshRoot } from "../on-disk.ts";
import { ALL, deliver, mail, PLAIN, telling } from "../post/mail.ts";
import { type Forge, forged } from "./forged-root.ts";

const SECRET = {
  payload: {
    object: [
      ["key", { read: [0, "key"] }],
      ["position", { read: [1] }],
      ["secret", { read: [0, "secret"] }],
    ],
  },
} as const;

async function told(options: ReturnType<typeof mail>, ...events: readonly object[]) {
  const root = freshRoot();
  await during(
    root,
    async (runtime) => {
      for (const event of events) await runtime.submit(telling(event as never));
      await deliver(runtime);
    },
    options,
  );
  return root;
}

/** What is found wrong with a forged ledger; every reader of all of it finds something. */
async function found(root: string, options: ReturnType<typeof mail>, forge: Forge) {
  const dataRoot = forged(root, forge);
  const { snapshot, capabilities } = options;
  if (snapshot === undefined || capabilities === undefined) throw new Error("there is mail");
  const verified = await verify({
    ...{ files, dataRoot, tracesFolder: undefined, paint: undefined, state: true },
    snapshot: () => snapshot,
  });
  const replayed = await replayFull(
    { kind: "ledger", files, dataRoot },
    {
      ...{ snapshot: () => snapshot, capabilities, allowChangedCapabilities: false },
      vault: openVault(dataRoot, files),
    },
  );
  const codes = verified.problems.map(({ code }) => code).filter((code) => !/missing/.test(code));
  expect(replayed.ok).toBe(codes.length === 0);
  return [...new Set(codes)];
}

/** The same record with other members, wherever it is a delivery of this intent for this event. */
function delivered(type: string, position: number, more: object): Forge {
  const isIt = (record: LedgerRecord) =>
    (record.type === "opened" || record.type === "refused") &&
    record.intent === type &&
    record.cause?.position === position;
  return (records) =>
    records.map((record) => (isIt(record) ? ({ ...record, ...more } as LedgerRecord) : record));
}

function payloadOf(key: string, position: number) {
  return { payload: { key, position } };
}

const OTHER = { key: "b", kind: "other" };

test("a delivery has the payload that its subscription binds from its event", async () => {
  const options = mail();
  const root = await told(options, { key: "a", kind: "plain" }, OTHER);
  expect(await found(root, options, (records) => records)).toEqual([]);
  for (const [position, other] of [
    [1, payloadOf("b", 1)],
    [2, payloadOf("b", 1)],
  ] as const) {
    const codes = await found(root, options, delivered(ALL.type, position, other));
    expect(codes).toContain("state/contradicts-fold");
  }
});

test("an event is delivered once, to who wants it, and not before it stands", async () => {
  const options = mail();
  const root = await told(options, { key: "a", kind: "plain" }, OTHER);
  const again: Forge = (records) => {
    const first = records.find((one) => one.type === "opened" && one.cause !== undefined);
    const trace = records.filter((one) => one.trace === first?.trace);
    return [
      ...records,
      ...trace.map((one) => ({ ...one, at: records.at(-1)?.at ?? "", trace: "x" })),
    ];
  };
  expect(await found(root, options, again)).toContain("delivery/twice");
  const unwanted = delivered(PLAIN.type, 1, {
    ...payloadOf("b", 2),
    cause: { store: "test/events", position: 2 },
    idempotency_key: `post/${PLAIN.intent}/2`,
  });
  expect(await found(root, options, unwanted)).toContain("state/contradicts-fold");
  const unheard = delivered(PLAIN.type, 1, {
    ...payloadOf("a", 9),
    cause: { store: "test/events", position: 9 },
    idempotency_key: `post/${PLAIN.intent}/9`,
  });
  expect(await found(root, options, unheard)).toContain("state/contradicts-fold");
});

test("of an event that holds a sealed value, all else is held against it", async () => {
  const options = mail({ subscribes: SECRET });
  const events = ["a", "b"].map((key) => ({ key, kind: "other", secret: "canary" }));
  const root = await told(options, ...events);
  expect(await found(root, options, (records) => records)).toEqual([]);
  const swap: Forge = (records) =>
    records.map((record) =>
      record.type === "opened" && record.cause?.position === 1
        ? { ...record, payload: { ...(record.payload as object), key: "b" } }
        : record,
    );
  expect(await found(root, options, swap)).toContain("state/contradicts-fold");
});

test("a delivery that was refused says why its event could not be delivered, or was denied", async () => {
  const unkeyed = mail({
    subscribes: { key: { read: [0, "kind"] }, payload: { read: [0, "no"] } },
  });
  const root = await told(unkeyed, OTHER);
  expect(await found(root, unkeyed, (records) => records)).toEqual([]);
  const code = { code: "delivery/erased" };
  expect(await found(root, unkeyed, delivered(ALL.type, 1, code))).toContain(
    "state/contradicts-fold",
  );
  const types = [ALL.type, PLAIN.type, ...ACTS.map(({ type }) => type)];
  const forbids = forbid("security_guard", [ALL.type]);
  const statements = [...DECIDING_ROLES.map((role) => permit(role, types)), forbids];
  const denying = mail({ statements });
  const denied = await told(denying, OTHER);
  expect(await found(denied, denying, (records) => records)).toEqual([]);
  const shown = { context: { labels: [], solution: {}, payload: { key: "c" } } };
  const codes = await found(denied, denying, delivered(ALL.type, 1, shown));
  expect(codes).toContain("state/contradicts-fold");
});
