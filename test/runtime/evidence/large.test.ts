/** A ledger that memory does not hold is checked as any other: what is put aside says the same. */
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { FoldInMemory } from "../../../runtime/evidence/fold-in-memory.ts";
import { ledgerSize } from "../../../runtime/evidence/progress.ts";
import { replayFull, replayState } from "../../../runtime/evidence/replay.ts";
import { openScratch } from "../../../runtime/evidence/scratch.ts";
import type { Change, Files } from "../../../runtime/ports.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { during, freshRoot, ledgerBytes } from "../on-disk.ts";
import { capabilitiesOf, REGISTER } from "../protocol.ts";
import { recordedRoot, snapshot, verified } from "./recorded-root.ts";

const key = fc.constantFrom("a", "b", "c");
const place = fc.record({
  tenant: fc.constantFrom("x", "y"),
  store: fc.constantFrom("d/s", "d/t"),
});
type Asked = { readonly kind: string; readonly key: string; readonly value: number };
const asked = fc.tuple(
  place,
  fc.record<Asked>({
    kind: fc.constantFrom("register", "revoke", "append", "put", "remove"),
    key,
    value: fc.nat(9),
  }),
);

test("what was put aside is found as what is in memory", () => {
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (all, most) => {
      const aside = openScratch(undefined);
      const [plain, spilled] = [new FoldInMemory(), new FoldInMemory(aside, most)];
      for (const [where, { kind, key, value }] of all) {
        const change = {
          ...where,
          ...{ kind, key, value, event: value },
          position: plain.streamLength(where) + 1,
          version: (plain.document(where, key)?.version ?? 0) + 1,
        } as unknown as Change;
        for (const fold of [plain, spilled]) fold.take(change);
        const told = (fold: FoldInMemory) => ({
          registry: ["a", "b", "c"].map((one) => fold.registry(where, one)),
          documents: ["a", "b", "c"].map((one) => fold.document(where, one)),
          length: fold.streamLength(where),
          events: [1, 2, 5, 9].map((from) => [from, 1, 4].map((n) => fold.events(where, from, n))),
        });
        expect(told(spilled)).toEqual(told(plain));
      }
      aside.close();
    }),
    { numRuns: 150 },
  );
});

/** More lines than progress is told after. */
const EXECUTIONS = 900;
let dataRoot = "";
let scratch = "";
beforeAll(async () => {
  dataRoot = await recordedRoot();
  await during(
    dataRoot,
    async (runtime) => {
      const works = Array.from({ length: EXECUTIONS }, (_, n) =>
        runtime.submit({ workflow: REGISTER, payload: { name: `n${n}`, n } }),
      );
      await Promise.all(works);
    },
    { snapshot, snapshots: () => snapshot },
  );
  scratch = join(dirname(dataRoot), "scratch");
  mkdirSync(scratch);
}, 60_000);

function nothingLeft(): void {
  const left = readdirSync(scratch).flatMap((name) => readdirSync(join(scratch, name)));
  expect(left).toEqual([]);
}

test("a full replay of a ledger counts, tells how far it is, and leaves nothing behind", async () => {
  const told: number[][] = [];
  const replay = await replayFull(
    { kind: "ledger", files, dataRoot, scratch },
    {
      snapshot: () => snapshot,
      capabilities: capabilitiesOf(),
      allowChangedCapabilities: false,
      vault: openVault(dataRoot, files),
      progress: (...progress) => told.push(progress),
    },
  );
  expect(replay).toMatchObject({ ok: true, executions: EXECUTIONS + 3, problems: [] });
  expect(told).toEqual([[4_096, expect.any(Number), ledgerBytes(dataRoot).length]]);
  expect(told[0]?.[1]).toBeLessThan(ledgerBytes(dataRoot).length);
  nothingLeft();
});

test("a verification beside a scratch folder finds what one in memory finds", async () => {
  const told: number[][] = [];
  const progress = (...all: readonly number[]) => void told.push([...all]);
  const found = await verified(dataRoot, { scratch, progress });
  expect(found).toEqual(await verified(dataRoot));
  expect(found).toMatchObject({ ok: true, unprojected: EXECUTIONS });
  expect(told).toHaveLength(1);
  nothingLeft();
});

test("a state that is folded beside a scratch folder is the same", () => {
  const source = { kind: "ledger", files, dataRoot } as const;
  expect(replayState({ ...source, scratch })).toEqual(replayState(source));
  nothingLeft();
});

test("a ledger is read in pieces, whatever its size", async () => {
  let largest = 0;
  const readAt: Files["readAt"] = (path, offset, length) => {
    largest = Math.max(largest, length);
    return files.readAt(path, offset, length);
  };
  const read: Files["read"] = (path) => {
    expect(path).not.toContain("ledger");
    return files.read(path);
  };
  await verified(dataRoot, { files: { ...files, readAt, read }, scratch });
  expect(largest).toBeLessThanOrEqual(1024 * 1024);
  expect(ledgerSize(files, dataRoot)).toBe(ledgerBytes(dataRoot).length);
  expect(ledgerSize(files, freshRoot())).toBe(0);
});
