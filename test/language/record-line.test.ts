/** A record's line says its own hash, and anybody with sed and sha256sum can check it (L5). */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_DIGEST } from "../../protocol/language/digest.ts";
import type { Json } from "../../protocol/language/json.ts";
import { readLine, writeLine } from "../../protocol/language/record-line.ts";
import type { NodeBody } from "../../protocol/language/records.ts";
import { recordAt } from "../../runtime/ledger/record-at.ts";

const place = { n: 7, trace: "t-1", seq: 2, at: "2026-01-02T03:04:05.678Z", prev: NO_DIGEST };
const body: NodeBody = {
  type: "node",
  node: "identify",
  outcome: "SUCCESS",
  output: { id: 'é "quoted" ,"hash":"0"} \u2028' },
  to: "register",
};

test("a line is read back as the record that was written", () => {
  const { line, hash } = writeLine(place, body);
  expect(readLine(line)).toEqual({ record: { ...place, ...body, hash } });
  expect(line.endsWith(`,"prev":"${NO_DIGEST}","hash":"${hash}"}\n`)).toBe(true);
});

test("what came of a node is written with its members in their order, whichever it has", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 8 });
  const bodies = fc.record(
    {
      type: fc.constant("node" as const),
      node: text,
      outcome: text,
      output: fc.jsonValue() as fc.Arbitrary<Json>,
      to: text,
      row: fc.integer({ min: -1 }),
      reason: fc.record(
        {
          code: text,
          message: text,
          problems: fc.array(fc.record({ pointer: text, message: text })),
        },
        { requiredKeys: ["code", "message"] },
      ),
    },
    { requiredKeys: ["type", "node", "outcome", "to"] },
  );
  fc.assert(
    fc.property(bodies, (made: NodeBody) => {
      const { line, hash } = writeLine(place, made);
      const { prev, ...first } = place;
      expect(line).toBe(`${JSON.stringify({ ...first, ...made, prev, hash })}\n`);
      const placed = recordAt({ ...place, hash }, made);
      expect(JSON.stringify(placed)).toBe(JSON.stringify({ ...place, hash, ...made }));
    }),
    { numRuns: 500 },
  );
});

test("sed and sha256sum give the hash that the line says (L5)", () => {
  const { line, hash } = writeLine(place, body);
  const command = `sed 's/,"hash":"[0-9a-f]*"}$/}/' | sha256sum`;
  const printed = execFileSync("sh", ["-c", command], { input: line, encoding: "utf8" });
  expect(printed.slice(0, 64)).toBe(hash);
});

test("every single-byte change of a line is a fault (L5)", () => {
  const { line } = writeLine(place, body);
  const bytes = Buffer.from(line);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(readLine(changed.toString("latin1"))).toHaveProperty("fault");
        expect(readLine(changed.toString("utf8"))).toHaveProperty("fault");
      },
    ),
    { numRuns: 1000 },
  );
});

test("every cut of a line is a fault", () => {
  const { line } = writeLine(place, body);
  for (let end = 0; end < line.length; end++) {
    expect(readLine(line.slice(0, end))).toHaveProperty("fault");
  }
});
