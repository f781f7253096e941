/** A stored state follows one ledger: another's is refused, however alike the two are. */
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { list } from "../../../runtime/evidence/list.ts";
import { traceInLedger } from "../../../runtime/evidence/trace-in-ledger.ts";
import { verifyState } from "../../../runtime/evidence/verify-state.ts";
import { removeState } from "../../../runtime/state/open.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { during, freshRoot, ledgerBytes, open, UNFLUSHED } from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const REFUSED = { family: "evidence", code: "state/other-ledger" };
const ports = { ...UNFLUSHED, clock: { ...UNFLUSHED.clock, now: () => 1_800_000_000_000 } };

/** Registers names that begin with one letter: two roots differ in nothing but that. */
async function rootOf(letter: string, count: number): Promise<string> {
  const root = freshRoot();
  await during(
    root,
    async (runtime) => {
      for (let n = 0; n < count; n += 1) {
        const work = { workflow: REGISTER, payload: { name: `${letter}${n}` } };
        await runtime.submit({ ...work, traceId: `t${n}` });
      }
    },
    { ports },
  );
  return root;
}

/** Whatever of it the writer's connection has not let go of yet. */
function copyState(from: string, to: string): void {
  removeState(files, to);
  for (const name of ["state.db", "state.db-wal"]) {
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
  }
}

/** A ledger with the state of one that ends at the same position and byte. */
async function exchanged(): Promise<{ readonly mine: string; readonly own: Buffer }> {
  const [mine, other] = [await rootOf("k", 9), await rootOf("m", 9)];
  expect(ledgerBytes(mine).length).toBe(ledgerBytes(other).length);
  copyState(other, mine);
  return { mine, own: ledgerBytes(mine) };
}

test("a start refuses another ledger's state, changes nothing, and goes on without it", async () => {
  const { mine, own } = await exchanged();
  await expect(open(mine)).rejects.toMatchObject(REFUSED);
  expect(ledgerBytes(mine)).toEqual(own);
  removeState(files, mine);
  const again = await during(mine, (runtime) =>
    runtime.submit({ workflow: REGISTER, payload: { name: "k7" } }),
  );
  expect(again.outcome).toBe("ALREADY_EXISTS");
});

test("readers refuse or name it, too", async () => {
  const { mine } = await exchanged();
  expect(() => list({ files, dataRoot: mine })).toThrow(expect.objectContaining(REFUSED));
  const { problems } = verifyState({ files, dataRoot: mine });
  expect(problems.map(({ code }) => code)).toEqual([REFUSED.code]);
  // One trace is judged by the ledger alone.
  expect(traceInLedger(files, mine, "t7")?.problems).toEqual([]);
});

test("a ledger that was written on since is still the state's own", async () => {
  const root = await rootOf("k", 3);
  const before = freshRoot();
  files.makeFolder(before);
  copyState(root, before);
  await during(root, (runtime) => runtime.submit({ workflow: REGISTER, payload: { name: "z" } }));
  copyState(before, root);
  expect(list({ files, dataRoot: root })).toHaveLength(4);
  const again = await during(root, (runtime) =>
    runtime.submit({ workflow: REGISTER, payload: { name: "z" } }),
  );
  expect(again.outcome).toBe("ALREADY_EXISTS");
});
