/**
 * Starts a script of the tests outside of the test runner: `node test/start.mjs simulator/command.ts`.
 * It makes a program of the TypeScript first, and hands over the arguments after that name.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [entry] = process.argv.splice(2, 1);
const source = join(here, entry);
const folder = join(here, "../node_modules/.cache/pgs-tests");
const outfile = join(folder, `script-${process.pid}.mjs`);

mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  // It finds the packages from where it stands, below `node_modules`.
  packages: "external",
  logLevel: "warning",
  plugins: [{ name: "stands-where-it-stood", setup: keepFolders }],
});
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile, { force: true });
}

/** A source that asks where it stands is told where the source does, and not the bundle. */
function keepFolders({ onLoad }) {
  onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path }) => {
    const { readFile } = await import("node:fs/promises");
    const contents = await readFile(path, "utf8");
    const folder = JSON.stringify(dirname(path));
    return { loader: "ts", contents: contents.replaceAll("import.meta.dirname", folder) };
  });
}
