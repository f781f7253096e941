/** The page of a trace says what the records say, and nothing in it can act on its reader. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownOf } from "../../../runtime/traces/markdown.ts";
import { ALLOWED, governanceOf } from "../governed.ts";
import { drawnGraph, type Sketch } from "./drawn-graph.ts";
import { keyOf, recordsOf, TRACE, type Walk, walkBodies, writtenLines } from "./written-trace.ts";

const sketch: Sketch = {
  identify: ["transform CT_CONTENT_ID_V0", { SUCCESS: "register" }],
  register: ["effect CS_ACTORS_V0.REGISTER", { SUCCESS: "registered", ALREADY_EXISTS: "known" }],
  registered: ["exit SUCCESS"],
  known: ["exit ALREADY_EXISTS"],
};
const graph = await drawnGraph(sketch);
const walk: Walk = [
  ["identify SUCCESS", { output: { id: "AC1" } }],
  ["register ALREADY_EXISTS", { key: "AC1", value: { name: "Ada" } }],
];

const { policies } = governanceOf({ workflows: [graph.workflow] }).policies;

function pageOf(steps: Walk, opened?: Parameters<typeof walkBodies>[2]): string {
  return markdownOf({ graph, policies }, recordsOf(walkBodies(graph, steps, opened)));
}

test("the page tells workflow, outcome, path, effects and why it ended", () => {
  const page = pageOf(walk);
  expect(page).toContain("# `example::WF_EXAMPLE_V0` ended in `ALREADY_EXISTS`");
  expect(page).toContain(
    "| Principal | `tester`, known as the local operator of the configuration |",
  );
  expect(page).toContain("| Intent | `pgs.run` |");
  expect(page).toContain(`![The graph of the workflow with the path taken](${TRACE}.svg)`);
  expect(page).toContain(
    "| 2 | `register` | `REGISTER example/actors` | `ALREADY_EXISTS` | `known` |",
  );
  expect(page).toContain("because `register` gave `ALREADY_EXISTS` (key `AC1`), not `SUCCESS`.");
  expect(page).toContain('| `AC1` | `{"name":"Ada"}` | `ALREADY_EXISTS` |');
});

test("who allowed it is told role by role, with the text of each statement and what was seen", () => {
  const seen = { "context.reach.outside": false, "principal.identity": "operator" };
  const page = pageOf(walk, { policy: { ...ALLOWED, seen } });
  expect(page).toContain("| `city_manager` | `allow` | `test::PO_CITY_MANAGER_V1#1` (permit) |");
  expect(page).toContain("```cedar\npermit (principal, action, resource);\n```");
  expect(page).toContain('| `principal.identity` | `"operator"` |');
});

test("a statement whose policy is not at hand is named", () => {
  const page = markdownOf({ graph, policies: [] }, recordsOf(walkBodies(graph, walk)));
  expect(page).toContain("| `security_guard` | `allow` | `test::PO_SECURITY_GUARD_V0#1` |  |");
  expect(page).not.toContain("cedar");
});

test("who asked by a token is told with session, roles and attributes", () => {
  const caller = { identity: "token", roles: ["clerk"], attributes: { region: "eu" } } as const;
  const page = pageOf(walk, { caller, session: "s1", intent: "actors.register" });
  expect(page).toContain("| Principal | `tester`, known as who a verified token names |");
  expect(page).toContain("| Session | `s1` |");
  expect(page).toContain("| Roles | `clerk` |");
  expect(page).toContain('| Attributes | `{"region":"eu"}` |');
  expect(page).toContain("| Intent | `actors.register` |");
});

test("what a subscription began is told with the event", () => {
  const caller = { identity: "runtime", roles: [], attributes: {} } as const;
  const page = pageOf(walk, { caller, cause: { store: "example/events", position: 4 } });
  expect(page).toContain("| Begun for | event 4 of the stream `example/events` |");
});

test("an execution that faulted says the reason and the place", () => {
  const reason = {
    code: "violation/unfit-input",
    message: "the bound value does not fit",
    problems: [{ pointer: "/key", message: "must be <string>" }],
  };
  const page = pageOf([["identify SUCCESS"], ["register VIOLATION", { reason }]]);
  expect(page).toContain("because `register` gave `VIOLATION`");
  expect(page).toContain("`violation/unfit-input`: the bound value does not fit");
  expect(page).toContain("- at `/key`: must be \\<string\\>");
});

test("sealed values are shown as sealed, wherever they stand", () => {
  const sealed = { $sealed: { key: "local/t", mac: "00ff", data: "c2VjcmV0" } };
  const page = pageOf(
    [
      ["identify SUCCESS", { output: { keys: [sealed] } }],
      ["register SUCCESS", { key: "k", value: sealed }],
    ],
    { payload: { entropy: sealed } },
  );
  expect(page).not.toContain("c2VjcmV0");
  expect(page.match(/\[sealed\]/g)).toHaveLength(3);
});

test("a long value is cut with a note that says where the whole of it stands", () => {
  const page = pageOf([["identify SUCCESS", { output: "x".repeat(50_000) }], walk[1] ?? [""]]);
  expect(page.length).toBeLessThan(15_000);
  expect(page).toContain(
    `_Cut after 4000 of 50002 characters; line 2 of \`${TRACE}.jsonl\` has the whole._`,
  );
});

const nasty = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(
      ..."|`<>&\\*_[]()#!\"'~",
      "\n",
      "\r",
      "\u001b[31m",
      "\u0085",
      "\u2028",
      "\u202e",
      "\u2066",
      "\ufeff",
      "```",
      "<script>alert(1)</script>",
      "](javascript:alert(1))",
      "{|",
    ),
  }),
);

test("no text from outside leaves its place in the page", () => {
  const rows = (page: string) => page.split("\n").filter((line) => line.startsWith("| ")).length;
  const plain = rows(
    pageOf([
      ["identify SUCCESS", { output: "a" }],
      ["register SUCCESS", { key: "k", value: "v" }],
    ]),
  );
  fc.assert(
    fc.property(nasty, (text) => {
      const page = pageOf(
        [
          ["identify SUCCESS", { output: { [text]: text } }],
          ["register SUCCESS", { key: text, value: text }],
        ],
        { payload: text, principal: text, session: text },
      );
      expect(page).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\n)\p{Cc}/u);
      expect(rows(page)).toBe(plain);
      for (const line of page.split("\n").filter((one) => one.startsWith("| "))) {
        expect(withoutCode(line)).toMatch(/^\|[^<>[\]]*\|$/);
      }
      expect(page.match(/^`{3,}/gm)).toHaveLength(14);
    }),
    { numRuns: 500 },
  );
});

/** A line of Markdown without its code spans, as CommonMark finds them. */
function withoutCode(line: string): string {
  return line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, (_, __, inner: string) => {
    expect(inner).not.toContain("|");
    return "";
  });
}

test("what the page says about checking a line is true of real sed and sha256sum (L5)", () => {
  const lines = writtenLines(walkBodies(graph, walk));
  const page = pageOf(walk);
  const command = /```sh\n(.*)\n```/.exec(page)?.[1] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "pgs-markdown-"));
  try {
    writeFileSync(join(folder, `${TRACE}.jsonl`), lines.join(""));
    for (const [index, line] of lines.entries()) {
      const asked = command.replace("-n 1p", `-n ${index + 1}p`);
      const printed = execFileSync("sh", ["-c", asked], { cwd: folder, encoding: "utf8" });
      expect(line).toContain(`"hash":"${printed.slice(0, 64)}"`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const outside = await drawnGraph({
  fetch: ["safe CS_RATES_V0.FETCH", { SUCCESS: "pay", TIMEOUT: "late" }],
  pay: ["unsafe CS_BANK_V0.PAY", { PAID: "done", IN_DOUBT: "doubtful" }],
  done: ["exit SUCCESS"],
  late: ["exit LATE"],
  doubtful: ["exit DOUBTFUL"],
});
const reason = { code: "unknown/elapsed", message: "no answer came within 1000 ms" };
const doubtful: Walk = [
  ["fetch SUCCESS", { output: { rate: 2 }, attempts: 2, input: { of: "EUR" } }],
  ["pay IN_DOUBT", { reason, input: { amount: 7 } }],
];

test("calls to the outside are told with attempts and key, beside effects on stores", () => {
  const page = markdownOf({ graph: outside, policies }, recordsOf(walkBodies(outside, doubtful)));
  const effects = /## Effects\n\n([\s\S]*?)\n## /.exec(page)?.[1];
  expect(effects).toBe(`To the outside:

| Node | Effect | Operation | Input | Idempotency key | Attempts | Outcome |
| --- | --- | --- | --- | --- | --- | --- |
| \`fetch\` | \`example::CS_RATES_V0\` | \`FETCH\` | \`{"of":"EUR"}\` | \`${keyOf("fetch")}\` | 2 | \`SUCCESS\` |
| \`pay\` | \`example::CS_BANK_V0\` | \`PAY\` | \`{"amount":7}\` | \`${keyOf("pay")}\` | 1 | \`IN_DOUBT\` |
`);
  expect(page).toContain(`because \`pay\` gave \`IN_DOUBT\`, not \`PAID\`.`);
  expect(page).toContain("`unknown/elapsed`: no answer came within 1000 ms");
});

test("a call without an answer is told as one", () => {
  const open = recordsOf(walkBodies(outside, doubtful)).slice(0, 5);
  const page = markdownOf({ graph: outside, policies }, open);
  expect(page).toContain("`example::WF_EXAMPLE_V0` is open");
  expect(page).toContain(`| \`${keyOf("pay")}\` | 1 | no answer is recorded |`);
});

test("a clock that stood behind is told", () => {
  const page = pageOf(walk, { clock_behind_ms: 3_600_000 });
  expect(page).toContain("| Clock | 3600000 ms behind the record before; times go on from there |");
});

test("a page is the same as ever", async () => {
  const page = markdownOf({ graph: outside, policies }, recordsOf(walkBodies(outside, doubtful)));
  await expect(page).toMatchFileSnapshot("goldens/outside.md");
  await expect(pageOf(walk)).toMatchFileSnapshot("goldens/stores.md");
});
