/**
 * Open executions moved to another snapshot, wherever they had stopped: under a process, half a call
 * and asleep. What fits goes on there to its end; what does not is told where it differs.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Graph, type GraphNode, ON_CANCEL } from "../../../protocol/language/graph.ts";
import { deepFreeze } from "../../../protocol/language/json.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { openVault, replayFull } from "../../../runtime/index.ts";
import type { Snapshot } from "../../../runtime/ports.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { type RuntimeOptions, SYSTEM_PORTS } from "../../../runtime/runtime-options.ts";
import { askGraph, said, types, WORK } from "../cancel/asking.ts";
import { goodToken, settings } from "../identity/tokens.ts";
import {
  during,
  freshRoot,
  ledgerBytes,
  ledgerFile,
  open,
  recordsOf,
  UNFLUSHED,
} from "../on-disk.ts";
import { capabilitiesOf, snapshotOf } from "../protocol.ts";
import { APPROVE, approveGraph, BEGAN_MS, DAY_MS, handClock, portsAt } from "../waiting/place.ts";

/** The graph with some nodes changed. */
function changed(graph: Graph, change: (node: GraphNode) => GraphNode): Graph {
  return deepFreeze({ ...graph, nodes: graph.nodes.map((node) => change(structuredClone(node))) });
}

const renamed = (graph: Graph) =>
  changed(graph, (node) => (node.name === "done" ? { ...node, name: "finished" } : node));

const IMPLEMENTED = ["identify", "outside"];
const OLD = snapshotOf([askGraph()], IMPLEMENTED);
const NEW = snapshotOf([renamed(askGraph())], IMPLEMENTED);

function under(snapshot: Snapshot, all: readonly Snapshot[] = [OLD, NEW]) {
  const snapshots = (id: string) => {
    const found = all.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no snapshot ${id}`);
    return found;
  };
  return { snapshot, snapshots, capabilities: capabilitiesOf({}, { outside: said }) };
}

/** Everything replayed, each execution under the snapshots that it went under. */
function replayed(dataRoot: string, { snapshots, capabilities }: ReturnType<typeof under>) {
  const { files } = SYSTEM_PORTS;
  return replayFull(
    { kind: "ledger", files, dataRoot },
    {
      snapshot: snapshots,
      capabilities,
      allowChangedCapabilities: false,
      vault: openVault(dataRoot, files),
    },
  );
}

/** A data root without a state, whose one execution stopped after so many records. */
async function stoppedAfter(count: number, options: Partial<RuntimeOptions>): Promise<string> {
  const root = freshRoot();
  await during(root, (runtime) => runtime.submit(WORK), options);
  const lines = ledgerBytes(root)
    .toString()
    .split(/(?<=\n)/);
  writeFileSync(ledgerFile(root), lines.slice(0, count).join(""));
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(root, file), { force: true });
  }
  return root;
}

const migrate = (runtime: Runtime) => runtime.migrate({});

function fate(records: readonly LedgerRecord[]): object {
  const closed = records.at(-1);
  return closed?.type === "closed" ? { exit: closed.exit, outcome: closed.outcome } : {};
}

describe("an execution that a stop left open", () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    "after %i records goes on where it was moved to",
    async (count) => {
      const root = await stoppedAfter(count, under(OLD));
      const [moved] = await during(root, migrate, { ...under(NEW), hold: true });
      expect(moved).toMatchObject({ trace_id: "t1", from: OLD.id, fits: true, moved: true });
      await during(root, async () => {}, under(NEW));
      const records = recordsOf(root, "t1");
      expect(types(records).filter((type) => type === "migrated")).toHaveLength(1);
      expect(records[count]).toMatchObject({ type: "migrated", from: OLD.id, to_snapshot: NEW.id });
      // An attempt that was under way is made again, the same one; nothing is begun anew.
      expect(fate(records)).toEqual({ exit: "finished", outcome: "SUCCESS" });
      expect(await replayed(root, under(NEW))).toMatchObject({ ok: true, divergence: null });
    },
  );

  test("is moved also where the snapshot that it began with is gone, and goes on", async () => {
    const root = await stoppedAfter(5, under(OLD));
    const gone = under(NEW, [NEW]);
    expect(await during(root, migrate, { ...gone, hold: true })).toMatchObject([{ moved: true }]);
    await during(root, async () => {}, gone);
    expect(fate(recordsOf(root, "t1"))).toEqual({ exit: "finished", outcome: "SUCCESS" });
  });

  test("is moved once by two at once", async () => {
    const root = await stoppedAfter(4, under(OLD));
    const twice = (runtime: Runtime) => Promise.all([migrate(runtime), migrate(runtime)]);
    const told = await during(root, twice, { ...under(NEW), hold: true });
    expect(told.flat().filter(({ moved }) => moved)).toHaveLength(1);
    const moves = recordsOf(root, "t1").filter(({ type }) => type === "migrated");
    expect(moves).toHaveLength(1);
  });

  /** Ends otherwise where it is cancelled. */
  const ending = (graph: Graph) =>
    changed(graph, (node) => (node.name === ON_CANCEL ? { ...node, result: NEITHER } : node));
  const NEITHER = { literal: "neither" };

  test.each(Array.from({ length: 24 }, (_, turns) => turns - 8))(
    "that is cancelled %i turns behind the move ends under the snapshot that it is under",
    async (turns) => {
      const root = await stoppedAfter(4, under(OLD));
      const other = snapshotOf([ending(askGraph())], IMPLEMENTED);
      const all = under(other, [OLD, other]);
      const cancel = (runtime: Runtime) => runtime.cancel({ trace: "t1" });
      const [first, second] = turns < 0 ? [cancel, migrate] : [migrate, cancel];
      const both = async (runtime: Runtime) => {
        const one = first(runtime);
        for (let turn = 0; turn < Math.abs(turns); turn += 1) await Promise.resolve();
        await Promise.all([one, second(runtime)]);
      };
      await during(root, both, { ...all, hold: true });
      expect(fate(recordsOf(root, "t1"))).toMatchObject({ outcome: "CANCELLED" });
      expect(await replayed(root, all)).toMatchObject({ ok: true, divergence: null });
    },
  );

  test("can be moved back, and is told once that there is nothing to do", async () => {
    const root = await stoppedAfter(4, under(OLD));
    const to = (snapshot: Snapshot) => during(root, migrate, { ...under(snapshot), hold: true });
    expect(await to(NEW)).toMatchObject([{ moved: true }]);
    expect(await to(NEW)).toMatchObject([{ fits: true, moved: false, from: NEW.id }]);
    expect(await to(OLD)).toMatchObject([{ moved: true, from: NEW.id }]);
    await during(root, async () => {}, under(NEW));
    expect(fate(recordsOf(root, "t1"))).toEqual({ exit: "done", outcome: "SUCCESS" });
    expect(await replayed(root, under(NEW))).toMatchObject({ ok: true, divergence: null });
  });

  const stops = (graph: Graph) =>
    changed(graph, (node) => {
      const done = graph.nodes.findIndex(({ name }) => name === "done");
      if (node.name !== "choose") return node;
      return { ...node, edges: node.edges.map((edge) => ({ ...edge, to: done })) };
    });
  const elsewhere = (graph: Graph) =>
    changed(graph, (node) =>
      node.kind === "effect" && node.name === "note" ? { ...node, store: "test/other" } : node,
    );
  const without = (graph: Graph) =>
    changed(graph, (node) => (node.name === "note" ? { ...node, name: "noted" } : node));
  const otherwise = (graph: Graph) =>
    changed(graph, (node) =>
      node.kind === "external" && node.name === "ask"
        ? { ...node, input: { literal: "other" } }
        : node,
    );

  test.each([
    ["whose path ends before", stops, 5, { seq: 4, node: "choose", field: "/to" }],
    ["that writes to another store", elsewhere, 5, { seq: 3, node: "note", field: "/store" }],
    ["in which a node is called otherwise", without, 5, { seq: 2, node: "identify", field: "/to" }],
    ["that asks for something else", otherwise, 7, { seq: 5, node: "ask", field: "/input" }],
  ] as const)("does not fit a graph %s, and stays", async (_, change, count, hindrance) => {
    const root = await stoppedAfter(count, under(OLD));
    const other = snapshotOf([change(askGraph())], IMPLEMENTED);
    const all = under(other, [OLD, other]);
    const before = recordsOf(root, "t1");
    const [moved] = await during(root, migrate, { ...all, hold: true });
    expect(moved).toMatchObject({ fits: false, moved: false, hindrance });
    expect(recordsOf(root, "t1")).toEqual(before);
    await during(root, async () => {}, all);
    expect(fate(recordsOf(root, "t1"))).toEqual({ exit: "done", outcome: "SUCCESS" });
  });
});

describe("an execution that sleeps", () => {
  const old = snapshotOf([approveGraph()], IMPLEMENTED);
  const stricter = snapshotOf([approveGraph(2, true)], IMPLEMENTED);
  const sooner = snapshotOf(
    [
      changed(approveGraph(), (node) =>
        node.kind === "await" ? { ...node, limit: { afterMs: DAY_MS } } : node,
      ),
    ],
    IMPLEMENTED,
  );
  const all = [old, stricter, sooner];
  const work = { workflow: APPROVE, payload: 1, traceId: "t1" } as const;

  test("goes by the law of the graph that it was moved to: more people, and not who asked", async () => {
    const root = freshRoot();
    const ports = portsAt(handClock(BEGAN_MS));
    await during(root, (runtime) => runtime.submit(work), { ...under(old, all), ports });
    const to = { ...under(stricter, all), ports };
    expect(await during(root, migrate, { ...to, hold: true })).toMatchObject([{ moved: true }]);
    const told = { trace: "t1", name: "APPROVE", payload: { why: "so" } };
    const telling = (runtime: Runtime) => runtime.signal(told).catch(({ code }) => code);
    expect(await during(root, telling, to)).toBe("signal/requester");
    expect(await during(root, telling, { ...to, principal: "other" })).toBe("signal/requester");
    const token = goodToken({ sub: "other", tenant: "default" }, BEGAN_MS / 1_000);
    const byToken = async (runtime: Runtime) => {
      const { credential } = await runtime.openSession({ token, seconds: 60 });
      return runtime.signal({ ...told, session: credential });
    };
    const known = { ...to, identity: settings() };
    expect(await during(root, byToken, known)).toMatchObject({ said: 1, people: 2 });
    expect(await replayed(root, under(old, all))).toMatchObject({ ok: true, divergence: null });
  });

  test("is not looked at where the ledger has failed: that is what is told", async () => {
    const root = freshRoot();
    const ports = portsAt(handClock(BEGAN_MS));
    await during(root, (runtime) => runtime.submit(work), { ...under(old, all), ports });
    const flush = () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
    const openAppend = (path: string) => ({ ...UNFLUSHED.files.openAppend(path), flush });
    const failing = { ...ports, files: { ...UNFLUSHED.files, openAppend } };
    const runtime = await open(root, { ...under(stricter, all), ports: failing });
    for (let asked = 0; asked < 2; asked += 1) {
      const failed = { family: "viability", code: "ledger/flush-failed" };
      await expect(migrate(runtime)).rejects.toMatchObject(failed);
    }
    await runtime.close().catch(() => {});
  });

  const tell = (runtime: Runtime) =>
    runtime.signal({ trace: "t1", name: "APPROVE", payload: { why: "so" } });
  const end = (runtime: Runtime) => runtime.cancel({ trace: "t1" });

  test.each(Array.from({ length: 32 }, (_, turns) => [turns]))(
    "is there, %i turns behind two moves, for who comes to end it or to tell it something",
    async (turns) => {
      const other = snapshotOf([renamed(approveGraph())], IMPLEMENTED);
      for (const act of [end, tell]) {
        const root = freshRoot();
        const ports = portsAt(handClock(BEGAN_MS));
        await during(root, (runtime) => runtime.submit(work), { ...under(old, all), ports });
        const meanwhile = async (runtime: Runtime) => {
          const moving = [migrate(runtime), migrate(runtime)];
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          await Promise.all([act(runtime), ...moving]);
        };
        const to = under(other, [old, other]);
        await during(root, meanwhile, { ...to, ports });
        const is = act === end ? { outcome: "CANCELLED" } : { outcome: "APPROVED" };
        expect(fate(recordsOf(root, "t1"))).toMatchObject(is);
        expect(await replayed(root, to)).toMatchObject({ ok: true, divergence: null });
      }
    },
  );

  test("does not fit where it would have waited for less, and keeps its time", async () => {
    const root = freshRoot();
    const clock = handClock(BEGAN_MS);
    const ports = portsAt(clock);
    await during(root, (runtime) => runtime.submit(work), { ...under(old, all), ports });
    const to = { ...under(sooner, all), ports };
    const [moved] = await during(root, migrate, { ...to, hold: true });
    const hindrance = { seq: 3, node: "wait", field: "/until" };
    expect(moved).toMatchObject({ fits: false, moved: false, hindrance });
    clock.to(BEGAN_MS + 2 * DAY_MS);
    const waits = await during(
      root,
      async (runtime) => {
        await runtime.wake();
        return recordsOf(root, "t1").length;
      },
      to,
    );
    expect(waits).toBe(3);
  });
});
