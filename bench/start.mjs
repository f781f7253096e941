/**
 * Starts the measurements: bundles the TypeScript of this folder, and what it imports of the
 * program, with the program's own esbuild into `bench/dist`, then hands over. It measures nothing.
 */
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const bench = dirname(fileURLToPath(import.meta.url));
const root = dirname(bench);

function stop(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

if (!existsSync(join(root, "node_modules", "esbuild"))) {
  stop("the program's packages are not there; install them with: npm ci");
}
if (!existsSync(join(root, "dist", "main.js"))) {
  stop("the program is not built; build it with: npm run build");
}

if (!existsSync(join(bench, "node_modules", "xstate"))) {
  stop("the peers are not there; install them with: npm --prefix bench ci");
}
// Two SQLite libraries in one process take each other's locks away: there must be the program's only.
if (existsSync(join(bench, "node_modules", "libsql"))) {
  stop("the peers are those of an older version; install them anew with: npm --prefix bench ci");
}

const { build } = await import("esbuild");
rmSync(join(bench, "dist"), { recursive: true, force: true });
await build({
  absWorkingDir: bench,
  entryPoints: ["main.ts", "child.ts"],
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // Packages are found from `bench/dist` by Node itself: the peers' here, the program's above.
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
await import(pathToFileURL(join(bench, "dist", "main.mjs")).href);
