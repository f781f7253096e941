/** What a forged record says a node answered, and no node of the sealed graph can answer. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { replayFull } from "../../../runtime/evidence/replay.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { during, freshRoot, ledgerFile, recordsOf } from "../on-disk.ts";
import { capabilitiesOf, REGISTER, registerGraph, snapshotOf } from "../protocol.ts";

/** As the compiler writes it: what a store can always give has no edge for a fault. */
function compiledGraph(): Graph {
  const graph = registerGraph();
  const nodes = graph.nodes.map((node) =>
    node.name === "announce"
      ? { ...node, edges: node.edges.filter(({ outcome }) => outcome !== "FAULT") }
      : node,
  );
  return { ...graph, nodes };
}
const snapshot = snapshotOf([compiledGraph()], ["identify"]);
const under = { snapshot, snapshots: () => snapshot };

const base = freshRoot();
await during(
  base,
  (runtime) => runtime.submit({ workflow: REGISTER, payload: { name: "a" }, traceId: "t1" }),
  under,
);
const records = recordsOf(base, "t1");

/** The lines of the trace up to the announcement, which says something else. */
function forged(change: JsonObject): string {
  let prev: Digest = NO_DIGEST;
  return records
    .slice(0, 4)
    .map((record, index) => {
      const { n, trace, seq, at } = record;
      const body = { ...(bodyOf(record) as JsonObject), ...(index === 3 ? change : {}) };
      const made = writeLine({ n, trace, seq, at, prev }, body as unknown as RecordBody);
      prev = made.hash;
      return made.line;
    })
    .join("");
}

const reason = { code: "fault/unfit-output", message: "x" };
const FORGERIES: readonly [law: string, change: JsonObject, field: string][] = [
  [
    "a fault of a node that has none",
    { outcome: "FAULT", output: undefined as never, to: "on_fault", reason },
    "/outcome",
  ],
  ["an outcome that is not declared", { outcome: "GONE" }, "/outcome"],
  ["a declared outcome without an output", { output: undefined as never }, "/output"],
  ["an output that no store gives", { output: {} }, "/output"],
];

test.each(FORGERIES)("a full replay names %s", async (_, change, field) => {
  const path = join(dirname(base), "forged.jsonl");
  writeFileSync(path, forged(change));
  const replay = await replayFull(
    { kind: "trace", files, path },
    {
      snapshot: () => snapshot,
      capabilities: capabilitiesOf(),
      allowChangedCapabilities: false,
      vault: openVault(base, files),
    },
  );
  expect(replay.ok).toBe(false);
  expect(replay.divergence).toMatchObject({ trace: "t1", seq: 4, node: "announce" });
  expect(replay.divergence?.field.startsWith(field)).toBe(true);
});

test.each(FORGERIES)("a start refuses %s", async (_, change) => {
  const root = freshRoot();
  await during(root, async () => {}, under);
  writeFileSync(ledgerFile(root), forged(change));
  await expect(during(root, async () => {}, under)).rejects.toMatchObject({
    // What no fold can take is refused before the machine comes to it.
    code: expect.stringMatching(/^(ledger\/diverged|line\/members)$/) as string,
  });
});
