/** What is parsed by its parts says what it says as a whole, whatever was done to its text. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_DIGEST } from "../../../protocol/language/digest.ts";
import { parseOpened } from "../../../runtime/evidence/opened-text.ts";

const policy = {
  decision: "allow",
  unmet: null,
  rulings: [{ role: "security_guard", decision: "allow", determining: ["d::PO_A_V0#1"] }],
  seen: { "context.payload": { payload: 1 }, resource: "default" },
};

const opened = {
  ...{ n: 12, trace: "t-1", seq: 1, at: "2026-01-02T03:04:05.678Z", type: "opened" },
  ...{ format: 1, epoch: 3, flushed: 0, snapshot: NO_DIGEST, engine: "0.2.0" },
  ...{ workflow: "d::WF_A_V0", intent: "pgs.run", tenant: "default", session: null },
  ...{ principal: "ann", caller: { identity: "operator", roles: ["a"], attributes: { b: 1 } } },
  ...{ idempotency_key: "k-1", policy, payload: { policy: null, payload: [{}] } },
  ...{ started_at: "2026-01-02T03:04:05.678Z", prev: NO_DIGEST, hash: NO_DIGEST },
};
const text = `${JSON.stringify(opened)}\n`;

/** Compares what both say, member for member and in their order. */
function check(changed: string): boolean {
  const parts = parseOpened(changed);
  if (parts === undefined) return false;
  const whole: unknown = JSON.parse(changed);
  expect(parts).toEqual(whole);
  expect(JSON.stringify(parts)).toBe(JSON.stringify(whole));
  return true;
}

test("an `opened` record is parsed by its parts", () => {
  expect(check(text)).toBe(true);
  expect(check(text.replace('"k-1"', "null"))).toBe(true);
});

test.each([
  ["another type", '"opened"', '"closed"'],
  ["a cause", '"started_at"', '"cause":{"store":"d::s","position":1},"started_at"'],
  ["a member of another part twice", '"started_at"', '"policy":null,"started_at"'],
  ["another order", '"tenant":"default","session":null', '"session":null,"tenant":"default"'],
  ["an escape in the key", '"k-1"', '"k\\u0031"'],
  ["nothing before the key", /"snapshot".*,"idempotency_key"/, '"idempotency_key"'],
])("what has %s is parsed as a whole", (_what, find, by) => {
  const changed = text.replace(find, by);
  expect(changed).not.toBe(text);
  expect(check(changed)).toBe(false);
});

const BITS = ['"', "\\", ",", "{", "}", "[", "]", ":", "0", "1", "e9", "null", " ", "é"];
const NAMES = [...Object.keys(opened), "__proto__"].map((name) => `,"${name}":null`);
const bit = fc.constantFrom("", ...BITS, ...NAMES);
const place = fc.integer({ min: 0, max: text.length });

test("no change of a text makes its parts say anything else than the whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(place, fc.nat(6), bit), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const changed = changes.reduce(
          (said, [at, gone, by]) => said.slice(0, at) + by + said.slice(at + gone),
          text,
        );
        check(changed);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("what stands in many records to the letter is one value, which nobody can change", () => {
  const [one, other] = [parseOpened(text), parseOpened(text.replace('"n":12', '"n":13'))];
  expect(other).toEqual({ ...one, n: 13 });
  expect(other?.policy).toBe(one?.policy);
  expect(other?.caller).toBe(one?.caller);
  expect(Object.isFrozen(Object(one?.policy).seen)).toBe(true);
});
