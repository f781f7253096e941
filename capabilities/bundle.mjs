/**
 * Builds every transform to one self-contained program text, `<out>/<name>.js`: the bytes that are
 * hashed, sealed and evaluated. The same sources give the same bytes in every folder and on every
 * machine; nothing of the machine may get into them.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @param {string} outFolder */
export async function bundleCapabilities(outFolder) {
  const table = JSON.parse(readFileSync(new URL("table.json", import.meta.url), "utf8"));
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.entries(table).map(([name, path]) => ({
      in: `capabilities/${path}`,
      out: name,
    })),
    outdir: outFolder,
    bundle: true,
    format: "cjs",
    platform: "neutral",
    target: "es2023",
    charset: "utf8",
    legalComments: "inline",
    // Comments of the bundler name files by the path that they are reached by, not where a link
    // leads to: a linked `node_modules` changes no byte.
    preserveSymlinks: true,
    tsconfigRaw: "{}",
    logLevel: "warning",
  });
}
