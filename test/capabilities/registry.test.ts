/** How implementations are built, hashed and evaluated. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import builtins from "../../capabilities/builtins.json" with { type: "json" };
import { openCapabilities } from "../../capabilities/registry.ts";
import table from "../../capabilities/table.json" with { type: "json" };
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { compileSchema } from "../../protocol/language/json-schema.ts";
import { capabilities, FOLDER, freshFolder } from "./built.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TRANSFORMS = capabilities.names().filter((name) => capabilities.kindOf(name) === "transform");
const EXTERNALS = capabilities.names().filter((name) => capabilities.kindOf(name) === "external");

/** A registry whose implementation `compare` is this program. */
function withProgram(text: string) {
  const into = freshFolder();
  writeFileSync(join(into, "compare.js"), text);
  return openCapabilities(into);
}

/** What a program that calls the outside computes with the names that it sees. */
function computedOutside(expression: string): unknown {
  const into = freshFolder();
  const external = `{ settings: { of: ${expression} }, call() {} }`;
  writeFileSync(join(into, "file-drop.js"), `module.exports.external = ${external};`);
  const { settings } = openCapabilities(into).external("file-drop");
  return (settings as { readonly of: unknown }).of;
}

/** What a program computes with the names that it sees. */
function evaluated(expression: string): Json {
  const text = `module.exports.transform = () => ({ outcome: "X", output: ${expression} });`;
  return withProgram(text).transform("compare")({}).output;
}

describe("the table", () => {
  it("names every source file once, and no other", () => {
    const sources = ["externals", "transforms"].flatMap((folder) =>
      readdirSync(join(ROOT, "capabilities", folder)).map((name) => `${folder}/${name}`),
    );
    expect(Object.values<string>(table).sort()).toEqual(sources.sort());
    expect(capabilities.names()).toEqual(Object.keys(table).sort());
  });

  it("says by the folder of a source what kind it is", () => {
    expect(EXTERNALS).toEqual(["file-drop", "http-call"]);
    for (const [name, path] of Object.entries<string>(table)) {
      expect(`${capabilities.kindOf(name)}s/${name}.ts`).toBe(path);
    }
  });

  it("lists modules of Node only, and none that starts programs or runs text", () => {
    for (const name of builtins) expect(isBuiltin(name) && name.startsWith("node:")).toBe(true);
    const never = "child_process vm worker_threads module process cluster inspector".split(" ");
    expect(builtins.filter((name) => never.includes(name.slice("node:".length)))).toEqual([]);
  });
});

describe("the programs", () => {
  it.each(capabilities.names())(
    "%s is hashed over its very bytes, which name no folder",
    (name) => {
      const bytes = readFileSync(join(FOLDER, `${name}.js`));
      expect(capabilities.digestOf(name)).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(bytes.includes(ROOT)).toBe(false);
    },
  );

  it.each(TRANSFORMS)("the transform %s asks for no module but the one with SHA-256", (name) => {
    expect(capabilities.transform(name)).toBeTypeOf("function");
    const text = readFileSync(join(FOLDER, `${name}.js`), "utf8");
    const asked = [...text.matchAll(/require\((.*?)\)/g)].map(([, module]) => module);
    expect(asked.filter((module) => module !== '"node:crypto"')).toEqual([]);
  });

  it.each(EXTERNALS)(
    "the external %s has settings and a call, and asks for listed modules",
    (name) => {
      const external = capabilities.external(name);
      expect(external).toBe(capabilities.external(name));
      expect(Object.isFrozen(external.settings)).toBe(true);
      expect(external.settings).toMatchObject({ type: "object", additionalProperties: false });
      expect(compileSchema(external.settings as JsonObject)({})).not.toBeNull();
      const text = readFileSync(join(FOLDER, `${name}.js`), "utf8");
      const asked = [...text.matchAll(/require\("([^"]*)"\)/g)].map(([, module]) => module ?? "");
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((module) => !builtins.includes(module))).toEqual([]);
    },
  );

  it("those of a sealed snapshot are still the same bytes", () => {
    const snapshots = join(ROOT, "snapshots");
    const current = readFileSync(join(snapshots, "current"), "utf8").trim();
    const manifest = JSON.parse(readFileSync(join(snapshots, current, "manifest.json"), "utf8"));
    expect(manifest.capabilities.length).toBeGreaterThan(0);
    for (const { implementation, sha256 } of manifest.capabilities) {
      expect([implementation, capabilities.digestOf(implementation)]).toEqual([
        implementation,
        sha256,
      ]);
    }
  });

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
    expect(capabilities.kindOf(name)).toBeUndefined();
    expect(() => capabilities.transform(name)).toThrow("there is an implementation");
    expect(() => capabilities.external(name)).toThrow("there is an implementation");
  });

  it("gives no implementation as one of the other kind", () => {
    expect(() => capabilities.transform("http-call")).toThrow("is of the kind transform");
    expect(() => capabilities.external("compare")).toThrow("is of the kind external");
  });

  it("loads nothing of the network before an implementation that needs it is asked for", async () => {
    const script = join(freshFolder(), "loads.cjs");
    await build({
      stdin: {
        contents: `
          import { openCapabilities } from "./capabilities/registry.ts";
          const capabilities = openCapabilities(${JSON.stringify(FOLDER)});
          const networks = () =>
            process.moduleLoadList.filter((name) => /^NativeModule (http|net|tls)$/.test(name));
          for (const name of capabilities.names()) capabilities.digestOf(name);
          capabilities.transform("compare");
          const before = networks().length;
          capabilities.external("http-call");
          process.stdout.write(JSON.stringify({ before, after: networks().length }));`,
        resolveDir: ROOT,
        loader: "ts",
      },
      bundle: true,
      format: "cjs",
      platform: "node",
      define: { "import.meta.dirname": "__dirname" },
      outfile: script,
      logLevel: "warning",
    });
    const printed = execFileSync(process.execPath, [script], { encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual({ before: 0, after: 3 });
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

  it("a program that exports no external is our own fault", () => {
    const into = freshFolder();
    writeFileSync(join(into, "file-drop.js"), "module.exports.external = { call() {} };");
    expect(() => openCapabilities(into).external("file-drop")).toThrow("with `settings`");
  });
});

describe("a program", () => {
  it.each(["globalThis", "global", "process", "Math.random"])("does not see %s", (name) => {
    expect(evaluated(`typeof ${name}`)).toBe("undefined");
  });

  it("is given SHA-256, and nothing else of Node", () => {
    expect(evaluated('Object.keys(require("node:crypto")).join()')).toBe("hash");
    const empty = createHash("sha256").digest("hex");
    expect(evaluated('require("node:crypto").hash("sha256", "", "hex")')).toBe(empty);
    expect(() => evaluated('require("node:crypto").hash("md5", "", "hex")')).toThrow("SHA-256");
    for (const name of [...builtins, "fs", "ajv"].filter((one) => one !== "node:crypto")) {
      expect(() => evaluated(`require(${JSON.stringify(name)})`)).toThrow("cannot be reached");
    }
  });

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

describe("a program that calls the outside", () => {
  it.each(builtins)("may ask for %s", (name) => {
    expect(computedOutside(`typeof require(${JSON.stringify(name)})`)).toBe("object");
  });

  it.each(["node:child_process", "fs", "node:vm", "ajv", "./registry.ts", "/etc/passwd"])(
    "may not ask for %s",
    (name) => {
      const asking = () => computedOutside(`require(${JSON.stringify(name)})`);
      expect(asking).toThrow("is listed for what calls the outside");
    },
  );

  it.each(["globalThis", "global", "process", "Date", "fetch", "Math.random"])(
    "does not see %s",
    (name) => {
      expect(computedOutside(`typeof ${name}`)).toBe("undefined");
    },
  );
});
