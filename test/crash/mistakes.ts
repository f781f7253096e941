/**
 * Mistakes that a program like this is made of, each a small change to one source, built into a
 * program of its own beside the true one. A kind of test that finds none of them finds nothing.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import type { FamilyName } from "./families.ts";
import { type Program, repository } from "./program.ts";

export interface Mistake {
  readonly name: string;
  /** The source, and what stands in it instead of what. */
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
  /** Who must see it, and where to look first. */
  readonly caughtBy: FamilyName;
  readonly origin: "fresh" | "used" | "torn";
}

export const MISTAKES: readonly Mistake[] = Object.freeze([
  {
    name: "the ledger is not flushed",
    file: "runtime/ledger/segment-writer.ts",
    right: "await open.file.flush(here);",
    wrong: "",
    caughtBy: "cut",
    origin: "used",
  },
  {
    name: "a flush that failed is made again",
    file: "runtime/ledger/segment-writer.ts",
    right: "await open.file.flush(here);",
    wrong: "await open.file.flush(here).catch(() => open.file.flush(here));",
    caughtBy: "sweep",
    origin: "fresh",
  },
  {
    name: "the folder of a new segment is not flushed",
    file: "runtime/ledger/segment-writer.ts",
    right: "if (open.isNew) this.#options.files.flushFolder(ledgerFolder(this.#options.dataRoot));",
    wrong: "",
    caughtBy: "cut",
    origin: "fresh",
  },
  {
    name: "a file is renamed into place before it is flushed",
    file: "runtime/system-ports.ts",
    right: "if (flushed) fsyncSync(fd);",
    wrong: "",
    caughtBy: "cut",
    origin: "torn",
  },
  {
    name: "a short write is taken for a whole one",
    file: "runtime/system-ports.ts",
    right: "    written += more;",
    wrong: "    written = data.byteLength;",
    caughtBy: "short",
    origin: "used",
  },
  {
    name: "a start believes what it can read",
    file: "runtime/ledger/recovery.ts",
    right: "if (!isSame(watermark?.durable, end)) rewrite(options, end);",
    wrong: "if (false) void 0;",
    caughtBy: "eio-kill-then-cut",
    origin: "used",
  },
  {
    name: "an answer does not wait for its flush",
    file: "runtime/ledger/segment-writer.ts",
    right: "await open.file.flush(here);",
    wrong: "void open.file.flush(here).catch(() => {});",
    caughtBy: "sweep",
    origin: "used",
  },
  {
    name: "the folder of the data root is not flushed",
    file: "runtime/data-root.ts",
    right: "files.flushFolder(dirname(path));",
    wrong: "",
    caughtBy: "cut",
    origin: "fresh",
  },
  {
    name: "the folder of a replaced file is not flushed",
    file: "runtime/system-ports.ts",
    right: "replaceFile(path, data, { mode, flushed: true });\n      flushFolder(dirname(path));",
    wrong: "replaceFile(path, data, { mode, flushed: true });",
    caughtBy: "cut",
    origin: "torn",
  },
  {
    name: "a start does not flush again what the one before could not",
    file: "runtime/ledger/recovery.ts",
    right: "files.flushFolder(dataRoot);",
    wrong: "if (files.names(dataRoot).length === 0) files.flushFolder(dataRoot);",
    caughtBy: "kill-then-cut",
    origin: "fresh",
  },
]);

/** The program with a mistake in it, in a folder of its own. Throws where the source has changed. */
export async function programWith(mistake: Mistake, folder: string): Promise<Program> {
  mkdirSync(join(folder, "bin"), { recursive: true });
  cpSync(join(repository, "bin/pgs.cjs"), join(folder, "bin/pgs.cjs"));
  for (const name of ["node_modules", "package.json"]) {
    symlinkSync(join(repository, name), join(folder, name));
  }
  mkdirSync(join(folder, "dist"));
  for (const name of ["capabilities", "picture-font.ttf"]) {
    symlinkSync(join(repository, "dist", name), join(folder, "dist", name));
  }
  await build({
    absWorkingDir: repository,
    entryPoints: [
      { in: "bin/main.ts", out: "main" },
      { in: "bin/commands/run.ts", out: "commands/run" },
    ],
    outdir: join(folder, "dist"),
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "cjs",
    external: ["libsql", "@resvg/resvg-js"],
    plugins: [changed(mistake)],
    supported: { "dynamic-import": false },
    define: { "import.meta.dirname": "__dirname" },
    logLevel: "warning",
  });
  return { launcher: join(folder, "bin/pgs.cjs") };
}

function changed({ name, file, right, wrong }: Mistake): Plugin {
  return {
    name: "mistake",
    setup({ onLoad, onEnd }) {
      let seen = false;
      const source = join(repository, file);
      onLoad({ filter: new RegExp(`${file.replaceAll("/", ".")}$`) }, () => {
        seen = true;
        return {
          contents: mistaken(readFileSync(source, "utf8"), { name, right, wrong }),
          loader: "ts",
        };
      });
      onEnd(() => {
        if (!seen) throw new Error(`${name}: ${file} is no part of the program`);
      });
    },
  };
}

function mistaken(
  text: string,
  { name, right, wrong }: Pick<Mistake, "name" | "right" | "wrong">,
): string {
  if (text.split(right).length !== 2) {
    throw new Error(`${name}: expected the source to say once: ${right}`);
  }
  return text.replace(right, () => wrong);
}
