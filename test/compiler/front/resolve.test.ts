/** Names and references: what is shared, what is refused when it grows, and what is suggested. */
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../compiler/diagnostic.ts";
import type { Schema } from "../../../compiler/model.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { exampleFiles, frontOf, worldOf } from "../from-text.ts";

function found(text: string): readonly Diagnostic[] {
  return frontOf(protocolFilesOf(exampleFiles(text))).diagnostics;
}

function codes(text: string): readonly string[] {
  return found(`kind: domain\ncode: example\nsummary: An example.\n---\n${text}`).map(
    ({ code }) => code,
  );
}

function schema(code: string, text: string): string {
  return `kind: schema\ncode: ${code}\nsummary: A schema.\nschema: ${text}\n`;
}

/** A workflow whose nodes call these, in a chain. */
function workflow(code: string, callees: readonly string[], exits = 1): string {
  const nodes = callees.map(
    (callee, at) =>
      `  n${at}: { call: ${callee}, with: null, on: { SUCCESS: ${
        at + 1 < callees.length ? `n${at + 1}` : "e0"
      } } }`,
  );
  const last = `  n0: { decide: [{ otherwise: SUCCESS }], with: null, on: { SUCCESS: e0 } }`;
  const ends = Array.from({ length: exits }, (_, at) => `  e${at}: { outcome: SUCCESS }`);
  return [
    `kind: workflow\ncode: ${code}\nsummary: A workflow.\npayload: true\nstart: n0\nnodes:`,
    ...(nodes.length === 0 ? [last] : nodes),
    "exits:",
    ...ends,
    "on_fault: { outcome: FAULTED }\n",
  ].join("\n");
}

/** The schema that a workflow's payload resolves to, with these artifacts beside it. */
function payloadOf(payload: string, ...artifacts: readonly string[]): Schema {
  const text = workflow("WF_A_V0", []).replace("payload: true", `payload: ${payload}`);
  const world = worldOf(
    `kind: domain\ncode: example\nsummary: An example.\n---\n${[text, ...artifacts].join("---\n")}`,
  );
  return world.workflows.get("example::WF_A_V0" as FullName)?.payload ?? false;
}

function memberOf(value: Schema, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as JsonObject)[step], value);
}

test("a reference is replaced by the one object that the artifact is", () => {
  const payload = payloadOf(
    "{ properties: { a: { $ref: SC_A_V0 }, b: { $ref: SC_A_V0 }, c: { items: { $ref: SC_B_V0 } } } }",
    schema("SC_A_V0", "{ type: string }"),
    schema("SC_B_V0", "{ properties: { a: { $ref: SC_A_V0 } } }"),
  );
  expect(payload).toEqual({
    properties: {
      a: { type: "string" },
      b: { type: "string" },
      c: { items: { properties: { a: { type: "string" } } } },
    },
  });
  const a = memberOf(payload, "properties", "a");
  expect(memberOf(payload, "properties", "b")).toBe(a);
  expect(memberOf(payload, "properties", "c", "items", "properties", "a")).toBe(a);
  expect(Object.isFrozen(payload)).toBe(true);
});

test("a schema without references is the author's own object", () => {
  const text = workflow("WF_A_V0", []).replace("payload: true", "payload: { type: object }");
  const world = worldOf(text.replace("start:", "start:").concat(""));
  const resolved = world.workflows.get("example::WF_A_V0" as FullName);
  expect(resolved?.payload).toBe(resolved?.artifact.text.payload);
});

test("what stands beside a reference holds as well; notes do not count", () => {
  const a = schema("SC_A_V0", "{ type: string }");
  expect(payloadOf("{ $ref: SC_A_V0, description: A note. }", a)).toEqual({ type: "string" });
  expect(payloadOf("{ $ref: SC_A_V0, maxLength: 3 }", a)).toEqual({
    maxLength: 3,
    allOf: [{ type: "string" }],
  });
  expect(payloadOf("{ $ref: SC_A_V0, x-label: [pii], allOf: [{ minLength: 1 }] }", a)).toEqual({
    "x-label": ["pii"],
    allOf: [{ type: "string" }, { minLength: 1 }],
  });
});

test("local pointers lead to schemas of the same schema, through escapes", () => {
  const payload = payloadOf(
    `{ $defs: { "a/b~c": { type: string }, d: { $ref: '#/$defs/a~1b~0c' } }, properties: { x: { $ref: '#/$defs/d' }, y: { $ref: '#/properties/x' } } }`,
  );
  expect(payload).toEqual({ properties: { x: { type: "string" }, y: { type: "string" } } });
});

test("a pointer that leads to no schema is refused", () => {
  for (const pointer of [
    "#/$defs",
    "#/properties",
    "#/type",
    "#/$defs/a/b",
    "#name",
    "#/%zz",
    "#/allOf/7",
  ]) {
    const text = schema(
      "SC_A_V0",
      `{ $defs: { a: { type: string } }, allOf: [true], properties: { x: { $ref: '${pointer}' } } }`,
    );
    expect(codes(text), pointer).toEqual(["resolve/bad-pointer"]);
  }
});

test("what lies outside of the protocol is never looked for", () => {
  for (const ref of [
    "http://a/b",
    "./a.json",
    "a.json",
    "urn:x",
    "SC_A_V0#/$defs/x",
    "/etc/passwd",
  ]) {
    expect(codes(schema("SC_A_V0", `{ $ref: '${ref}' }`)), ref).toEqual([
      "resolve/remote-reference",
    ]);
  }
});

test("a schema that contains itself is refused, in a circle of any length", () => {
  const long = Array.from({ length: 50 }, (_, i) =>
    schema(`SC_S${i}_V0`, `{ items: { $ref: SC_S${(i + 1) % 50}_V0 } }`),
  );
  const circle = found(`kind: domain\ncode: example\nsummary: E.\n---\n${long.join("---\n")}`);
  expect(circle.map(({ code }) => code)).toEqual(["resolve/schema-cycle"]);
  expect(circle[0]?.related).toHaveLength(49);
  expect(codes(schema("SC_A_V0", "{ $ref: SC_A_V0 }"))).toEqual(["resolve/schema-cycle"]);
  expect(codes(schema("SC_A_V0", "{ $ref: '#' }"))).toEqual(["resolve/schema-contains-itself"]);
  expect(
    codes(schema("SC_A_V0", "{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }")),
  ).toEqual(["resolve/schema-contains-itself"]);
});

test("schemas that double at each level meet a limit, once", () => {
  const levels = Array.from({ length: 40 }, (_, i) =>
    schema(
      `SC_S${i}_V0`,
      i === 0
        ? "{ type: string }"
        : `{ properties: { a: { $ref: SC_S${i - 1}_V0 }, b: { $ref: SC_S${i - 1}_V0 } } }`,
    ),
  );
  expect(codes(levels.join("---\n"))).toEqual(["resolve/schema-too-large"]);
  expect(codes(levels.slice(0, 12).join("---\n"))).toEqual([]);
});

test("a chain of schemas within schemas meets a limit, a chain of names does not", () => {
  const chain = (link: (to: string) => string) =>
    Array.from({ length: 2_000 }, (_, i) =>
      schema(`SC_S${i}_V0`, i === 0 ? "{ type: string }" : link(`SC_S${i - 1}_V0`)),
    ).join("---\n");
  const nested = codes(chain((to) => `{ items: { $ref: ${to} } }`));
  expect(new Set(nested)).toEqual(new Set(["resolve/schema-too-deep"]));
  expect(codes(chain((to) => `{ $ref: ${to} }`))).toEqual([]);
});

test("a long chain of local pointers meets a limit and no stack", () => {
  const defs = Array.from({ length: 10_000 }, (_, i) => `    d${i}: { $ref: '#/$defs/d${i + 1}' }`);
  const text = schema("SC_A_V0", `\n  $defs:\n${defs.join("\n")}\n    d10000: true`);
  expect(new Set(codes(text))).toEqual(new Set(["resolve/schema-too-deep"]));
});

test("calls nested too deep are refused where they first are", () => {
  const depth = LIMITS.callDepthMax;
  const chain = (length: number) =>
    Array.from({ length }, (_, i) =>
      workflow(`WF_W${i}_V0`, i === 0 ? [] : [`WF_W${i - 1}_V0`]),
    ).join("---\n");
  expect(codes(chain(depth + 1))).toEqual([]);
  expect(codes(chain(depth + 2))).toEqual(["resolve/call-too-deep"]);
  expect(codes(chain(depth + 5))).toEqual(["resolve/call-too-deep"]);
});

test("workflows that double at each call meet a limit, once", () => {
  const levels = Array.from({ length: 16 }, (_, i) =>
    workflow(`WF_W${i}_V0`, i === 0 ? [] : [`WF_W${i - 1}_V0`, `WF_W${i - 1}_V0`]),
  );
  expect(codes(levels.join("---\n"))).toEqual(["resolve/graph-too-large"]);
});

test("callees come before their callers", () => {
  const world = worldOf(
    [
      workflow("WF_A_V0", ["WF_B_V0", "WF_C_V0"]),
      workflow("WF_B_V0", ["WF_C_V0"]),
      workflow("WF_C_V0", []),
    ]
      .join("---\n")
      .replaceAll("uses: [platform]\n", ""),
  );
  const mine = [...world.workflows.keys()].filter((name) => name.startsWith("example::"));
  expect(mine).toEqual(["example::WF_C_V0", "example::WF_B_V0", "example::WF_A_V0"]);
});

test("a name is suggested that may be written where the wrong one stands", () => {
  const hint = (text: string) => found(text).map((one) => one.hint)[0];
  const uses = "kind: domain\ncode: example\nsummary: An example.\nuses: [platform]\n---\n";
  const none = "kind: domain\ncode: example\nsummary: An example.\n---\n";
  expect(hint(uses + schema("SC_A_V0", "{ $ref: platform::SC_CONTENT_IDD_V0 }"))).toBe(
    "Did you mean `platform::SC_CONTENT_ID_V0`?",
  );
  expect(hint(uses + schema("SC_A_V0", "{ $ref: SC_CONTENT_ID_V0 }"))).toBe(
    "Write `platform::SC_CONTENT_ID_V0`.",
  );
  expect(hint(none + schema("SC_A_V0", "{ $ref: SC_CONTENT_ID_V0 }"))).toBe(
    "Write `platform::SC_CONTENT_ID_V0`, and add `platform` to the `uses` of `example`.",
  );
  expect(hint(none + schema("SC_A_V0", "{ $ref: SC_ENTIRELY_DIFFERENT_V0 }"))).toBeUndefined();
});

test("all faults of names are found at once", () => {
  const text = workflow("WF_A_V0", ["WF_NO_V0"])
    .replace("start: n0", "start: nope")
    .replace("payload: true", "payload: { $ref: SC_NO_V0 }")
    .replace("on: { SUCCESS: e0 }", "on: { SUCCESS: e9 }");
  expect([...codes(text)].sort()).toEqual([
    "resolve/unknown-artifact",
    "resolve/unknown-artifact",
    "resolve/unknown-start",
    "resolve/unknown-target",
  ]);
});
