/** What another snapshot's policies would change is told of every recorded decision, by its reason. */
import { beforeAll, expect, test } from "vitest";
import { impact } from "../../../runtime/evidence/impact.ts";
import type { Snapshot } from "../../../runtime/ports.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { forbid, permit } from "../governed.ts";
import { REGISTER, rootOf, STATEMENTS, snapshot, snapshotWith, WRITTEN } from "./governed-root.ts";

let dataRoot = "";
beforeAll(() => {
  dataRoot = rootOf(WRITTEN);
});

function impactOf(after: Snapshot, before: Snapshot = snapshot) {
  const known = (id: string) => (id === snapshot.id ? snapshot : undefined);
  return impact({ files, dataRoot, before, after, snapshot: known });
}

/** Of each group: the intent, what becomes of it, and how many. */
async function changes(after: Snapshot): Promise<readonly string[]> {
  const { groups } = await impactOf(after);
  return groups.map(({ intent, change, count }) => `${intent} ${change} ${count}`);
}

test("under the same policies nothing changes", async () => {
  const found = await impactOf(snapshotWith({}));
  expect(found).toMatchObject({ ok: true, before: snapshot.id, groups: [] });
  expect(found.counts).toMatchObject({ decisions: 7, same: 7, undecided: 0 });
});

test("what would be denied is told with the statement that forbids it", async () => {
  const statements = [...STATEMENTS, forbid("city_manager", ["pgs.run"])];
  const { ok, counts, groups } = await impactOf(snapshotWith({ statements }));
  expect(ok).toBe(false);
  expect(counts).toMatchObject({ denied: 1, allowed: 0, undecidable: 0, same: 6 });
  expect(groups).toEqual([
    expect.objectContaining({
      ...{ intent: "pgs.run", change: "denied", count: 1, traces: ["t2"] },
      because: `city_manager: test::PO_CITY_MANAGER_V${STATEMENTS.length}#1`,
    }),
  ]);
});

test("what was refused and would be allowed is told with what permits it", async () => {
  const statements = STATEMENTS.filter(({ effect }) => effect === "permit");
  const { groups } = await impactOf(snapshotWith({ statements }));
  expect(groups).toEqual([
    expect.objectContaining({
      ...{ intent: REGISTER, change: "allowed", count: 1, traces: ["r1"] },
      before: expect.stringContaining("security_guard: ") as string,
    }),
  ]);
});

test("every act is decided again with what was asked of it", async () => {
  const acts = ["pgs.cancel", "pgs.end_session", "pgs.open_session"];
  const statements = [...STATEMENTS, forbid("data_steward", acts)];
  expect(await changes(snapshotWith({ statements }))).toEqual(acts.map((act) => `${act} denied 1`));
});

test("what is asked for and is gone cannot be decided", async () => {
  const gone = snapshotWith({ intents: ["pgs.boot"] });
  expect(await changes(gone)).toEqual([`${REGISTER} undecidable 1`, `${REGISTER} undecidable 1`]);
  const { groups } = await impactOf(gone);
  expect(groups[0]?.because).toBe(`there is no intent \`${REGISTER}\``);
  const workflows = [snapshot.workflows[0] as never];
  expect(await changes(snapshotWith({ workflows }))).toContain("pgs.run undecidable 1");
});

test("a payload that no longer fits cannot be decided", async () => {
  const payload = { type: "object", required: ["kind", "colour"] };
  const { groups } = await impactOf(snapshotWith({ payload }));
  expect(groups).toEqual([expect.objectContaining({ change: "undecidable", traces: ["t1"] })]);
  expect(groups[0]?.because).toContain("the payload no longer fits");
});

test("policies that may see more than a refusal's record holds cannot decide it", async () => {
  const { groups } = await impactOf(snapshotWith({ seen: ["colour"] }));
  expect(groups).toEqual([
    expect.objectContaining({
      ...{ change: "undecidable", traces: ["r1"] },
      because: "the record does not say `context.payload.colour`, which policies may see",
    }),
  ]);
});

test("under a snapshot without policies everything is denied", async () => {
  const bare = { ...snapshotWith({}), governance: () => undefined };
  const { counts } = await impactOf(bare);
  expect(counts).toMatchObject({ decisions: 7, same: 0, undecidable: 4, denied: 3 });
});

test("what was decided before is decided under the older one, where a record is of neither", async () => {
  const strict = snapshotWith({ statements: STATEMENTS.slice(1) });
  const open = snapshotWith({ statements: [...STATEMENTS, permit("security_guard", [REGISTER])] });
  const { groups } = await impactOf(open, strict);
  expect(groups).toEqual([expect.objectContaining({ change: "allowed", traces: ["t1"] })]);
});
