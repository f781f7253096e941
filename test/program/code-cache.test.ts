/** What the build compiled ahead is what a start takes: one that V8 turns down costs a third of it. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const DIST = join(ROOT, "dist");

const cached = ["", "commands/"].flatMap((folder) =>
  readdirSync(join(DIST, folder))
    .filter((file) => file.endsWith(".cache"))
    .map((file) => folder + file.replace(/\.cache$/, "")),
);

test("there is one for the start, and for the commands that are called most", () => {
  for (const name of ["main", "commands/run", "commands/compile", "commands/examine"]) {
    expect(cached).toContain(name);
  }
});

test.each(cached)("V8 takes the cache of `%s`", (name) => {
  const program = `
    const { load } = require(${JSON.stringify(join(ROOT, "bin/pgs.cjs"))});
    load(${JSON.stringify(name)}, (_, script) => console.log(script.cachedDataRejected));`;
  const told = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  expect(told.trim()).toBe("false");
});
