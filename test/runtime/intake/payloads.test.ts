import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { acceptPayload } from "../../../runtime/intake.ts";
import { programOf } from "../../../runtime/json-schema.ts";
import { during, freshRoot, ledgerBytes } from "../on-disk.ts";
import { GraphMaker, REGISTER, registerGraph } from "../protocol.ts";

const program = programOf(registerGraph());

function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;

const REFUSED: readonly (readonly [what: string, text: string | Uint8Array, code: string])[] = [
  ["what is not JSON", "{name: 1}", "payload/syntax"],
  ["nothing", "", "payload/syntax"],
  ["two documents", '{"name":"a"} {}', "payload/syntax"],
  ["a duplicate key", '{"name":"a","n\\u0061me":"b"}', "payload/duplicate-key"],
  ["the key __proto__", '{"name":"a","__proto__":{}}', "payload/forbidden-key"],
  ["a depth of 10,000", `{"name":${deep}}`, "payload/too-deep"],
  ["a number beyond double precision", '{"name":"a","n":9007199254740993}', "payload/number-range"],
  ["an infinite number", '{"name":"a","n":1e400}', "payload/number-range"],
  ["a lone surrogate", '{"name":"\\ud800"}', "payload/lone-surrogate"],
  ["invalid UTF-8", Buffer.from([0x22, 0xff, 0x22]), "payload/not-utf8"],
  ["a byte order mark", "\ufeff{}", "payload/byte-order-mark"],
  ["100 MB", Buffer.alloc(100_000_000, 0x20), "payload/too-large"],
  ["a wrong shape", '{"name":1}', "payload/unfit"],
  ["a missing member", "{}", "payload/unfit"],
  ["an unknown member", '{"name":"a","more":1}', "payload/unfit"],
  ["what would pass for sealed", '{"name":{"$sealed":1}}', "payload/reserved-member"],
];

describe("a payload with", () => {
  for (const [what, text, code] of REFUSED) {
    test(`${what} is refused`, () => {
      const refusal = refusalOf(() => acceptPayload(program, Buffer.from(text)));
      expect(refusal).toMatchObject({ family: "acceptance", code });
    });
  }

  test("a wrong place is refused with that place", () => {
    const refusal = refusalOf(() => acceptPayload(program, Buffer.from('{"name":"a","n":"1"}')));
    expect(refusal.problems).toEqual([{ pointer: "/n", message: "must be integer" }]);
  });

  test("what its schema asks for is taken, plain and frozen", () => {
    const payload = acceptPayload(program, Buffer.from(' {"name":"a", "n":-0} '));
    expect(payload).toEqual({ name: "a", n: 0 });
    expect(Object.isFrozen(payload)).toBe(true);
    const given = { name: "a" };
    expect(acceptPayload(program, given)).toEqual(given);
    expect(acceptPayload(program, given)).not.toBe(given);
  });

  test("values that are not JSON is refused as a value too", () => {
    const given = { name: "a", n: Number.NaN };
    const refusal = refusalOf(() => acceptPayload(program, given));
    expect(refusal).toMatchObject({ code: "payload/not-json", problems: [{ pointer: "/n" }] });
  });
});

describe("a payload with members that nobody asked for", () => {
  const closed = { type: "object", additionalProperties: false, properties: {} } as const;
  const graph = new GraphMaker("test::WF_CLOSED_V0", {
    ...closed,
    properties: { inner: closed },
  })
    .exit("done", "SUCCESS")
    .graph();
  const problemsOf = (payload: Json) =>
    refusalOf(() => acceptPayload(programOf(graph), payload)).problems;

  test("is told their names, and not what they hold", () => {
    const found = (member: string) => `must NOT have additional properties: found \`${member}\``;
    expect(problemsOf({ nmae: "S3CR3T" })).toEqual([{ pointer: "", message: found("nmae") }]);
    expect(problemsOf({ inner: { tenant: "S3CR3T" } })).toEqual([
      { pointer: "/inner", message: found("tenant") },
    ]);
    expect(JSON.stringify(problemsOf({ ["n".repeat(101)]: 1 }))).not.toContain("nnn");
  });

  test.each(["principal", "tenant", "roles", "session"])(
    "is told who asks where it is `%s`",
    (name) => {
      const [problem] = problemsOf({ [name]: "S3CR3T" });
      expect(problem?.hint).toContain("Who asks never comes from a payload");
    },
  );
});

describe("a labelled payload that does not fit", () => {
  const graph = new GraphMaker("test::WF_SECRET_V0", {
    type: "object",
    properties: {
      keys: { type: "object", additionalProperties: { type: "string", pattern: "^[a-z]*$" } },
    },
  })
    .sealPayload(["keys"])
    .exit("done", "SUCCESS")
    .graph();

  test("is refused without a word of what is in it", () => {
    const payload = Buffer.from('{"keys":{"hush":"S3CR3T"}}');
    const refusal = refusalOf(() => acceptPayload(programOf(graph), payload));
    const { message, problems, hint } = refusal;
    expect(JSON.stringify([message, problems, hint])).not.toMatch(/hush|S3CR3T/);
    expect(problems).toMatchObject([{ pointer: "/keys" }]);
  });

  test("is refused where sealing would make it larger than a record", () => {
    const places = new GraphMaker("test::WF_MANY_V0", true)
      .sealPayload([{ every: true }])
      .exit("done", "SUCCESS")
      .graph();
    const count = Math.ceil(LIMITS.valueBytesMax / LIMITS.sealedValueBytes);
    const payload = Buffer.from(JSON.stringify(new Array(count).fill(1)));
    const refusal = refusalOf(() => acceptPayload(programOf(places), payload));
    expect(refusal.code).toBe("payload/too-large");
  });
});

describe("a schema", () => {
  const fits = (schema: object, value: unknown) => {
    const graph = new GraphMaker("test::WF_ANY_V0", schema as never).exit("done", "X").graph();
    return programOf(graph).fits(0, value as never) === null;
  };

  test("runs an author's pattern in linear time", () => {
    expect(fits({ pattern: "^(a+)+$" }, `${"a".repeat(50_000)}!`)).toBe(false);
    expect(fits({ pattern: "^(a+)+$" }, "aaa")).toBe(true);
  });

  test("finds duplicate items in time that is not square, by what they say", () => {
    const items = Array.from({ length: 50_000 }, (_, at) => ({ at }));
    expect(fits({ uniqueItems: true }, items)).toBe(true);
    expect(
      fits({ uniqueItems: true }, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toBe(false);
    expect(fits({ uniqueItems: false }, [1, 1])).toBe(true);
  });

  test("sees own members only", () => {
    expect(fits({ required: ["toString"] }, {})).toBe(false);
    expect(fits({ properties: { constructor: { type: "string" } } }, {})).toBe(true);
  });
});

describe("work that is refused", () => {
  const cases = [
    [{ workflow: "test::WF_REGISTR_V0", payload: {} }, "workflow/unknown"],
    [{ workflow: "constructor", payload: {} }, "workflow/unknown"],
    [{ workflow: REGISTER, payload: {} }, "payload/unfit"],
    ...["../x", "/etc/passwd", "a\0b", "x".repeat(300), "CON", "", ".", "a."].map(
      (traceId) =>
        [{ workflow: REGISTER, payload: { name: "a" }, traceId }, "trace/bad-id"] as const,
    ),
    ...["cut-7", "boot-1", "Refused-x", "session-1", "01a1fb67-1806-749b-83ff-84a6d1717227"].map(
      (traceId) =>
        [{ workflow: REGISTER, payload: { name: "a" }, traceId }, "trace/reserved-id"] as const,
    ),
    ...["town.x", "Town.x", "default-2.x"].map(
      (traceId) =>
        [{ workflow: REGISTER, payload: { name: "a" }, traceId }, "trace/other-tenant"] as const,
    ),
  ] as const;

  test("leaves nothing behind", async () => {
    const root = freshRoot();
    await during(root, async (runtime) => {
      for (const [work, code] of cases) {
        await expect(runtime.submit(work)).rejects.toMatchObject({ family: "acceptance", code });
      }
    });
    expect(existsSync(join(root, "ledger", "00000001.jsonl"))).toBe(false);
    expect(existsSync(join(root, "keys"))).toBe(false);
  });

  test("for an unknown workflow is answered with the closest one", async () => {
    await during(freshRoot(), async (runtime) => {
      const refusal = runtime.submit({ workflow: "test::WF_REGISTR_V0", payload: {} });
      await expect(refusal).rejects.toMatchObject({ hint: `Did you mean \`${REGISTER}\`?` });
    });
  });

  test("for a trace id of another tenant's is told how its own begin", async () => {
    const work = { workflow: REGISTER, payload: { name: "a" } };
    await during(
      freshRoot(),
      async (runtime) => {
        for (const traceId of ["x", "default.x", "2026.11.21", "towns.x"]) {
          await expect(runtime.submit({ ...work, traceId })).rejects.toMatchObject({
            code: "trace/other-tenant",
            hint: "Begin it with `town.`.",
          });
        }
        const { trace_id } = await runtime.submit({ ...work, traceId: "town.x.y" });
        expect(trace_id).toBe("town.x.y");
      },
      { tenant: "town" },
    );
    await during(freshRoot(), async (runtime) => {
      for (const traceId of ["2026.11.21-x", "default.x", "f47ac10b-58cc-4372-a567-0e02b2c3d479"]) {
        await runtime.submit({ ...work, traceId });
      }
    });
  });

  test("for a trace id that is taken, across starts, is refused", async () => {
    const root = freshRoot();
    const work = { workflow: REGISTER, payload: { name: "a" }, traceId: "mine" };
    await during(root, async (runtime) => {
      const twice = await Promise.allSettled([runtime.submit(work), runtime.submit(work)]);
      expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    });
    const bytes = ledgerBytes(root).length;
    await during(root, async (runtime) => {
      await expect(runtime.submit(work)).rejects.toMatchObject({ code: "trace/exists" });
    });
    expect(ledgerBytes(root).length).toBe(bytes);
  });
});
