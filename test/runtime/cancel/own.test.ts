/** Whose own an execution is: the one who asked for it, known in the same way, and nobody else. */
import { expect, test } from "vitest";
import {
  CANCEL_ACT,
  MIGRATE_ACT,
  OPEN_SESSION_ACT,
  RUN_ACT,
} from "../../../protocol/language/acts.ts";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { governanceOf, permit } from "../governed.ts";
import { claims, goodToken } from "../identity/tokens.ts";
import { capabilitiesOf, snapshotOf } from "../protocol.ts";
import { Place } from "../sessions/place.ts";
import { APPROVE, approveGraph } from "../waiting/place.ts";
import { ASK, askGraph, asking, silence, until, WORK } from "./asking.ts";

const OWN: CedarExpression = { op: "get", of: { op: "context" }, name: "own" };
const ALL = [RUN_ACT.type, OPEN_SESSION_ACT.type, MIGRATE_ACT.type];
const OTHERS = [...ALL, CANCEL_ACT.type];

/** Everybody runs what they like and cancels what is their own. */
const governance = governanceOf({
  workflows: [ASK, APPROVE],
  statements: [
    permit("security_guard", ALL),
    permit("security_guard", [CANCEL_ACT.type], OWN),
    permit("city_manager", OTHERS),
    permit("data_steward", OTHERS),
  ],
});

let tokens = 0;

async function session(runtime: Runtime, sub: string, tenant = "default"): Promise<string> {
  tokens += 1;
  const token = goodToken({ ...claims(), sub, tenant, jti: `${tokens}` });
  return (await runtime.openSession({ token, seconds: 60 })).credential;
}

test("who asked cancels it, from any session; a namesake who is known otherwise does not", async () => {
  const { call, calls } = silence();
  const snapshot = snapshotOf([askGraph()], ["identify", "outside"], governance);
  const place = new Place({ ...asking(call), snapshot });
  await place.during(async (runtime) => {
    const [ada, again, bob] = [
      await session(runtime, "ada"),
      await session(runtime, "ada"),
      await session(runtime, "bob"),
    ];
    const namesake = await session(runtime, "operator");
    const stranger = await session(runtime, "ada", "acme");
    const hers = runtime.submit({ ...WORK, session: ada });
    const operators = runtime.submit({ ...WORK, traceId: "t2" });
    await until(() => calls.length === 2);
    const refused = (trace: string, by?: string) =>
      runtime.cancel({ trace, ...(by && { session: by }) }).then(
        () => "cancelled",
        ({ code }) => code,
      );
    expect(await refused("t1", bob)).toBe("policy/denied");
    expect(await refused("t1", namesake)).toBe("policy/denied");
    expect(await refused("t1")).toBe("policy/denied");
    expect(await refused("t1", stranger)).toBe("cancel/unknown");
    expect(await refused("t2", namesake)).toBe("policy/denied");
    expect(await refused("t1", again)).toBe("cancelled");
    expect(await refused("t2")).toBe("cancelled");
    expect([(await hers).outcome, (await operators).outcome]).toEqual(["CANCELLED", "CANCELLED"]);
  });
  const denied = place.records().filter(({ type }) => type === "refused");
  expect(denied.length).toBe(4);
  for (const record of denied) {
    expect(record).toMatchObject({
      context: { workflow: ASK, intent: RUN_ACT.type, own: false },
    });
  }
  expect(JSON.stringify(denied[0])).toContain("`t1`");
});

test("nor does the namesake where it sleeps and is being moved, at whatever moment", async () => {
  const old = snapshotOf([approveGraph()], ["identify"], governance);
  const next = snapshotOf([approveGraph(2)], ["identify"], governance);
  const snapshots = (id: string) => (id === old.id ? old : next);
  const capabilities = capabilitiesOf();
  for (let turns = 0; turns < 32; turns += 1) {
    const place = new Place({ snapshots, capabilities });
    const work = { workflow: APPROVE, payload: 1, traceId: "t1" } as const;
    await place.during((runtime) => runtime.submit(work), { snapshot: old });
    await place.during(
      async (runtime) => {
        const namesake = await session(runtime, "operator");
        const moving = [runtime.migrate({}), runtime.migrate({})];
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        const denied = { code: "policy/denied" };
        const cancel = runtime.cancel({ trace: "t1", session: namesake });
        await expect(cancel).rejects.toMatchObject(denied);
        await Promise.all(moving);
        await runtime.cancel({ trace: "t1" });
      },
      { snapshot: next },
    );
    expect(place.records().at(-1)).toMatchObject({ type: "closed", outcome: "CANCELLED" });
  }
});
