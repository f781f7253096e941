/**
 * Starts the crash tests outside of the test runner: bundles this folder's TypeScript with the
 * program's own esbuild into a temporary file and hands over. It decides nothing.
 */

import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const outfile = join(folder, `.main-${process.pid}.mjs`);
await build({
  entryPoints: [join(folder, "main.ts")],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  packages: "external",
  logLevel: "warning",
});
let program;
try {
  program = await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile, { force: true });
}
process.exitCode = await program.main(process.argv.slice(2));
