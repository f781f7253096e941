/**
 * Builds the program into `dist/`: one bundle for the command line, one a command, each capability
 * as a file of its own (its bytes are what a snapshot seals), the explanations of all diagnostics,
 * the font of the pictures, and V8's code cache for what every run needs.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { drawingAtHand, unpackDrawing } from "./drawing-at-hand.mjs";
import { nativeAtHand } from "./native-at-hand.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
const require = createRequire(import.meta.url);

/** A package that loads itself stays where npm put it. */
const EXTERNAL = ["@cedar-policy/cedar-wasm"];

/**
 * The argument parser can start other programs as its commands. Ours never does, and loading what
 * that needs takes a tenth of a bare start.
 */
const noChildProcesses = {
  name: "no-child-processes",
  setup(build) {
    const importer = /node_modules.commander./;
    build.onResolve({ filter: /^node:child_process$/ }, (found) =>
      importer.test(found.importer) ? { path: found.path, namespace: "left-out" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "export {};" }));
  },
};

/**
 * Colour is welcome where `bin/io.ts` says so. The package would find out by itself, and load what
 * terminals and sockets need, also where there is neither.
 */
const colourAsTold = {
  name: "colour-as-told",
  setup(build) {
    build.onResolve({ filter: /^#supports-color$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "vendor/supports-color/browser.js"),
    }));
  },
};

/** What few runs have a use for, by the module of Node that has it: loaded when it is used first. */
const USED_LATE = { "node:worker_threads": ["Worker"], "node:os": ["tmpdir"] };

const loadedLate = {
  name: "loaded-late",
  setup(build) {
    const asked = new RegExp(`^(${Object.keys(USED_LATE).join("|")})$`);
    build.onResolve({ filter: asked }, ({ path, importer, namespace }) =>
      namespace === "late" || importer.includes("node_modules")
        ? undefined
        : { path, namespace: "late" },
    );
    build.onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = {${USED_LATE[path].map(
        (name) => `get ${name}() { return require("${path}").${name}; }`,
      )}};`,
    }));
  },
};

const KINDS = [
  "domain",
  "schema",
  "transform",
  "effect",
  "workflow",
  "intent",
  "policy",
  "decisions",
  "invariant",
  "test",
];

/** The program text of the checks of the kinds, as `compiler/kind-checks.ts` itself makes them. */
async function kindChecksText() {
  const text = await checksText("./compiler/kind-checks.ts", "kindAjv", KINDS);
  return `${text}\nexport const KIND_CHECKS = { ${KINDS.join(", ")} };\n`;
}

/** The same of the check of the configuration. */
async function configCheckText() {
  const text = await checksText("./bin/config/config-check.ts", "configAjv", ["config"]);
  return `${text}\nexport const CONFIG_CHECK = config;\n`;
}

/** What ajv makes of the schemas of these names, in the instance that a file's function gives. */
async function checksText(file, instance, schemas) {
  const names = JSON.stringify(Object.fromEntries(schemas.map((name) => [name, name])));
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import standalone from "ajv/dist/standalone/index.js";
        import { ${instance} } from "${file}";
        export const text = standalone(${instance}({ source: true }), ${names});`,
      resolveDir: root,
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    logLevel: "warning",
  });
  const module = { exports: {} };
  new Function("module", "exports", "require", outputFiles[0].text)(
    module,
    module.exports,
    require,
  );
  return module.exports.text;
}

/** Puts those texts in the files' places. */
const checksMadeBefore = {
  name: "checks-made-before",
  setup(build) {
    const made = (filter, text) =>
      build.onLoad({ filter }, async () => ({
        contents: await text(),
        loader: "js",
        resolveDir: root,
      }));
    made(/compiler.kind-checks\.ts$/, kindChecksText);
    made(/bin.config.config-check\.ts$/, configCheckText);
  },
};

/**
 * A part that reads a text with the compiler takes no more of it along than that needs: what a file
 * of the compiler does when it is loaded concerns those only who use it.
 */
const usedOfCompiler = {
  name: "used-of-compiler",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir, importer }) => {
      const file = join(resolveDir, path);
      const isOurs = file.startsWith(join(root, "compiler")) || /json-schema/.test(file);
      if (!isOurs || importer.includes("node_modules")) return undefined;
      return { path: file, sideEffects: false };
    });
  },
};

/** What few runs need: bundles of their own, loaded when they are asked for. */
const PARTS = [
  "bin/batch/batch",
  "bin/config/config-file",
  "bin/locate",
  "bin/policy-texts",
  "protocol/language/json-schema",
  "runtime/identity/jwt",
];

/** The part that reads the workspace's configuration, before anything else is done. */
const READER = "bin/config/config-file";

/** Threads' programs are files of their own. */
const THREADS = ["runtime/state/store-worker", "runtime/ledger/check-worker"];

/** An `import()` of such a part names its bundle. */
const partsApart = {
  name: "parts-apart",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
      const file = join(resolveDir, path);
      const part = PARTS.find((name) => file === join(root, `${name}.ts`));
      if (kind !== "dynamic-import" || part === undefined) return undefined;
      return { path: `../parts/${basename(part)}.cjs`, external: true };
    });
  },
};

/**
 * The validator is half of what a run would load, and most runs get by without it: what walks
 * schemas as they stand asks for its part when it has to.
 */
const validatorApart = {
  name: "validator-apart",
  setup(build) {
    const asks = join(root, "runtime/json-schema.ts");
    build.onResolve({ filter: /language\/json-schema\.ts$/ }, ({ kind, importer }) =>
      importer === asks && kind === "import-statement"
        ? { path: "validator", namespace: "apart" }
        : undefined,
    );
    build.onResolve({ filter: /^\.\.\/parts\//, namespace: "apart" }, ({ path }) => ({
      path,
      external: true,
    }));
    build.onLoad({ filter: /.*/, namespace: "apart" }, () => ({
      contents: `
        let part;
        export function compileSchema(schema) {
          part ??= require("../parts/json-schema.cjs");
          return part.compileSchema(schema);
        }`,
    }));
  },
};

const ALWAYS = [nativeAtHand, colourAsTold, drawingAtHand, loadedLate];

const HOW = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  external: EXTERNAL,
  // The package's build for Node asks the environment once a token whether to log it.
  alias: { yaml: join(root, "node_modules/yaml/browser/dist/index.js") },
  // The launcher evaluates the bundles itself: `import()` of a package becomes `require`.
  supported: { "dynamic-import": false },
  define: { "import.meta.dirname": "__dirname" },
  legalComments: "external",
  logLevel: "warning",
};

async function bundleProgram() {
  const commands = readdirSync(join(root, "bin/commands")).filter((file) => file.endsWith(".ts"));
  await build({
    ...HOW,
    entryPoints: [
      { in: "bin/main.ts", out: "main" },
      ...commands.map((file) => ({
        in: `bin/commands/${file}`,
        out: `commands/${file.replace(/\.ts$/, "")}`,
      })),
    ],
    outdir: "dist",
    plugins: [...ALWAYS, noChildProcesses, checksMadeBefore, validatorApart, partsApart],
  });
  await build({
    ...HOW,
    entryPoints: THREADS.map((name) => `${name}.ts`),
    outdir: "dist",
    entryNames: "[name]",
    outExtension: { ".js": ".cjs" },
    plugins: [nativeAtHand],
  });
  for (const name of PARTS) {
    await build({
      ...HOW,
      entryPoints: [{ in: `${name}.ts`, out: basename(name) }],
      outdir: "dist/parts",
      // Node may load these, too: by this name it takes them for what they are.
      outExtension: { ".js": ".cjs" },
      plugins: [...ALWAYS, checksMadeBefore, ...(name === READER ? [usedOfCompiler] : [])],
    });
  }
}

/**
 * The launcher takes each byte for a letter, and V8 keeps such a text in half the memory: a single
 * letter of another alphabet, be it in a comment, makes every start slower.
 */
function requireAscii(folder) {
  for (const file of readdirSync(join(dist, folder))) {
    if (!/\.c?js$/.test(file)) continue;
    const other = /^.*[^\0-\x7f].*$/m.exec(readFileSync(join(dist, folder, file), "utf8"));
    if (other !== null) throw new Error(`expected ASCII in ${folder}/${file}, found ${other[0]}`);
  }
}

/** `dist/explain.json`: code to its case folder's texts. */
function gatherExplanations() {
  const cases = join(root, "compiler/codes/cases");
  const all = {};
  for (const pass of readdirSync(cases).sort()) {
    for (const words of readdirSync(join(cases, pass)).sort()) {
      const folder = join(cases, pass, words);
      const read = (name) =>
        existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : null;
      all[`${pass}/${words}`] = {
        text: read("explain.md"),
        wrong: read("wrong.yaml"),
        right: read("right.yaml"),
      };
    }
  }
  writeFileSync(join(dist, "explain.json"), `${JSON.stringify(all, null, 1)}\n`);
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await bundleProgram();
for (const folder of [".", "commands", "parts"]) requireAscii(folder);
const { bundleCapabilities } = await import("../capabilities/bundle.mjs");
await bundleCapabilities(join(dist, "capabilities"));
gatherExplanations();
await unpackDrawing(dist);
cpSync(join(root, "runtime/traces/picture-font.ttf"), join(dist, "picture-font.ttf"));
execFileSync(process.execPath, [join(root, "bin/warm.cjs")], { stdio: "inherit" });
