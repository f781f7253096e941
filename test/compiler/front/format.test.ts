/** The three forms of diagnostics: for people, for programs, for code hosts. */
import { expect, test } from "vitest";
import { compile } from "../../../compiler/compile.ts";
import { type Diagnostic, diagnose } from "../../../compiler/diagnostic.ts";
import { diagnosticJson } from "../../../compiler/format/json.ts";
import { formatSarif } from "../../../compiler/format/sarif.ts";
import { formatText } from "../../../compiler/format/text.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import { capabilities } from "../../capabilities/built.ts";
import { PROGRAM } from "../from-text.ts";

const plain = (text: string) => text;
const PLAIN = { bold: plain, red: plain, yellow: plain, cyan: plain, dim: plain };

function compileText(text: string) {
  return compile({
    workspace: protocolFilesOf({ "example/a.yaml": text }),
    program: PROGRAM,
    capabilities,
  });
}

test("text shows the place, the line with carets, the hint and what belongs to it", async () => {
  const { diagnostics, texts } = await compileText(
    "kind: domain\ncode: example\nsummary: A domain.\nkind: domian\n",
  );
  expect(formatText(diagnostics, { texts, paint: PLAIN })).toBe(
    `protocol/domains/example/a.yaml:4:1: error parse/duplicate-key: the key \`kind\` stands twice in one mapping
4 | kind: domian
  | ^^^^
  hint: Keep one of the two.
  protocol/domains/example/a.yaml:1:1: \`kind\` stands here first
1 | kind: domain
  | ^^^^
`,
  );
});

test("diagnostics are sorted by file and place, with an empty line between two", async () => {
  const { diagnostics, texts, ok, snapshot } = await compileText(
    "sumary: x\nkind: domain\ncod: x\n",
  );
  expect([ok, snapshot]).toEqual([false, null]);
  const shown = formatText(diagnostics, { texts, paint: PLAIN });
  expect(shown.split("\n\n").map((block) => block.split(": ")[0])).toEqual([
    "protocol/domains/example/a.yaml:1:1",
    "protocol/domains/example/a.yaml:3:1",
  ]);
});

function at(line: number, column: number, endLine: number, endColumn: number): Diagnostic {
  const span = { file: "a.yaml", line, column, endLine, endColumn };
  return diagnose("parse/empty-file", span, {});
}

function linesOf(one: Diagnostic, text: string): readonly string[] {
  return formatText([one], { texts: new Map([["a.yaml", text]]), paint: PLAIN })
    .split("\n")
    .slice(1, -2);
}

test("carets stand below what is meant, whatever its width", () => {
  expect(linesOf(at(1, 4, 1, 6), "你: ab")).toEqual(["1 | 你: ab", "  |     ^^"]);
  expect(linesOf(at(1, 3, 1, 4), "\ta b")).toEqual(["1 |  a b", "  |   ^"]);
  expect(linesOf(at(10, 1, 12, 3), `${"\n".repeat(9)}a: 1  \nb\nc`)).toEqual([
    "10 | a: 1  ",
    "   | ^^^^",
  ]);
});

test("a long line is cut around the place", () => {
  const text = `${"a".repeat(500)}HERE${"b".repeat(500)}`;
  const [line = "", carets = ""] = linesOf(at(1, 501, 1, 505), text);
  expect(line.length).toBeLessThan(130);
  expect(line.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("HERE");
});

test("what a source holds cannot move the cursor of a terminal", () => {
  const found = diagnose("resolve/unknown-start", at(1, 1, 1, 2).span, {
    name: "a\u001b[2Jb\n\u202ec",
  });
  const shown = formatText([found], {
    texts: new Map([["a.yaml", "x\u001b[2J\u0007y"]]),
    paint: PLAIN,
  });
  expect(shown).toContain("\\u001b[2J");
  expect([...shown].every((c) => c === "\n" || c >= " ")).toBe(true);
});

test("a file whose text is not known is named without a line", () => {
  const shown = formatText([at(1, 1, 1, 1)], { texts: new Map(), paint: PLAIN });
  expect(shown.split("\n")).toHaveLength(3);
});

test("colours come from the caller", () => {
  const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const paint = { bold: tag("b"), red: tag("r"), yellow: tag("y"), cyan: tag("c"), dim: tag("d") };
  const shown = formatText([at(1, 1, 1, 2)], { texts: new Map([["a.yaml", "x"]]), paint });
  expect(shown).toContain("<b>a.yaml:1:1</b>: <y>warning</y> <b>parse/empty-file</b>: ");
  expect(shown).toContain("<d>  |</d> <y>^</y>");
});

test("json has a member for everything", async () => {
  const { diagnostics } = await compileText("kind: domain\ncode: example\nsummary: 1\n");
  expect(diagnostics.map(diagnosticJson)).toEqual([
    {
      code: "shape/wrong-type",
      severity: "error",
      message: "expected text, found a number",
      hint: null,
      file: "protocol/domains/example/a.yaml",
      line: 3,
      column: 10,
      end_line: 3,
      end_column: 11,
      related: [],
    },
  ]);
});

test("sarif names each rule once, with its help, and every place", async () => {
  const { diagnostics } = await compileText("kind: domain\ncode: example\nkind: 1\nkind: 2\n");
  const log = formatSarif(diagnostics, { version: "1.2.3", helpOf: (code) => `About ${code}.` });
  const region = (line: number) => ({
    artifactLocation: { uri: "protocol/domains/example/a.yaml" },
    region: { startLine: line, startColumn: 1, endLine: line, endColumn: 5 },
  });
  const result = (line: number) => ({
    ruleId: "parse/duplicate-key",
    ruleIndex: 0,
    level: "error",
    message: { text: "the key `kind` stands twice in one mapping. Keep one of the two." },
    locations: [{ physicalLocation: region(line) }],
    relatedLocations: [
      { id: 0, message: { text: "`kind` stands here first" }, physicalLocation: region(1) },
    ],
  });
  expect(log).toEqual({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "pgs",
            semanticVersion: "1.2.3",
            rules: [
              {
                id: "parse/duplicate-key",
                shortDescription: { text: "duplicate key" },
                defaultConfiguration: { level: "error" },
                help: {
                  text: "About parse/duplicate-key.",
                  markdown: "About parse/duplicate-key.",
                },
              },
            ],
          },
        },
        columnKind: "utf16CodeUnits",
        results: [result(3), result(4)],
      },
    ],
  });
});
