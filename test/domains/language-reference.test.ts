/** The language reference says nothing that the compiler does not take. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder } from "../capabilities/built.ts";
import { compileDomains } from "./compiled.ts";

const README = join(import.meta.dirname, "../../protocol/language/README.md");

it("every YAML example of the reference is part of one protocol that compiles", async () => {
  const examples = [...readFileSync(README, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)];
  const domains = freshFolder();
  mkdirSync(join(domains, "library"));
  for (const [at, [, text = ""]] of examples.entries()) {
    writeFileSync(join(domains, "library", `example-${at + 1}.yaml`), text);
  }
  expect(examples.length).toBeGreaterThan(8);
  expect((await compileDomains(domains)).diagnostics).toEqual([]);
});
