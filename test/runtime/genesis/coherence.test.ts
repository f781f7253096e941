/** The last gate as values: whether it is passed whole, and whether the state holds what was written. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { EffectBody, LedgerRecord } from "../../../protocol/language/records.ts";
import { held } from "../../../runtime/genesis/check.ts";
import { bootOf, coherenceWork, driftFrom } from "../../../runtime/genesis/coherence.ts";
import type { BootRow, StorePlace, Values } from "../../../runtime/ports.ts";

const [A, B] = [sha256("a"), sha256("b")];
const LAST: BootRow = { epoch: 3, snapshot: A, configuration: A, like: "t", at: "" };

test.each([
  [
    "after a clean stop under the same",
    LAST,
    { snapshot: A, configuration: A, clean: true },
    "same",
  ],
  ["at the first start", undefined, { snapshot: A, configuration: A, clean: true }, "whole"],
  ["after another stop", LAST, { snapshot: A, configuration: A, clean: false }, "whole"],
  ["under another snapshot", LAST, { snapshot: B, configuration: A, clean: true }, "whole"],
  ["under another configuration", LAST, { snapshot: A, configuration: B, clean: true }, "whole"],
] as const)("%s a start is %s", (_, last, now, kind) => {
  expect(bootOf(last, now)).toBe(kind);
});

test("the runtime asks with what it found, and not with how long that took", () => {
  const start = { epoch: 7, snapshot: A, configuration: B };
  const check = held("n", "e", "f");
  const report = (ms: number) =>
    ({ phase: "Φ1", gate: "G1", ok: true, ms, checks: [check] }) as const;
  const work = coherenceWork(start, [report(1)]);
  expect(work).toEqual(coherenceWork(start, [report(2)]));
  expect(work).toMatchObject({
    intent: "pgs.boot",
    payload: {
      start: { boot: "boot-7", epoch: 7, snapshot: A, configuration: B },
      gates: [{ gate: "G1", checks: [{ name: "n", found: "f" }] }],
    },
  });
});

const TENANT = "_genesis";

interface Held {
  readonly registry?: Json;
  readonly event?: Json;
  readonly document?: { readonly value: Json; readonly version: number };
}

function values({ registry, event, document }: Held): Values {
  const own = <T>({ tenant }: StorePlace, value: T) => (tenant === TENANT ? value : undefined);
  return {
    registry: (place) =>
      own(place, registry === undefined ? undefined : { value: registry, revoked: false }),
    document: (place) => own(place, document),
    streamLength: () => 1,
    events: (place) => {
      const found = own(place, event);
      return found === undefined ? [] : [found];
    },
  };
}

function written(operation: string, value: Json, output: Json): LedgerRecord {
  const body: EffectBody = {
    type: "effect",
    node: "n",
    tenant: TENANT,
    store: "platform/boots",
    operation,
    key: "k",
    value,
    outcome: "SUCCESS",
    output,
    to: "m",
  };
  return body as LedgerRecord;
}

test("a state that holds what was written does not drift, whatever was written", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (drawn) => {
      const value = drawn as Json;
      const records = [
        written("REGISTER", value, { key: "k", value }),
        written("APPEND", value, { position: 1 }),
        written("PUT", value, { version: 4 }),
      ];
      const stands = { registry: value, event: value, document: { value, version: 4 } };
      expect(driftFrom(records, values(stands))).toBe(undefined);
    }),
  );
});

const REGISTER = written("REGISTER", 1, { key: "k", value: 1 });
const APPEND = written("APPEND", 1, { position: 1 });
const PUT = written("PUT", 1, { version: 4 });

test.each([
  ["another value of a registry", REGISTER, { registry: 2 }, "is not what was written"],
  ["a registry without it", REGISTER, {}, "is not there"],
  ["another event", APPEND, { event: 2 }, "is not what was written"],
  ["a stream without it", APPEND, {}, "is not there"],
  ["another value of a document", PUT, { document: { value: 2, version: 4 } }, "is not what"],
  ["an earlier version of a document", PUT, { document: { value: 1, version: 3 } }, "is not there"],
  ["a store without the document", PUT, {}, "is not there"],
] as const)("%s is drift", (_, record, stands, said) => {
  expect(driftFrom([record], values(stands))).toContain(said);
});

test("what was overwritten since is not compared", () => {
  expect(driftFrom([PUT], values({ document: { value: 2, version: 5 } }))).toBe(undefined);
});

test("what did not succeed wrote nothing", () => {
  const failed = { ...REGISTER, outcome: "ALREADY_EXISTS" } as LedgerRecord;
  expect(driftFrom([failed], values({}))).toBe(undefined);
});
