/** The shapes of documents: one fault is one finding, at the key that is wrong, with what to do. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { DURATION_PATTERN, durationMs } from "../../../compiler/duration.ts";
import { validatorOf } from "../../../compiler/json-schema.ts";
import { parse } from "../../../compiler/passes/parse.ts";
import { KINDS, shape } from "../../../compiler/passes/shape.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import { FORMATS } from "../../../protocol/language/json-schema.ts";
import effectSchema from "../../../protocol/language/kinds/effect.schema.json" with {
  type: "json",
};
import jsonSchema from "../../../protocol/language/kinds/json-schema.schema.json" with {
  type: "json",
};
import transformSchema from "../../../protocol/language/kinds/transform.schema.json" with {
  type: "json",
};
import workflowSchema from "../../../protocol/language/kinds/workflow.schema.json" with {
  type: "json",
};
import { LIMITS } from "../../../protocol/language/limits.ts";
import {
  CODE_PATTERN,
  DOMAIN_PATTERN,
  NODE_PATTERN,
  OUTCOME_PATTERN,
  SEALED_LABELS,
} from "../../../protocol/language/names.ts";
import protocolSchema from "../../../protocol/language/protocol.schema.json" with { type: "json" };

function found(text: string) {
  const parsed = parse([{ file: "a.yaml", domain: "example", text }]);
  expect(parsed.diagnostics).toEqual([]);
  return shape(parsed.value).diagnostics;
}

function faults(text: string): readonly string[] {
  return found(text).map(({ span, code }) => `${span.line}:${span.column} ${code}`);
}

function schema(text: string): string {
  return `kind: schema\ncode: SC_A_V0\nsummary: A schema.\nschema: ${text}\n`;
}

function workflow(node: string): string {
  return [
    "kind: workflow",
    "code: WF_A_V0",
    "summary: A workflow.",
    "payload: true",
    "start: n",
    "nodes:",
    `  n: ${node}`,
    "exits: { done: { outcome: SUCCESS } }",
    "on_fault: { outcome: FAULTED }",
    "",
  ].join("\n");
}

const GOOD = "{ transform: CT_A_V0, with: 1, on: { SUCCESS: done } }";

test("a workflow of the right shape has no fault", () => {
  expect(faults(workflow(GOOD))).toEqual([]);
});

test.each([
  [
    "a misspelt key that is also missing",
    "{ transform: CT_A_V0, onn: {} }",
    "7:28 shape/unknown-key",
  ],
  [
    "a node of two kinds, each incomplete",
    "{ transform: x, effect: y, zzz: 1 }",
    "7:22 shape/ambiguous-node",
  ],
  ["a node that is no mapping", "transform", "7:6 shape/wrong-type"],
  ["a misspelt kind of node", "{ efect: CS_A_V0, op: GET, on: {} }", "7:8 shape/no-node-kind"],
  ["a kind of node that is to come", "{ agent: x, over: y }", "7:8 shape/not-yet"],
  [
    "an outcome in small letters",
    "{ transform: CT_A_V0, on: { success: done } }",
    "7:34 shape/bad-name",
  ],
  ["a target in capitals", "{ transform: CT_A_V0, on: { SUCCESS: DONE } }", "7:43 shape/bad-name"],
  [
    "a row with both forms",
    "{ decide: [{ when: true, otherwise: A }], with: 1, on: {} }",
    "7:19 shape/unknown-key",
  ],
  ["a decision without rows", "{ decide: [], with: 1, on: {} }", "7:8 shape/empty"],
])("%s is one fault", (_, node, fault) => {
  expect(faults(workflow(node))).toEqual([fault]);
});

test("all faults of a document are found at once", () => {
  const text = workflow("{ call: wf_a, with: 1, on: { A: b }, extra: 1 }").replace(
    "A workflow.",
    "''",
  );
  expect(faults(text).toSorted()).toEqual([
    "3:1 shape/empty",
    "7:14 shape/bad-name",
    "7:43 shape/unknown-key",
  ]);
});

test("a workflow of 500 nodes with one fault has one finding", () => {
  const nodes = Array.from(
    { length: 500 },
    (_, i) => `  m${i}: ${i === 250 ? GOOD.replace("with", "wiht") : GOOD}`,
  );
  const text = workflow(GOOD).replace("exits:", `${nodes.join("\n")}\nexits:`);
  expect(faults(text)).toEqual(["258:31 shape/unknown-key"]);
  expect(found(text)[0]?.hint).toBe("Did you mean `with`?");
});

test("an effect is told what its semantics needs", () => {
  const effect = (rest: string) =>
    `kind: effect\ncode: CS_A_V0\nsummary: A.\nstore: a\nvalue: true\n${rest}\n`;
  expect(faults(effect("semantics: registry"))).toEqual(["1:1 shape/missing-key"]);
  expect(faults(effect("semantics: stream\nkey: true"))).toEqual(["7:1 shape/key-of-stream"]);
  expect(faults(effect("key: true"))).toEqual(["1:1 shape/missing-key"]);
  expect(faults(effect("semantics: registri\nkey: true"))).toEqual(["6:12 shape/bad-value"]);
});

function external(operations: string, rest = ""): string {
  const head =
    "kind: effect\ncode: CS_A_V0\nsummary: A.\nsemantics: external\nimplementation: call";
  return `${head}\noperations: ${operations}\n${rest}`;
}

function operation(more: string): string {
  return `{ ASK: { input: { type: object }, outcomes: { GIVEN: true }, ${more} } }`;
}

test("a call to the outside is told what it needs, and has nothing of a store", () => {
  const faultsOf = (operations: string, rest?: string) => faults(external(operations, rest));
  const good = operation("repeat: safe, timeout: PT10S");
  expect(faultsOf(good, "settings: { hosts: [a] }\nclearance: [pii]\n")).toEqual([]);
  expect(faultsOf(good, "store: a\n")).toEqual(["7:1 shape/unknown-key"]);
  expect(faultsOf(good, "key: true\nvalue: true\n")).toHaveLength(2);
  expect(faultsOf(good, "settings: [a]\n")).toEqual(["7:11 shape/wrong-type"]);
  expect(faultsOf("{}")).toEqual(["6:1 shape/empty"]);
  expect(faultsOf(good.replace("ASK", "ask"))).toEqual(["6:15 shape/bad-name"]);
  expect(faultsOf(good.replace("safe", "never"))).toHaveLength(1);
  expect(faultsOf(good.replace("GIVEN", "TIMEOUT"))).toEqual(["6:59 shape/reserved-outcome"]);
  expect(faultsOf(operation("timeout: PT10S"))).toEqual(["6:15 shape/missing-key"]);
  expect(faultsOf(operation("repeat: safe"))).toEqual(["6:15 shape/missing-key"]);
  expect(faultsOf(good.replace("type: object", "typ: object"))).toEqual([
    "6:31 shape/unknown-keyword",
  ]);
});

test("a document that misspells its semantics is told that alone", () => {
  const text = external(operation("repeat: safe, timeout: PT10S"));
  expect(faults(text.replace("external", "extern"))).toEqual(["4:12 shape/bad-value"]);
});

test.each([
  ["PT10S", 10_000],
  ["PT0.001S", 1],
  ["PT0.5S", 500],
  ["PT1M30S", 90_000],
  ["PT60M", 3_600_000],
  ["PT1H", 3_600_000],
  ["PT3600S", 3_600_000],
])("the timeout %s is taken, and is %d ms", (timeout, ms) => {
  expect(faults(external(operation(`repeat: safe, timeout: ${timeout}`)))).toEqual([]);
  expect(durationMs(timeout)).toBe(ms);
});

test.each([
  ["PT0S", "shape/timeout-out-of-bounds"],
  ["PT0.000S", "shape/timeout-out-of-bounds"],
  ["PT1H0.001S", "shape/timeout-out-of-bounds"],
  ["PT999999H", "shape/timeout-out-of-bounds"],
  ["PT", "shape/bad-duration"],
  ["P1D", "shape/timeout-out-of-bounds"],
  ["P1M", "shape/bad-duration"],
  ["P1W", "shape/bad-duration"],
  ["P", "shape/bad-duration"],
  ["P1DT", "shape/bad-duration"],
  ["10s", "shape/bad-duration"],
  ["PT1.5M", "shape/bad-duration"],
  ["PT1S2M", "shape/bad-duration"],
  ["PT0.0001S", "shape/bad-duration"],
  ["PT-1S", "shape/bad-duration"],
  ["pt1s", "shape/bad-duration"],
  ["PT1S ", "shape/bad-duration"],
  ["''", "shape/bad-duration"],
  ["10", "shape/wrong-type"],
])("the timeout %s is refused", (timeout, code) => {
  const written = timeout.endsWith(" ") ? JSON.stringify(timeout) : timeout;
  const found = faults(external(operation(`repeat: safe, timeout: ${written}`)));
  expect(found).toEqual([expect.stringMatching(`^6:.* ${code}$`)]);
});

test("a keyword of another dialect is refused with what to write", () => {
  const hint = (keyword: string) => found(schema(`{ ${keyword}: 1 }`))[0]?.hint;
  expect(hint("default")).toContain("never fills a value in");
  expect(hint("definitions")).toBe("Write `$defs`.");
  expect(hint("maxlength")).toBe("Did you mean `maxLength`?");
  expect(hint("name")).toBe("Members of an object are declared below `properties`.");
  expect(hint("x-note")).toContain("x-label");
});

test("schemas inside of schemas are looked at, values inside of them are not", () => {
  const inner = "{ type: string, minimum: 1 }";
  for (const place of ["items", "not", "contains", "propertyNames", "additionalProperties"]) {
    expect(faults(schema(`{ ${place}: ${inner} }`))).toHaveLength(1);
  }
  for (const place of [
    "allOf: [@]",
    "prefixItems: [@]",
    "properties: { a: @ }",
    "$defs: { a: @ }",
  ]) {
    expect(faults(schema(`{ ${place.replace("@", inner)} }`))).toHaveLength(1);
  }
  for (const place of ["const", "examples: [1], const", "title: x, const"]) {
    expect(faults(schema(`{ ${place}: ${inner} }`))).toEqual([]);
  }
});

test("what every value departs from is refused in every form", () => {
  const impossible = [
    "{ minLength: 3, maxLength: 2 }",
    "{ minimum: 3, exclusiveMaximum: 3 }",
    "{ exclusiveMinimum: 3, exclusiveMaximum: 3 }",
    "{ type: integer, enum: [1, '2'] }",
    "{ type: [string, 'null'], const: 1 }",
    "{ additionalProperties: false, required: [a] }",
    "{ then: true }",
    "{ if: true }",
    "{ minContains: 1 }",
  ];
  for (const text of impossible) expect(faults(schema(text)), text).toHaveLength(1);
  const possible = [
    "{ minLength: 2, maxLength: 2 }",
    "{ minimum: 3, maximum: 3 }",
    "{ type: number, enum: [1, 2.5] }",
    "{ additionalProperties: false, required: [a], patternProperties: { '^a': true } }",
    "{ if: true, else: false }",
    "{ contains: true, minContains: 0 }",
  ];
  for (const text of possible) expect(faults(schema(text)), text).toEqual([]);
});

/** JSON Schemas of a few keywords each, right and wrong. */
const schemas: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.array(fc.oneof(...keywordsOf(tie("schema"))), { maxLength: 4 }).map(Object.fromEntries),
  ),
})).schema;

function keywordsOf(inner: fc.Arbitrary<unknown>): fc.Arbitrary<[string, unknown]>[] {
  const small = fc.nat(2);
  const list = fc.array(inner, { maxLength: 2 });
  const values: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.constantFrom("object", "array", "string", "integer", "number", ["string", "null"]),
    properties: fc.dictionary(fc.constantFrom("a", "b", "toString"), inner, { maxKeys: 2 }),
    required: fc.constantFrom([], ["a"], ["a", "b"]),
    patternProperties: fc.dictionary(fc.constantFrom("^a", "[0-9]+", "(?=a)"), inner, {
      maxKeys: 2,
    }),
    enum: fc.array(fc.constantFrom(1, "a", null, true), { maxLength: 2 }),
    const: fc.constantFrom(1, "a", null),
    uniqueItems: fc.boolean(),
    minimum: small,
    exclusiveMaximum: small,
    multipleOf: small,
    pattern: fc.constantFrom("^a", "(", "\\p{L}", "a{2}"),
    format: fc.constantFrom(...FORMATS, "nothing"),
    dependentRequired: fc.constant({ a: ["b"] }),
    "x-label": fc.constantFrom(["pii"], ["other"]),
  };
  for (const keyword of ["minItems", "minLength", "minContains", "maxContains", "maxProperties"]) {
    values[keyword] = small;
  }
  for (const keyword of ["allOf", "anyOf", "oneOf", "prefixItems"]) values[keyword] = list;
  for (const keyword of [
    "additionalProperties",
    "items",
    "contains",
    "not",
    "if",
    "then",
    "else",
  ]) {
    values[keyword] = inner;
  }
  return Object.entries(values).map(([keyword, value]) => fc.tuple(fc.constant(keyword), value));
}

test("a schema that is taken is one that can be validated with", () => {
  let taken = 0;
  fc.assert(
    fc.property(schemas, fc.jsonValue(), (value, instance) => {
      if (faults(schema(JSON.stringify(value))).length > 0) return;
      taken++;
      validatorOf(value as JsonObject)(instance as JsonObject);
    }),
    { numRuns: 1_500 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("the schemas for editors say the same as the language", () => {
  const { properties } = jsonSchema;
  expect(properties.format.enum).toEqual(FORMATS);
  expect(properties["x-label"].items.enum).toEqual(SEALED_LABELS);
  expect(properties.pattern.maxLength).toBe(LIMITS.patternCharsMax);
  expect(properties.patternProperties.maxProperties).toBe(LIMITS.namePatternsMax);
  const { $defs } = workflowSchema;
  expect($defs.name.pattern).toBe(NODE_PATTERN.source);
  expect($defs.outcome.pattern).toBe(OUTCOME_PATTERN.source);
  expect($defs.reference.pattern).toContain(CODE_PATTERN.source.slice(1));
  expect($defs.reference.pattern).toContain(DOMAIN_PATTERN.source.slice(1, -1));
  expect(workflowSchema.properties.nodes.maxProperties).toBe(LIMITS.workflowNodesMax);
  expect($defs.decide_node.properties.decide.maxItems).toBe(LIMITS.decisionRowsMax);
  expect(transformSchema.properties.outcomes.maxProperties).toBe(LIMITS.outcomesMax);
  const { external, operation } = effectSchema.$defs;
  expect(external.properties.operations.maxProperties).toBe(LIMITS.operationsMax);
  expect(external.properties.operations.propertyNames.pattern).toBe(OUTCOME_PATTERN.source);
  expect(operation.properties.outcomes.maxProperties).toBe(LIMITS.outcomesMax);
  expect(operation.properties.timeout.pattern).toBe(DURATION_PATTERN.source);
  expect(protocolSchema.properties.kind.enum).toEqual(KINDS);
});
