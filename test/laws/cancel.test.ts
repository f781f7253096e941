/**
 * The laws of cancelling, over protocols that nobody wrote: wherever a stop leaves an execution, it
 * can be cancelled before it goes on, and what stands then replays, examines and verifies as it is.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openCapabilities } from "../../capabilities/registry.ts";
import { compile, protocolFilesIn, protocolFilesOf, writeSnapshot } from "../../compiler/index.ts";
import {
  examine,
  linesOfFile,
  openSnapshot,
  openVault,
  readTrace,
  recordsIn,
  replayFull,
  type Snapshot,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { freshFolder, root } from "../program/cli.ts";
import { during, ledgerBytes, ledgerFile, recordsOf } from "../runtime/on-disk.ts";
import { type RandomProtocol, randomProtocol } from "./random-protocol.ts";

const { files } = SYSTEM_PORTS;
const capabilities = openCapabilities(join(root, "dist", "capabilities"));
const program = protocolFilesIn(join(root, "protocol", "domains"), "<pgs>");

async function sealed({ text }: RandomProtocol): Promise<Snapshot> {
  const workspace = protocolFilesOf({ "random/all.yaml": text });
  const { snapshot } = await compile({ workspace, program, capabilities });
  if (snapshot === null) throw new Error("a protocol that compiles has a snapshot");
  return openSnapshot(files, writeSnapshot(snapshot, freshFolder()).folder);
}

/** Leaves the ledger as a stop after so many records does, and no state. */
function cut(dataRoot: string, count: number): void {
  const lines = ledgerBytes(dataRoot)
    .toString()
    .split(/(?<=\n)/);
  writeFileSync(ledgerFile(dataRoot), lines.slice(0, count).join(""));
  for (const file of ["state.db", "state.db-wal", "state.db-shm"]) {
    rmSync(join(dataRoot, file), { force: true });
  }
}

test("what a stop leaves open is cancelled where it stands, and replays and examines so (L1, L2, L5)", async () => {
  const seen = { cancelled: 0, ended: 0 };
  await fc.assert(
    fc.asyncProperty(randomProtocol, fc.nat(), async (protocol, where) => {
      const snapshot = await sealed(protocol);
      const more = { snapshot, snapshots: () => snapshot, capabilities };
      const dataRoot = join(freshFolder(), "data");
      const { workflow, payloads } = protocol;
      await during(
        dataRoot,
        async (runtime) => {
          for (const payload of payloads) await runtime.submit({ workflow, payload });
        },
        more,
      );
      const records = recordsOf(dataRoot);
      const kept = 1 + (where % (records.length - 1));
      cut(dataRoot, kept);
      const last = records[kept - 1];
      if (last === undefined || last.type === "closed") return;
      const { trace } = last;
      const ended = await during(
        dataRoot,
        (runtime) =>
          runtime.cancel({ trace }).then(
            ({ outcome }) => outcome,
            ({ code }) => code,
          ),
        { ...more, hold: true },
      );
      // Only what waits can be cancelled: what only has to decide or to end does so.
      if (ended === "CANCELLED") seen.cancelled += 1;
      else {
        expect(ended).toBe("cancel/ended");
        seen.ended += 1;
      }
      const after = recordsOf(dataRoot, trace);
      expect(after.at(-1)?.type).toBe("closed");
      const source = { kind: "ledger", files, dataRoot } as const;
      const vault = openVault(dataRoot, files);
      const by = { snapshot: () => snapshot, capabilities, allowChangedCapabilities: false, vault };
      expect(await replayFull(source, by)).toMatchObject({ ok: true, problems: [] });
      const path = join(dataRoot, `${trace}.jsonl`);
      const lines = ledgerBytes(dataRoot)
        .toString()
        .split(/(?<=\n)/);
      writeFileSync(path, lines.filter((line) => line.includes(`"trace":"${trace}"`)).join(""));
      const examined = examine(readTrace(linesOfFile(files, path), path), {
        snapshot: () => snapshot,
        ledger: () => recordsIn({ files, dataRoot }),
        locate: () => undefined,
      });
      expect(examined.integrity).toMatchObject({ ok: true, problems: [] });
    }),
    { numRuns: 40 },
  );
  expect(seen.cancelled).toBeGreaterThan(10);
  expect(seen.ended).toBeGreaterThan(0);
}, 300_000);
