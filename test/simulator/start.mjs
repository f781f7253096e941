/**
 * Starts the simulator: its command is TypeScript, which this makes a program of first.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../../node_modules/.cache/pgs-simulator");
const outfile = join(folder, `command-${process.pid}.mjs`);

mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [join(here, "command.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  // It finds the packages from where it stands, below `node_modules`.
  packages: "external",
  // Where the sources are, which the bundle is not beside.
  define: { "import.meta.dirname": JSON.stringify(here) },
  logLevel: "error",
});
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile);
}
