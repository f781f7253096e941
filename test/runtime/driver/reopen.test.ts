import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { LedgerRecord, RecordBody } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import type { ClosedExecution } from "../../../runtime/runtime-options.ts";
import { during, freshRoot, ledgerBytes, ledgerFile, open, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, REGISTER, registerGraph, snapshotOf } from "../protocol.ts";

const OLD = snapshotOf([registerGraph()], ["identify"]);

/** The same workflow, compiled later: its exit says more. */
function laterGraph(): Graph {
  const graph = registerGraph();
  const nodes = graph.nodes.map((node) =>
    node.name === "registered" && node.kind === "exit" ? { ...node, outcome: "WELCOME" } : node,
  );
  return { ...graph, nodes };
}
const NEW = snapshotOf([laterGraph()], ["identify"]);

/** A data root without a state, whose one execution stopped after so many records. */
async function stoppedAfter(count: number) {
  const whole = freshRoot();
  const work = { workflow: REGISTER, payload: { name: "a" }, traceId: "t1" };
  const answer = await during(whole, (runtime) => runtime.submit(work), { snapshot: OLD });
  const lines = ledgerBytes(whole)
    .toString()
    .split(/(?<=\n)/);
  const root = freshRoot();
  await during(root, async () => {}, { snapshot: OLD });
  writeFileSync(ledgerFile(root), lines.slice(0, count).join(""));
  return { root, answer, lines };
}

describe("an execution that is found open", () => {
  test("goes on under the snapshot that it began with, whatever is current now", async () => {
    const { root, answer } = await stoppedAfter(2);
    const closed: ClosedExecution[] = [];
    await during(
      root,
      async (runtime) => {
        expect(runtime.recovery.continued).toEqual(["t1"]);
        const next = await runtime.submit({ workflow: REGISTER, payload: { name: "b" } });
        expect(next.outcome).toBe("WELCOME");
      },
      { snapshot: NEW, snapshots: () => OLD, onClosed: (one) => void closed.push(one) },
    );
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({
      type: "closed",
      outcome: "SUCCESS",
      fingerprint: answer.fingerprint,
    });
    // Its trace is told too: the records of both writers.
    expect(closed[0]?.records.length).toBe(5);
    expect(Buffer.from(closed[0]?.lines ?? "").toString()).toBe(
      ledgerBytes(root)
        .toString()
        .split(/(?<=\n)/)
        .slice(0, 5)
        .join(""),
    );
  });

  test("calls nothing again whose answer is recorded", async () => {
    const { root } = await stoppedAfter(2);
    let calls = 0;
    const capabilities = capabilitiesOf({
      identify: () => {
        calls += 1;
        return { outcome: "SUCCESS", output: { id: "another" } };
      },
    });
    await during(root, async () => {}, { snapshot: OLD, capabilities });
    expect(calls).toBe(0);
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", exit: "registered" });
  });

  test("stays open while its snapshot is gone, and goes on when it is back", async () => {
    const { root } = await stoppedAfter(3);
    const snapshots = () => {
      throw new Refusal("usage", "snapshot/not-found", "it is gone");
    };
    await during(
      root,
      async (runtime) => {
        const { continued, stuck } = runtime.recovery;
        expect(continued).toEqual([]);
        expect(stuck).toMatchObject([{ trace: "t1", code: "snapshot/not-found" }]);
        await runtime.submit({ workflow: REGISTER, payload: { name: "b" } });
      },
      { snapshot: NEW, snapshots },
    );
    const back = { snapshot: NEW, snapshots: () => OLD };
    expect(await during(root, async ({ recovery }) => recovery.continued, back)).toEqual(["t1"]);
  });

  test("whose records its graph does not make again is evidence that does not hold", async () => {
    const { root } = await stoppedAfter(3);
    const graph = registerGraph();
    const nodes = graph.nodes.map((node) =>
      node.kind === "effect" ? { ...node, store: "test/elsewhere" } : node,
    );
    const changed = { ...OLD, graph: () => ({ ...graph, nodes }) };
    await expect(open(root, { snapshot: changed })).rejects.toMatchObject({
      family: "evidence",
      code: "ledger/diverged",
    });
  });
});

test("a start that is refused in the middle lets go of everything", async () => {
  const { root, lines } = await stoppedAfter(2);
  // The second record says that another edge was taken than the graph has.
  const forged = lines.slice(0, 2).map((line) => JSON.parse(line) as LedgerRecord);
  const {
    n,
    trace,
    seq,
    at,
    prev,
    hash: _,
    ...body
  } = forged[1] as LedgerRecord & { hash: string };
  const changed = { ...body, to: "announce" } as RecordBody;
  const { line } = writeLine({ n, trace, seq, at, prev }, changed);
  writeFileSync(ledgerFile(root), `${lines[0]}${line}`);
  const refused = during(root, async () => {}, { snapshot: OLD });
  await expect(refused).rejects.toMatchObject({ code: "ledger/diverged" });
  // Nobody holds the data root, and nothing was written.
  const again = during(root, async () => {}, { snapshot: OLD });
  await expect(again).rejects.toMatchObject({ code: "ledger/diverged" });
  expect(recordsOf(root).length).toBe(2);
});

test("a recorded payload that no intake would have taken is refused", async () => {
  const { root, lines } = await stoppedAfter(1);
  const record = JSON.parse(lines[0] ?? "") as LedgerRecord & { hash: string };
  const { n, trace, seq, at, prev, hash: _, ...body } = record;
  const changed = { ...body, payload: { name: 7 } } as unknown as RecordBody;
  writeFileSync(ledgerFile(root), writeLine({ n, trace, seq, at, prev }, changed).line);
  const refused = during(root, async () => {}, { snapshot: OLD });
  await expect(refused).rejects.toMatchObject({ family: "evidence", code: "ledger/diverged" });
});
