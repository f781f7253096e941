/** Sealed values: with the keys a replay is complete, without them the chain and the path still hold. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { examine } from "../../../runtime/evidence/examine.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { linesOfFile } from "../../../runtime/evidence/raw-lines.ts";
import { readTrace } from "../../../runtime/evidence/read-trace.ts";
import { type ReplaySource, replayFull, replayState } from "../../../runtime/evidence/replay.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files, systemEntropy } from "../../../runtime/system-ports.ts";
import { projectTrace, underOf, writeProjection } from "../../../runtime/traces/project.ts";
import { copyOf, during, freshRoot } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";
import { paint, traceFile, tracesOf } from "./recorded-root.ts";

const SECRET = "correct horse battery staple";
const secretPlace = [{ path: ["secret"], labels: ["secret" as const] }];
const anything = { type: "object" };

const maker = new GraphMaker("test::WF_SECRET_V0", anything).sealPayload(["secret"]);
const graph = maker
  .transform(
    "derive",
    {
      implementation: "echo",
      input: { read: [0] },
      outcomes: { SUCCESS: anything },
      seal: { SUCCESS: secretPlace },
      confidential: true,
    },
    { SUCCESS: "keep" },
  )
  .effect(
    "keep",
    {
      semantics: "document",
      store: "test/secrets",
      operation: "PUT",
      input: {
        object: [
          ["key", { literal: "k" }],
          ["value", { read: [maker.slot("derive")] }],
        ],
      },
      sealInput: [{ path: ["value", "secret"], labels: ["secret"] }],
    },
    { SUCCESS: "read_back" },
  )
  .effect(
    "read_back",
    {
      semantics: "document",
      store: "test/secrets",
      operation: "GET",
      input: { object: [["key", { literal: "k" }]] },
      seal: { SUCCESS: [{ path: ["value", "secret"], labels: ["secret"] }] },
    },
    { SUCCESS: "kept", NOT_FOUND: "on_fault" },
  )
  .exit("kept", "SUCCESS", { read: [maker.slot("read_back")] }, [
    { path: ["value", "secret"], labels: ["secret"] },
  ])
  .exit("on_fault", "FAULTED")
  .graph();
const snapshot = snapshotOf([graph], ["echo"]);

async function recorded(...traces: readonly string[]): Promise<string> {
  const dataRoot = freshRoot();
  const payload = { secret: SECRET, open: "anybody may read this" };
  await during(
    dataRoot,
    async (runtime) => {
      for (const traceId of traces) {
        await runtime.submit({ workflow: graph.workflow, payload, traceId });
      }
    },
    {
      snapshot,
      snapshots: () => snapshot,
      onClosed: async ({ trace, lines, records }) => {
        const projection = await projectTrace(
          { lines, records },
          underOf(snapshot, graph.workflow),
          paint,
        );
        writeProjection(files, tracesOf(dataRoot), { trace, projection });
      },
    },
  );
  return dataRoot;
}

let base = "";
beforeAll(async () => {
  base = await recorded("s1", "s2");
});

const source: () => ReplaySource = () => ({ kind: "trace", files, path: traceFile(base, "s1") });

function replayed(dataRoot: string) {
  return replayFull(source(), {
    snapshot: () => snapshot,
    capabilities: capabilitiesOf(),
    allowChangedCapabilities: false,
    vault: openVault(dataRoot, files, systemEntropy),
  });
}

test("with the keys a full replay opens what it needs and comes to the same", async () => {
  expect(await replayed(base)).toMatchObject({ ok: true, divergence: null, problems: [] });
});

test("without the keys it says so, and makes none", async () => {
  const dataRoot = copyOf(base);
  rmSync(join(dataRoot, "keys"), { recursive: true });
  const { ok, divergence, problems } = await replayed(dataRoot);
  expect(ok).toBe(false);
  expect(divergence).toBeNull();
  expect(problems.map(({ code }) => code)).toEqual(["sealing/erased"]);
  expect(readdirSync(dataRoot)).not.toContain("keys");
});

test("without the keys chain, path, outcomes and fingerprint still hold", () => {
  const path = traceFile(base, "s1");
  const { integrity, path: steps } = examine(readTrace(linesOfFile(files, path), path), {
    snapshot: () => snapshot,
    ledger: undefined,
    locate: () => undefined,
  });
  expect(integrity).toMatchObject({ ok: true, checked: { snapshot: true } });
  expect(steps.map(({ node }) => node)).toEqual(["derive", "keep", "read_back"]);
});

test("nothing that is shown holds the secret, and what is sealed is shown as sealed", () => {
  const path = traceFile(base, "s2");
  const examined = examine(readTrace(linesOfFile(files, path), path), {
    snapshot: () => snapshot,
    ledger: undefined,
    locate: () => undefined,
  });
  const state = JSON.stringify(replayState(source()));
  const shown = [JSON.stringify(examined), examinationText(examined), state];
  const written = readdirSync(join(dirname(base), "traces", "s2")).map((name) =>
    readFileSync(join(dirname(base), "traces", "s2", name), "latin1"),
  );
  for (const text of [...shown, ...written]) expect(text).not.toContain(SECRET);
  expect(examinationText(examined)).toContain('"secret":"[sealed]"');
  expect(readFileSync(traceFile(base, "s2", "md"), "utf8")).toContain('"secret": "[sealed]"');
});

test("the same done on another data root has the same fingerprint under another key", async () => {
  const other = await recorded("another");
  const lines = [traceFile(base, "s1"), traceFile(other, "another")].map((file) =>
    readFileSync(file, "utf8"),
  );
  const found = (pattern: RegExp) => lines.map((text) => pattern.exec(text)?.[1]);
  const [print, same] = found(/"fingerprint":"([0-9a-f]{64})"/);
  const [sealed, otherwise] = found(/"data":"([^"]+)"/);
  expect(same).toBe(print);
  expect(print).toHaveLength(64);
  expect(otherwise).not.toBe(sealed);
});
