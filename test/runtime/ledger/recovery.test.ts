import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { openStore, type SqliteStore } from "../../../runtime/state/sqlite.ts";
import type { Table } from "../../../runtime/state/tables.ts";
import {
  copyOf,
  during,
  freshRoot,
  ledgerBytes,
  ledgerFile,
  open,
  recordsOf,
  statesLike,
  UNFLUSHED,
} from "../on-disk.ts";
import { REGISTER } from "../protocol.ts";

const NEWLINE = 10;
const FIRST = { workflow: REGISTER, payload: { name: "first" } };
const SECOND = { workflow: REGISTER, payload: { name: "second" } };

/** A data root with one execution in its state, and the ledger's bytes after a second one. */
async function interrupted() {
  const base = freshRoot();
  await during(base, (runtime) => runtime.submit(FIRST));
  const whole = copyOf(base);
  const answer = await during(whole, (runtime) => runtime.submit(SECOND));
  return { base, whole, before: ledgerBytes(base).length, after: ledgerBytes(whole), answer };
}

/** The base, with a ledger as a stop left it. */
function stoppedWith(base: string, ledger: Uint8Array): string {
  const root = copyOf(base);
  writeFileSync(ledgerFile(root), ledger);
  return root;
}

/** A data root whose ledger is put there anew for each start; its state is in memory. */
function ledgerAlone(): { readonly root: string; readonly put: (ledger: Uint8Array) => void } {
  const root = freshRoot();
  const put = (ledger: Uint8Array) => {
    rmSync(join(root, "ledger"), { recursive: true, force: true });
    mkdirSync(join(root, "ledger"), { recursive: true });
    writeFileSync(ledgerFile(root), ledger);
  };
  return { root, put };
}

function rowsIn(store: SqliteStore, table: Table): unknown {
  return [...store.rows(table)].map(({ _metadata, ...row }) => row);
}

function rowsOf(dataRoot: string, table: Table): unknown {
  const store = openStore(join(dataRoot, "state.db"), "reading");
  const rows = rowsIn(store, table);
  store.close();
  return rows;
}

/** A record without what differs from start to start. */
function essence({ n: _n, at: _a, prev: _p, hash: _h, ...body }: LedgerRecord): unknown {
  return body;
}

describe("L4 exactly once: a ledger cut at any byte", () => {
  test("goes on to the same end, with the same fingerprint and the same state", async () => {
    const { base, whole, before, after, answer } = await interrupted();
    const opened = after.indexOf("\n", before) + 1;
    const state = statesLike(base);
    const registered = rowsOf(whole, "registry");
    const announced = rowsOf(whole, "stream");
    const expected = recordsOf(whole, answer.trace_id).map(essence);
    const { root, put } = ledgerAlone();
    for (let length = before + 1; length <= after.length; length += 1) {
      put(after.subarray(0, length));
      const store = state();
      const ports = { ...UNFLUSHED, store: () => store };
      const { continued, cuts } = await during(root, async ({ recovery }) => recovery, { ports });
      expect(cuts.length).toBe(after[length - 1] === NEWLINE ? 0 : 1);
      const records = recordsOf(root, answer.trace_id);
      if (length < opened) {
        expect(records).toEqual([]);
        continue;
      }
      expect(continued).toEqual(length === after.length ? [] : [answer.trace_id]);
      expect(records.map(essence)).toEqual(expected);
      expect(rowsIn(store, "registry")).toEqual(registered);
      expect(rowsIn(store, "stream")).toEqual(announced);
    }
  });

  test("keeps the cut bytes aside and names them in a record", async () => {
    const { base, before, after } = await interrupted();
    const root = stoppedWith(base, after.subarray(0, before + 100));
    const [cut] = await during(root, async ({ recovery }) => recovery.cuts);
    expect(cut).toMatchObject({ segment: "00000001.jsonl", offset: before, bytes: 100 });
    expect(readdirSync(join(root, "ledger", "cut"))).toEqual([`00000001-${before}.bin`]);
    const last = recordsOf(root).at(-1);
    expect(last).toMatchObject({ type: "cut", seq: 1, bytes: 100 });
    // A second start finds nothing to cut.
    expect(await during(root, async ({ recovery }) => recovery.cuts)).toEqual([]);
  });

  test("is refused where something acknowledged is missing", async () => {
    const { whole, after } = await interrupted();
    for (const length of [0, 1, after.length - 200, after.length - 1]) {
      const root = stoppedWith(whole, after.subarray(0, length));
      await expect(open(root)).rejects.toMatchObject({
        family: "evidence",
        code: "ledger/truncated",
      });
    }
  });
});

describe("L5 evidence: a ledger that was changed", () => {
  test("is refused at the first start, whatever byte of it differs", async () => {
    const { whole, after } = await interrupted();
    const lines = after.toString("latin1").split("\n");
    const store = statesLike(whole)();
    const ports = { ...UNFLUSHED, store: () => store };
    const { root, put } = ledgerAlone();
    for (let at = 0; at < after.length; at += 1) {
      const changed = Buffer.from(after);
      changed[at] = (changed[at] ?? 0) ^ 1;
      put(changed);
      const refused = await open(root, { ports }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refusal);
      const { family, message } = refused as Refusal;
      expect(family).toBe("evidence");
      const line = after.subarray(0, at).toString("latin1").split("\n").length;
      const named = message.includes(`${ledgerFile(root)}, line ${line}, byte `);
      // The last newline: what stands before it is no whole line any more.
      expect(named || line >= lines.length - 1).toBe(true);
    }
  });

  test("is refused where a line is missing, doubled or moved", async () => {
    const { whole, after } = await interrupted();
    const lines = after.toString().split(/(?<=\n)/);
    const [one = "", two = "", ...rest] = lines;
    const cases = {
      missing: [one, ...rest],
      doubled: [one, two, two, ...rest],
      moved: [two, one, ...rest],
    };
    for (const [name, forged] of Object.entries(cases)) {
      const root = stoppedWith(whole, Buffer.from(forged.join("")));
      await expect(open(root), name).rejects.toMatchObject({ family: "evidence" });
    }
  });

  test("is refused where a segment is missing", async () => {
    const { whole } = await interrupted();
    const folder = join(whole, "ledger");
    copyFileSync(ledgerFile(whole), join(folder, "00000003.jsonl"));
    await expect(open(whole)).rejects.toMatchObject({ code: "ledger/missing-segment" });
  });
});

describe("a start", () => {
  test("after a clean stop rewrites nothing", async () => {
    const root = freshRoot();
    await during(root, (runtime) => runtime.submit(FIRST));
    const replaced: string[] = [];
    const { systemFiles } = await import("../../../runtime/system-ports.ts");
    const { SYSTEM_PORTS } = await import("../../../runtime/runtime-options.ts");
    const files = {
      ...systemFiles,
      replace: (path: string, data: Uint8Array) => {
        replaced.push(path);
        systemFiles.replace(path, data);
      },
    };
    await during(root, async () => {}, { ports: { ...SYSTEM_PORTS, files } });
    expect(replaced).toEqual([]);
    const { after, base } = await interrupted();
    const unclean = stoppedWith(base, after);
    await during(unclean, async () => {}, { ports: { ...SYSTEM_PORTS, files } });
    expect(replaced).toEqual([ledgerFile(unclean)]);
  });

  test("L6: without its state folds the same rows from the ledger", async () => {
    const { whole } = await interrupted();
    const copy = freshRoot();
    mkdirSync(join(copy, "ledger"), { recursive: true });
    copyFileSync(ledgerFile(whole), ledgerFile(copy));
    await during(copy, async () => {});
    expect(existsSync(join(copy, "state.db"))).toBe(true);
    for (const table of ["registry", "stream", "document", "execution"] as const) {
      expect(rowsOf(copy, table)).toEqual(rowsOf(whole, table));
    }
  });

  test("counts its epoch one higher than the last", async () => {
    const root = freshRoot();
    for (const name of ["a", "b", "c"]) {
      await during(root, (runtime) => runtime.submit({ workflow: REGISTER, payload: { name } }));
    }
    const epochs = recordsOf(root).flatMap((record) =>
      record.type === "opened" ? [record.epoch] : [],
    );
    expect(epochs).toEqual([1, 2, 3]);
  });
});
