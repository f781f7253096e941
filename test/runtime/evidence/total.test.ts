/** Whatever a file holds, reading and examining it comes to an answer: nothing throws, nothing hangs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Digest, NO_DIGEST } from "../../../protocol/language/digest.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { examinationText } from "../../../runtime/evidence/examine-text.ts";
import { markdownOf } from "../../../runtime/traces/markdown.ts";
import { pictureOf } from "../../../runtime/traces/svg.ts";
import { drawnGraph, type Sketch } from "../traces/drawn-graph.ts";
import { TRACE, walkBodies } from "../traces/written-trace.ts";
import { examineBytes, readBytes } from "./evidence-lines.ts";

const sketch: Sketch = {
  weigh: ["decide", { LIGHT: "register", HEAVY: "done" }],
  register: ["effect CS_ACTORS_V0.REGISTER", { SUCCESS: "done", ALREADY_EXISTS: "done" }],
  done: ["exit SUCCESS"],
};
const graph = await drawnGraph(sketch);
const bodies = walkBodies(graph, [
  ["weigh LIGHT", { row: 0 }],
  ["register SUCCESS", { key: "k" }],
]);

/** Examines bytes in every way; what it shows must hold no character that acts on a terminal. */
function examineAll(bytes: Uint8Array): void {
  const { records } = readBytes(bytes);
  const examined = examineBytes(bytes, graph);
  expect(examinationText(examined)).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(typeof JSON.stringify(examined)).toBe("string");
  expect(markdownOf({ graph, policies: [] }, records)).not.toMatch(
    /[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u,
  );
  expect(pictureOf(graph, records).startsWith("<svg ")).toBe(true);
}

test("random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      examineAll(bytes);
      expect(examineBytes(bytes, graph).integrity.ok).toBe(false);
    }),
  );
});

const member = fc.constantFrom(
  ...["type", "node", "outcome", "to", "store", "operation", "key", "value", "output", "row"],
  ...["reason", "exit", "result", "fault", "records", "fingerprint", "payload", "snapshot"],
  ...["workflow", "policy", "tenant", "changed_capabilities", "__proto__", "constructor"],
);
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom("opened", "node", "effect", "closed", "cut", "weigh", "done", "SUCCESS", -1, 2),
  fc.constant({ $sealed: { key: "k", mac: "m", data: "d" } }),
  fc.constant({
    code: "a/b",
    message: "\u001b[2J\u202e",
    problems: [{ pointer: "", message: "" }],
  }),
);
const change = fc.record({ at: fc.nat({ max: bodies.length - 1 }), member, value });

test("lines whose hashes hold and whose members are anything", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
      const forged = bodies.map((body, index) => {
        const mine = changes.filter(({ at }) => at === index);
        return { ...body, ...Object.fromEntries(mine.map((one) => [one.member, one.value])) };
      });
      let prev: Digest = NO_DIGEST;
      const lines = forged.map((body, index) => {
        const place = { n: index + 1, trace: TRACE, seq: index + 1, prev };
        const made = writeLine({ ...place, at: "2026-11-21T10:00:00.000Z" }, body as RecordBody);
        prev = made.hash;
        return made.line;
      });
      examineAll(Buffer.from(lines.join("")));
    }),
    { numRuns: 1_000 },
  );
});
