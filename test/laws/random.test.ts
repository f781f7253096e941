/**
 * The laws, over protocols that nobody wrote: what compiles runs to an exit, replays in full with
 * the same fingerprint, folds to the same state, and examines as it stands. The real compiler, the
 * real ledger on a real disk, the built capabilities.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openCapabilities } from "../../capabilities/registry.ts";
import {
  type Compilation,
  compile,
  formatText,
  protocolFilesIn,
  protocolFilesOf,
  writeSnapshot,
} from "../../compiler/index.ts";
import {
  type ClosedExecution,
  examine,
  linesOfFile,
  openSnapshot,
  openVault,
  readTrace,
  recordsIn,
  replayFull,
  SYSTEM_PORTS,
} from "../../runtime/index.ts";
import { askCedarOnce } from "../asked-once.ts";
import { freshFolder, root } from "../program/cli.ts";
import { during } from "../runtime/on-disk.ts";
import { type RandomProtocol, randomProtocol } from "./random-protocol.ts";

// The platform's own policies stand beside each protocol.
askCedarOnce();

const { files } = SYSTEM_PORTS;
const capabilities = openCapabilities(join(root, "dist", "capabilities"));
const program = protocolFilesIn(join(root, "protocol", "domains"), "<pgs>");
const plain = (text: string) => text;
const PAINT = { bold: plain, red: plain, yellow: plain, cyan: plain, dim: plain };

async function compiled({ text }: RandomProtocol): Promise<Compilation> {
  const workspace = protocolFilesOf({ "random/all.yaml": text });
  const result = await compile({ workspace, program, capabilities });
  const shown = formatText(result.diagnostics, { texts: result.texts, paint: PAINT });
  expect(result.ok, shown).toBe(true);
  return result;
}

test("random protocols use every kind of node, and every operation", () => {
  const texts = fc.sample(randomProtocol, { numRuns: 200, seed: 1 }).map(({ text }) => text);
  const all = texts.join("\n");
  const operations = [
    ...["REGISTER", "RESOLVE", "REVOKE", "APPEND", "READ", "PUT", "GET", "REPLACE", "REMOVE"],
    ...["CT_CONTENT_ID_V0", "CT_COMPARE_V0", "CT_SET_MEMBERSHIP_V0", "CT_CANONICAL_DIGEST_V0"],
  ];
  for (const used of [...operations, '"call":', '"LOW"', '"FAULT":']) {
    expect(all.split(used).length, used).toBeGreaterThan(40);
  }
});

test("a random protocol compiles, runs to an exit, replays, folds and examines as it stands (L1 to L6)", async () => {
  await fc.assert(
    fc.asyncProperty(randomProtocol, async (protocol) => {
      const { snapshot } = await compiled(protocol);
      if (snapshot === null) throw new Error("a protocol that compiles has a snapshot");
      const folder = freshFolder();
      const opened = openSnapshot(files, writeSnapshot(snapshot, folder).folder);
      const dataRoot = join(folder, "data");
      const closed: ClosedExecution[] = [];
      const answers = await during(
        dataRoot,
        async (runtime) => {
          const given = [];
          for (const payload of protocol.payloads) {
            given.push(await runtime.submit({ workflow: protocol.workflow, payload }));
          }
          return given;
        },
        {
          snapshot: opened,
          snapshots: () => opened,
          capabilities,
          onClosed: (one) => void closed.push(one),
        },
      );
      const exits = opened.graph(protocol.workflow).nodes.filter(({ kind }) => kind === "exit");
      for (const answer of answers) {
        expect(exits.map(({ name }) => name)).toContain(answer.exit);
        expect(answer.fault, JSON.stringify(answer)).toBe(false);
      }
      const replayed = await replayFull(
        { kind: "ledger", files, dataRoot },
        {
          snapshot: () => opened,
          capabilities,
          allowChangedCapabilities: false,
          vault: openVault(dataRoot, files),
        },
      );
      expect(replayed).toMatchObject({ ok: true, divergence: null, problems: [] });
      for (const { trace, lines } of closed) {
        const path = join(folder, `${trace}.jsonl`);
        writeFileSync(path, lines);
        const examined = examine(readTrace(linesOfFile(files, path), path), {
          snapshot: () => opened,
          ledger: () => recordsIn({ files, dataRoot }),
          locate: () => undefined,
        });
        expect(examined.integrity).toMatchObject({ ok: true, problems: [] });
      }
    }),
    { numRuns: 60 },
  );
}, 300_000);

test("compiling twice gives the same bytes, in whatever order the files come", async () => {
  await fc.assert(
    fc.asyncProperty(randomProtocol, async ({ text }) => {
      const documents = text.split("\n---\n");
      const split = Object.fromEntries(
        documents.map((document, at) => [`random/part-${documents.length - at}.yaml`, document]),
      );
      const whole = await compile({
        workspace: protocolFilesOf({ "random/all.yaml": text }),
        program,
        capabilities,
      });
      const parts = await compile({ workspace: protocolFilesOf(split), program, capabilities });
      expect(parts.snapshot?.id).toBe(whole.snapshot?.id);
      expect([...(parts.snapshot?.files ?? [])]).toEqual([...(whole.snapshot?.files ?? [])]);
    }),
    { numRuns: 20 },
  );
}, 300_000);

test("same snapshot, payload and state give the same fingerprint on another data root (L2)", async () => {
  await fc.assert(
    fc.asyncProperty(randomProtocol, async (protocol) => {
      const { snapshot } = await compiled(protocol);
      if (snapshot === null) throw new Error("a protocol that compiles has a snapshot");
      const opened = openSnapshot(files, writeSnapshot(snapshot, freshFolder()).folder);
      const more = { snapshot: opened, snapshots: () => opened, capabilities };
      const fingerprints = () =>
        during(
          join(freshFolder(), "data"),
          async (runtime) => {
            const found: string[] = [];
            for (const payload of protocol.payloads) {
              const answer = await runtime.submit({ workflow: protocol.workflow, payload });
              found.push(String(answer.fingerprint));
            }
            return found;
          },
          more,
        );
      expect(await fingerprints()).toEqual(await fingerprints());
    }),
    { numRuns: 20 },
  );
}, 300_000);
