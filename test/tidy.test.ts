/**
 * The style that STYLE names, held by a test: sizes, who may import whom, what stays pure, who
 * knows which package, and that nothing is dead. It reads the sources with TypeScript's own parser.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const FOLDERS = ["protocol", "compiler", "runtime", "capabilities", "bin"];
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;
const PARAMETERS_MAX = 4;

interface SourceFile {
  readonly path: string;
  readonly tree: ts.SourceFile;
  readonly lines: number;
  /** Imported files (relative to the root) and packages. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

const sources = filesOf(FOLDERS);
const tests = filesOf(["test"]);
const byPath = new Map([...sources, ...tests].map((source) => [source.path, source]));

function filesOf(folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readSource(join(folder, file)))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imported = importsOf(tree);
  return {
    path,
    tree,
    lines: text.split("\n").length - 1,
    files: imported
      .filter((name) => name.startsWith("."))
      .map((name) => relative(root, join(root, dirname(path), name))),
    packages: imported.filter((name) => !name.startsWith(".")),
  };
}

function importsOf(tree: ts.SourceFile): readonly string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : undefined;
    if (named !== undefined && ts.isStringLiteral(named)) found.push(named.text);
    if (!ts.isCallExpression(node)) return;
    const loads =
      node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire(node.expression);
    const argument = node.arguments[0];
    if (loads && argument !== undefined && ts.isStringLiteral(argument)) found.push(argument.text);
  });
  return found;
}

function isRequire(expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) && expression.text === "require";
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The top folder of a file, with `protocol/language` in one piece. */
function houseOf(path: string): string {
  return path.startsWith("protocol/language/") ? "protocol/language" : (path.split("/")[0] ?? "");
}

test("the sources were seen", () => {
  expect(sources.length).toBeGreaterThan(80);
  for (const folder of FOLDERS) {
    expect(sources.some((source) => source.path.startsWith(folder))).toBe(true);
  }
});

test("no file is longer than its limit", () => {
  const long = [...sources, ...tests].filter((source) => source.lines > FILE_LINES_MAX);
  expect(long.map((source) => `${source.path}: ${source.lines}`)).toEqual([]);
});

test("no function is longer, or takes more, than its limit", () => {
  const found: string[] = [];
  for (const source of sources) {
    walk(source.tree, (node) => {
      if (!ts.isFunctionLike(node) || ts.isTypeNode(node)) return;
      const at = source.tree.getLineAndCharacterOfPosition(node.getStart());
      const end = source.tree.getLineAndCharacterOfPosition(node.getEnd());
      const place = `${source.path}:${at.line + 1}`;
      if (end.line - at.line + 1 > FUNCTION_LINES_MAX) found.push(`${place}: too long`);
      if (node.parameters.length > PARAMETERS_MAX) found.push(`${place}: too many parameters`);
    });
  }
  expect(found).toEqual([]);
});

test("a file opens with what it is", () => {
  const bare = sources.filter((source) => !/^(#!.*\n)?\/\*\*/.test(source.tree.text));
  expect(bare.map((source) => source.path)).toEqual([]);
});

/** DESIGN, The house: from, to. `index` means that only the folder's index.ts may be imported. */
const MAY_IMPORT: Readonly<Record<string, Readonly<Record<string, "yes" | "index">>>> = {
  "protocol/language": {},
  compiler: { "protocol/language": "yes" },
  runtime: { "protocol/language": "yes" },
  capabilities: { "protocol/language": "yes" },
  bin: { "protocol/language": "yes", compiler: "index", runtime: "index", capabilities: "yes" },
};

test("imports keep to the table of the house", () => {
  const wrong: string[] = [];
  for (const source of sources) {
    const from = houseOf(source.path);
    for (const file of source.files) {
      const to = houseOf(file);
      const allowed = from === to ? "yes" : MAY_IMPORT[from]?.[to];
      const fine = allowed === "yes" || (allowed === "index" && file === `${to}/index.ts`);
      if (!fine) wrong.push(`${source.path} imports ${file}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("every imported file is there, and no imports go in circles", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const enter = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (done.has(path) || trail.includes(path)) return;
    for (const file of byPath.get(path)?.files ?? []) {
      if (!file.endsWith(".ts")) continue;
      expect(existsSync(join(root, file)), `${path} imports ${file}`).toBe(true);
      enter(file, [...trail, path]);
    }
    done.add(path);
  };
  for (const source of sources) enter(source.path, []);
  expect(circles).toEqual([]);
});

/** Files whose result must depend on nothing but their arguments. */
const PURE =
  /^(protocol\/language|runtime\/machine|compiler\/(passes|rules|types|codes)|capabilities\/transforms)\//;

test("pure files stay pure", () => {
  const impure: string[] = [];
  for (const source of sources.filter((file) => PURE.test(file.path))) {
    for (const name of source.packages) {
      const hash = name === "node:crypto" && source.path === "protocol/language/digest.ts";
      if (name.startsWith("node:") && !hash) impure.push(`${source.path} imports ${name}`);
    }
    walk(source.tree, (node) => {
      const at = source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (node.kind === ts.SyntaxKind.AsyncKeyword && !MAY_WAIT.has(source.path)) {
        impure.push(`${source.path}:${at} is async`);
      }
      if (!ts.isIdentifier(node) || ts.isPropertyAccessExpression(node.parent)) {
        if (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random") {
          impure.push(`${source.path}:${at} uses Math.random`);
        }
        return;
      }
      if (["Date", "performance"].includes(node.text)) {
        impure.push(`${source.path}:${at} uses ${node.text}`);
      }
    });
  }
  expect(impure).toEqual([]);
});

/** Passes that wait for a library to load (layout, Cedar); nothing else about them waits. */
const MAY_WAIT: ReadonlySet<string> = new Set([
  "compiler/passes/lower.ts",
  "compiler/passes/policy.ts",
]);

test("the process and the environment are touched in bin only", () => {
  const found: string[] = [];
  for (const source of sources.filter((file) => !file.path.startsWith("bin/"))) {
    if (source.packages.includes("node:process")) found.push(source.path);
    walk(source.tree, (node) => {
      if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== "process") return;
      const at = source.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push(`${source.path}:${at} ${node.getText()}`);
    });
  }
  expect(found).toEqual([]);
});

test("the environment is read in one file", () => {
  const found: string[] = [];
  for (const source of sources) {
    walk(source.tree, (node) => {
      const reads = ts.isBindingElement(node)
        ? (node.propertyName ?? node.name).getText() === "env"
        : (ts.isPropertyAccessExpression(node) && node.name.text === "env") ||
          (ts.isElementAccessExpression(node) && node.argumentExpression.getText() === '"env"');
      // These ask it too.
      const asks =
        ts.isImportSpecifier(node) &&
        ["env", "tmpdir", "homedir"].includes((node.propertyName ?? node.name).text);
      if (reads || asks) found.push(source.path);
    });
  }
  expect([...new Set(found)]).toEqual(["bin/io.ts"]);
  for (const file of ["bin/pgs.cjs", "bin/warm.cjs"]) {
    expect(readFileSync(join(root, file), "utf8"), file).not.toMatch(/\.env\b|\benv [,}]/);
  }
});

/** A package is known to the files that may know it. */
const KNOWN_TO: Readonly<Record<string, RegExp>> = {
  yaml: /^compiler\/yaml\.ts$/,
  ajv: /^(protocol\/language\/json-schema|compiler\/json-schema|compiler\/kind-checks|bin\/config\/(config-check|problems))\.ts$/,
  "ajv-formats": /^protocol\/language\/json-schema\.ts$/,
  re2js: /^protocol\/language\/json-schema\.ts$/,
  "json-p3": /^compiler\/jsonpath\.ts$/,
  graphology: /^compiler\/graph-order\.ts$/,
  "graphology-dag": /^compiler\/graph-order\.ts$/,
  "@cedar-policy/cedar-wasm": /^compiler\/cedar\.ts$/,
  "@hpcc-js/wasm-graphviz": /^compiler\/layout[^/]*\.ts$/,
  libsql: /^runtime\/state\/sqlite\.ts$/,
  "@resvg/resvg-js": /^runtime\/traces\/png\.ts$/,
  jose: /^runtime\/identity\/jwt\.ts$/,
  uuidv7: /^runtime\//,
  commander: /^bin\//,
  chalk: /^bin\//,
  "@noble/hashes": /^capabilities\//,
  "@noble/curves": /^capabilities\//,
  "@scure/bip32": /^capabilities\//,
  "@scure/bip39": /^capabilities\//,
  esbuild: /^(bin|capabilities)\//,
};

test("each package is known to the files that may know it", () => {
  const wrong: string[] = [];
  const used = new Set<string>();
  for (const source of sources) {
    for (const name of source.packages.filter((imported) => !imported.startsWith("node:"))) {
      used.add(packageOf(name));
      if (!KNOWN_TO[packageOf(name)]?.test(source.path)) wrong.push(`${source.path}: ${name}`);
    }
  }
  expect(wrong).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const needless = Object.keys(manifest.dependencies).filter((name) => !used.has(name));
  expect(needless, "dependencies that no source imports").toEqual([]);
});

test("no file is dead: each is reached from the program or from a test of its own", () => {
  const reached = new Set<string>();
  const enter = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const file of byPath.get(path)?.files ?? []) enter(file);
  };
  for (const source of sources) {
    if (
      /^bin\/(main|commands\/[^/]+)\.ts$|^capabilities\/(transforms|externals)\/|(store|check)-worker/.test(
        source.path,
      )
    ) {
      enter(source.path);
    }
  }
  const dead = sources.filter((source) => !reached.has(source.path));
  expect(dead.map((source) => source.path)).toEqual([]);
});

test("no file or folder is called what says nothing", () => {
  const empty =
    /(^|\/)(utils?|commons?|shared|helpers?|core|managers?|services?|base|impl|misc)(\.|\/)/;
  expect([...sources, ...tests].filter((file) => empty.test(file.path))).toEqual([]);
});

test("the version is said once", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const text = readFileSync(join(root, "protocol/language/version.ts"), "utf8");
  expect(text).toContain(`VERSION = "${manifest.version}"`);
});
