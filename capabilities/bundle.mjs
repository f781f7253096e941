/**
 * Builds every implementation to one self-contained program text, `<out>/<name>.js`: the bytes that
 * are hashed, sealed and evaluated. The same sources give the same bytes in every folder and on
 * every machine; nothing of the machine may get into them. A transform
 * may ask for `node:crypto`, of which it is given SHA-256 alone; a program that calls the outside,
 * for the modules of Node that are listed. No other resolves.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @param {string} outFolder */
export async function bundleCapabilities(outFolder) {
  const table = Object.entries(readJson("table.json"));
  const of = (folder) => table.filter(([, path]) => path.startsWith(`${folder}/`));
  await bundle(outFolder, of("transforms"), ["node:crypto"]);
  await bundle(outFolder, of("externals"), readJson("builtins.json"));
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

/**
 * @param {string} outFolder
 * @param {[string, string][]} entries
 * @param {string[]} external
 */
async function bundle(outFolder, entries, external) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: entries.map(([name, path]) => ({ in: `capabilities/${path}`, out: name })),
    outdir: outFolder,
    bundle: true,
    external,
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
