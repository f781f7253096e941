/** How implementations are built, hashed and evaluated. */
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { openCapabilities } from "../../capabilities/registry.ts";
import table from "../../capabilities/table.json" with { type: "json" };
import type { Json } from "../../protocol/language/json.ts";
import { capabilities, FOLDER, freshFolder } from "./built.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A registry whose implementation `compare` is this program. */
function withProgram(text: string) {
  const into = freshFolder();
  writeFileSync(join(into, "compare.js"), text);
  return openCapabilities(into);
}

/** What a program computes with the names that it sees. */
function evaluated(expression: string): Json {
  const text = `module.exports.transform = () => ({ outcome: "X", output: ${expression} });`;
  return withProgram(text).transform("compare")({}).output;
}

describe("the table", () => {
  it("names every source file once, and no other", () => {
    const sources = readdirSync(join(ROOT, "capabilities/transforms"));
    expect(Object.values(table)).toEqual(sources.sort().map((name) => `transforms/${name}`));
    expect(capabilities.names()).toEqual(Object.keys(table).sort());
  });
});

describe("the programs", () => {
  it.each(capabilities.names())(
    "%s is hashed over its very bytes and exports a function",
    (name) => {
      const bytes = readFileSync(join(FOLDER, `${name}.js`));
      expect(capabilities.digestOf(name)).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(capabilities.transform(name)).toBeTypeOf("function");
      expect(bytes.includes(ROOT)).toBe(false);
      expect(bytes.includes("require(")).toBe(false);
    },
  );

  it("are the same bytes from another checkout, with node_modules linked", async () => {
    const checkout = freshFolder();
    cpSync(join(ROOT, "capabilities"), join(checkout, "capabilities"), { recursive: true });
    cpSync(join(ROOT, "protocol/language"), join(checkout, "protocol/language"), {
      recursive: true,
    });
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
    const { bundleCapabilities } = await import(
      pathToFileURL(join(checkout, "capabilities/bundle.mjs")).href
    );
    const out = freshFolder();
    await bundleCapabilities(out);
    const again = openCapabilities(out);
    for (const name of capabilities.names()) {
      expect(again.digestOf(name)).toBe(capabilities.digestOf(name));
    }
  });
});

describe("the registry", () => {
  it("reads nothing before it is asked", () => {
    expect(openCapabilities("/nowhere").names()).toEqual(capabilities.names());
  });

  it.each(["nothing", "toString", "__proto__", "../registry"])("%s has no digest", (name) => {
    expect(capabilities.digestOf(name)).toBeUndefined();
    expect(() => capabilities.transform(name)).toThrow("there is an implementation");
  });

  it("an implementation whose file is missing has no digest", () => {
    expect(openCapabilities(freshFolder()).digestOf("compare")).toBeUndefined();
  });

  it("what is hashed is what runs, though the file changes in between", () => {
    const into = freshFolder();
    const file = join(into, "compare.js");
    const program = (word: string) =>
      `module.exports.transform = () => ({ outcome: "${word}", output: {} });`;
    writeFileSync(file, program("BEFORE"));
    const registry = openCapabilities(into);
    const digest = registry.digestOf("compare");
    writeFileSync(file, program("AFTER"));
    expect(registry.transform("compare")({}).outcome).toBe("BEFORE");
    expect(registry.digestOf("compare")).toBe(digest);
    expect(openCapabilities(into).digestOf("compare")).not.toBe(digest);
  });

  it("a program that exports no transform is our own fault", () => {
    expect(() => withProgram("").transform("compare")).toThrow("exports a function");
  });
});

describe("a program", () => {
  it.each(["globalThis", "global", "process", "require", "Math.random"])(
    "does not see %s",
    (name) => {
      expect(evaluated(`typeof ${name}`)).toBe("undefined");
    },
  );

  it("sees no clock, no randomness, no input and no output of this Node", () => {
    const names = `Date Intl performance crypto Buffer Function fetch console setTimeout setInterval
      setImmediate queueMicrotask WeakRef FinalizationRegistry SharedArrayBuffer Atomics WebAssembly
      Event File AbortSignal MessageChannel BroadcastChannel Worker navigator`.split(/\s+/);
    const seen = names.filter((name) => evaluated(`typeof ${name}`) !== "undefined");
    expect(seen).toEqual([]);
  });

  it("has the rest of Math, and may not change it", () => {
    expect(evaluated("Math.max(1, 2) + Math.PI")).toBe(2 + Math.PI);
    expect(() => evaluated('(() => { "use strict"; Math.max = null; })()')).toThrow();
  });

  it("imports nothing while it runs", async () => {
    const answer = evaluated('import("node:fs")') as unknown as Promise<unknown>;
    await expect(answer).rejects.toThrow();
  });
});
