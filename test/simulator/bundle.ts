/**
 * Bundles the simulator with the runtime as it stands, except for three things: `node:fs` under the
 * system's ports is the simulated one, bounds are small, and, where asked, one mistake is built in.
 * The program itself is never built from this.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

/** A piece of a source file and what stands there instead. It must be found exactly once. */
export interface Replacement {
  readonly file: string;
  readonly find: string | RegExp;
  readonly replace: string;
}

const ROOT = join(import.meta.dirname, "../..");

const PIECE = /const PIECE_BYTES = [^;]+;/;
const SMALL_PIECE = "const PIECE_BYTES = 8 * 1024;";

/** What is made small, or made only once for all the lives of a run. */
export const TUNED: readonly Replacement[] = [
  {
    file: "protocol/language/limits.ts",
    find: /segmentBytesMax: [^,]+,/,
    replace: "get segmentBytesMax() { return globalThis.simulated?.segmentBytesMax ?? 64 * MIB; },",
  },
  {
    file: "protocol/language/limits.ts",
    find: /recheckBytesMax: [^,]+,/,
    replace:
      "get recheckBytesMax() { return globalThis.simulated?.recheckBytesMax ?? 256 * KIB; },",
  },
  {
    file: "runtime/state/storing.ts",
    find: /const IN_BETWEEN = [^;]+;/,
    replace: "const IN_BETWEEN = { valueOf: () => globalThis.simulated.storedAtOnce };",
  },
  {
    file: "runtime/state/storing.ts",
    find: /const THREAD_WORTH = [^;]+;/,
    replace: "const THREAD_WORTH = 12;",
  },
  {
    file: "runtime/state/storing.ts",
    find: /const HANDED_AT_ONCE = [^;]+;/,
    replace: "const HANDED_AT_ONCE = 2;",
  },
  {
    file: "runtime/state/storing.ts",
    find: /const SHOWN_AT_ONCE = [^;]+;/,
    replace: "const SHOWN_AT_ONCE = 2;",
  },
  {
    file: "runtime/state/storing.ts",
    find: /const WAITING_MAX = [^;]+;/,
    replace: "const WAITING_MAX = 8;",
  },
  {
    file: "runtime/execution.ts",
    find: /const BREATH_RECORDS = [^;]+;/,
    replace: "const BREATH_RECORDS = 3;",
  },
  {
    file: "runtime/backlog.ts",
    find: /const AT_ONCE = [^;]+;/,
    replace: "const AT_ONCE = 1;",
  },
  {
    file: "runtime/runtime-options.ts",
    find: /goOnFirstMax: [^,]+,/,
    replace: "goOnFirstMax: 1,",
  },
  {
    file: "runtime/storing-for.ts",
    find: "own === undefined || storeWorkerFile === undefined",
    replace: "storeWorkerFile === undefined",
  },
  {
    file: "runtime/storing-for.ts",
    find: "refresh: () => own?.refresh(),",
    replace: "refresh: () => globalThis.simulatedRefresh(storeWorkerFile),",
  },
  {
    file: "runtime/identity/verify-token.ts",
    find: "export async function verifyToken(",
    replace:
      "export const verifyToken = async (text) => globalThis.simulatedToken(text);\nasync function verifyInFull(",
  },
  {
    file: "runtime/ledger/room.ts",
    find: /const ROOM_BYTES = [^;]+;/,
    replace: "const ROOM_BYTES = 12_000;",
  },
  {
    file: "runtime/ledger/group-commit.ts",
    find: /const ALONE_MIN = [^;]+;/,
    replace: "const ALONE_MIN = 1;",
  },
  { file: "runtime/ledger/cut.ts", find: PIECE, replace: SMALL_PIECE },
  { file: "runtime/ledger/line-at.ts", find: PIECE, replace: SMALL_PIECE },
  { file: "runtime/evidence/raw-lines.ts", find: PIECE, replace: SMALL_PIECE },
  {
    file: "runtime/ledger/line-at.ts",
    find: /const WINDOW_BYTES = [^;]+;/,
    replace: "const WINDOW_BYTES = 512;",
  },
  {
    file: "runtime/ledger/gathered.ts",
    find: /const BUFFER_BYTES = [^;]+;/,
    replace: "const BUFFER_BYTES = 1024;",
  },
  {
    file: "runtime/json-schema.ts",
    find: "export function programOf(graph: Graph): CheckedProgram {",
    replace: `const made = new WeakMap<Graph, CheckedProgram>();
      export function programOf(graph: Graph): CheckedProgram {
        const program = made.get(graph) ?? makeProgram(graph);
        made.set(graph, program);
        return program;
      }
      function makeProgram(graph: Graph): CheckedProgram {`,
  },
];

export function replaced(source: string, { file, find, replace }: Replacement): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new Error(`expected once in ${file}, found ${parts.length - 1} times: ${find}`);
}

/** The text of a file with all its replacements made. */
function textOf(file: string, replacements: readonly Replacement[]): string {
  return replacements.reduce(replaced, readFileSync(join(ROOT, file), "utf8"));
}

function simulated(replacements: readonly Replacement[]): Plugin {
  const files = new Set(replacements.map(({ file }) => file));
  return {
    name: "simulated",
    setup(builder) {
      builder.onResolve({ filter: /^node:fs$/ }, ({ importer }) =>
        relative(ROOT, importer) === "runtime/system-ports.ts"
          ? { path: join(import.meta.dirname, "node-fs.ts") }
          : undefined,
      );
      builder.onResolve({ filter: /store-thread\.ts$/ }, ({ kind, importer }) =>
        kind === "import-statement" && relative(ROOT, importer).startsWith("runtime/")
          ? { path: join(import.meta.dirname, "store-thread.ts") }
          : undefined,
      );
      // The stored state and the lock are ports: nothing here ever opens SQLite.
      builder.onResolve({ filter: /^libsql$/ }, () => ({ path: "libsql", namespace: "absent" }));
      builder.onLoad({ filter: /.*/, namespace: "absent" }, () => ({
        contents: "export default {}",
      }));
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(ROOT, path);
        if (!files.has(file)) return undefined;
        const own = replacements.filter((one) => one.file === file);
        return { contents: textOf(file, own), loader: "ts" };
      });
    },
  };
}

export interface Bundle {
  readonly script: string;
  readonly remove: () => void;
}

/** Bundles into a script of its own, which whoever asked removes. */
export async function bundleSimulator(mistakes: readonly Replacement[] = []): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), "pgs-simulator-"));
  const outfile = join(folder, "worker.mjs");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["test/simulator/worker.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    define: { setImmediate: "globalThis.simulatedImmediate" },
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [simulated([...TUNED, ...mistakes])],
    logLevel: "error",
  });
  return { script: outfile, remove: () => rmSync(folder, { recursive: true }) };
}
