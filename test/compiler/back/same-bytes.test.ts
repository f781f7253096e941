import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import {
  type Compilation,
  compile,
  type ProtocolFiles,
  protocolFilesIn,
  protocolFilesOf,
} from "../../../compiler/index.ts";
import { capabilities, FOLDER, freshFolder } from "../../capabilities/built.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DOMAINS = join(ROOT, "protocol/domains");

function compiled(workspace: ProtocolFiles): Promise<Compilation> {
  return compile({ workspace, program: workspace, capabilities });
}

/** Every document of the domains in a file of its own, in files that sort the other way round. */
function spread(): ProtocolFiles {
  const files: Record<string, string> = {};
  const sources = readdirSync(DOMAINS, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .sort();
  let left = 1_000;
  for (const path of sources) {
    const domain = path.split(/[/\\]/)[0];
    for (const document of readFileSync(join(DOMAINS, path), "utf8").split(/^---$/m)) {
      left -= 1;
      files[`${domain}/part-${left}.yaml`] = document;
    }
  }
  return protocolFilesOf(files);
}

test("how documents are spread over files makes no difference to a byte", async () => {
  const one = await compiled(protocolFilesIn(DOMAINS, "protocol/domains"));
  const other = await compiled(spread());
  expect(other.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(other.snapshot?.files).toEqual(one.snapshot?.files);
});

test("another process, folder, time zone and language give the same bytes", async () => {
  const here = await compiled(protocolFilesIn(DOMAINS, "protocol/domains"));
  const folder = freshFolder();
  const script = join(folder, "compile.mjs");
  // Packages that load more than their own text stay where they are.
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await build({
    stdin: {
      contents: `
        import { compile, protocolFilesIn } from "./compiler/index.ts";
        import { openCapabilities } from "./capabilities/registry.ts";
        const workspace = protocolFilesIn(${JSON.stringify(DOMAINS)}, "elsewhere");
        const capabilities = openCapabilities(${JSON.stringify(FOLDER)});
        const { snapshot } = await compile({ workspace, program: workspace, capabilities });
        process.stdout.write(snapshot.id);`,
      resolveDir: ROOT,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom("/");',
    },
    external: ["@cedar-policy/cedar-wasm"],
    outfile: script,
    logLevel: "warning",
  });
  const elsewhere = { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" };
  const there = execFileSync(process.execPath, [script], {
    cwd: tmpdir(),
    env: { ...process.env, ...elsewhere },
    encoding: "utf8",
  });
  expect(there).toBe(here.snapshot?.id);
});
