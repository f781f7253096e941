/** Governance that somebody damaged gets an answer: findings, or a snapshot; never our own fault. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compiled } from "../compiled.ts";

const FOLDER = join(import.meta.dirname, "../../../protocol/domains/ai_governance");
const files = Object.fromEntries(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => [`ai_governance/${file}`, readFileSync(join(FOLDER, file), "utf8")]),
);
const GOVERNED = "ai_governance/agent-intents.yaml";
const lines = (files[GOVERNED] ?? "").split("\n");

/** Words that mean something in governance, to be put where they may not. */
const WORDS = [
  ...'pgs.run pgs.boot security_guard forbid permit Role::"agent" Tenant::"../x" identity'.split(
    " ",
  ),
  ..."kind: policy|kind: intent|role: data_steward|intents: []|cedar: |payload: {}|expect: deny|---".split(
    "|",
  ),
];

const change = fc.oneof(
  fc.record({ at: fc.nat(lines.length - 1), does: fc.constantFrom("drop", "twice", "deeper") }),
  fc.record({ at: fc.nat(lines.length - 1), does: fc.constantFrom(...WORDS) }),
);

function changed(all: readonly { readonly at: number; readonly does: string }[]): string {
  const does = new Map(all.map((one) => [one.at, one.does]));
  return lines
    .flatMap((line, at) => {
      switch (does.get(at)) {
        case undefined:
          return [line];
        case "drop":
          return [];
        case "twice":
          return [line, line];
        case "deeper":
          return [`  ${line}`];
        default:
          return [line.replace(/\S+$/, () => does.get(at) ?? "")];
      }
    })
    .join("\n");
}

test("lines of intents, policies and tables changed anywhere get an answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const { ok, snapshot, diagnostics } = await compiled({
        ...files,
        [GOVERNED]: changed(changes),
      });
      expect(ok).toBe(snapshot !== null);
      expect(ok).toBe(!diagnostics.some(({ severity }) => severity === "error"));
      for (const { span } of diagnostics) expect(span.line).toBeGreaterThan(0);
    }),
    { numRuns: 120 },
  );
});
