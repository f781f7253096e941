/** A forger can compute every hash anew; what he changed still shows when the execution runs again. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { firstDifference } from "../../../runtime/evidence/difference.ts";
import { replayFull } from "../../../runtime/evidence/replay.ts";
import { bodyOf } from "../../../runtime/playback.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { recordsOf } from "../on-disk.ts";
import { capabilitiesOf } from "../protocol.ts";
import { recordedRoot, snapshot, traceFile } from "./recorded-root.ts";

const dataRoot = await recordedRoot();
const path = traceFile(dataRoot, "forged");
mkdirSync(dirname(path));

/** What the machine does not make, and so cannot make again. */
const GIVEN = new Set([
  ...["epoch", "format", "engine", "policy", "intent", "idempotency_key"],
  ...["session", "principal", "started_at"],
]);

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<Json>("identify", "register", "announce", "known", "registered", "on_fault"),
  fc.constantFrom<Json>("SUCCESS", "ALREADY_EXISTS", "FAULT", "VIOLATION", "REVOKE", "t1", true),
  fc.constant<Json>({ $sealed: { key: "default/t1", mac: "00", data: "00" } }),
);

test("no change of what an execution did survives a full replay", async () => {
  const traces = ["t1", "t2"].map((trace) => recordsOf(dataRoot, trace));
  const change = fc.tuple(fc.constantFrom(...traces), fc.nat(), fc.nat(), value);
  await fc.assert(
    fc.asyncProperty(change, async ([records, at, which, inserted]) => {
      const bodies = records.map((record) => bodyOf(record) as JsonObject);
      const index = at % bodies.length;
      const body = bodies[index] ?? {};
      const members = Object.keys(body).filter((name) => name !== "type" && !GIVEN.has(name));
      const name = members[which % members.length] ?? "";
      const changed = { ...body, [name]: inserted } as JsonObject;
      const forged = bodies.with(index, changed);
      if (firstDifference(body, changed) === undefined) return;
      let prev: Digest = NO_DIGEST;
      const lines = forged.map((one, step) => {
        const { n, trace, seq, at } = records[step] ?? { n: 0, trace: "", seq: 0, at: "" };
        const made = writeLine({ n, trace, seq, at, prev }, one as unknown as RecordBody);
        prev = made.hash;
        return made.line;
      });
      writeFileSync(path, lines.join(""));
      const replay = await replayFull(
        { kind: "trace", files, path },
        {
          snapshot: () => snapshot,
          capabilities: capabilitiesOf(),
          allowChangedCapabilities: true,
          vault: openVault(dataRoot, files),
        },
      );
      expect(replay.ok, `${name} of record ${index + 1}`).toBe(false);
      expect(replay.problems.length > 0 || replay.divergence !== null).toBe(true);
    }),
    { numRuns: 600 },
  );
});
