/**
 * A protocol from a text in a test: the domain `example` in memory, with the program's own domain
 * `platform` beside it. It gives what the compiler's front makes of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../compiler/diagnostic.ts";
import type { World } from "../../compiler/model.ts";
import { load } from "../../compiler/passes/load.ts";
import { parse } from "../../compiler/passes/parse.ts";
import type { Table } from "../../compiler/passes/resolve/implementations.ts";
import { resolve } from "../../compiler/passes/resolve.ts";
import { shape } from "../../compiler/passes/shape.ts";
import {
  type ProtocolFiles,
  protocolFilesIn,
  protocolFilesOf,
} from "../../compiler/protocol-files.ts";
import { OUTSIDE } from "./outside.ts";

const DOMAINS = join(import.meta.dirname, "../../protocol/domains");

export const PROGRAM: ProtocolFiles = protocolFilesIn(DOMAINS, "protocol/domains");

/** The names of implementations that the platform's contracts mention: all of pure functions. */
const TRANSFORMS: readonly string[] = readdirSync(join(DOMAINS, "platform"))
  .map((file) => readFileSync(join(DOMAINS, "platform", file), "utf8"))
  .flatMap((text) =>
    [...text.matchAll(/^implementation: *(\S+)/gm)].map((match) => match[1] ?? ""),
  );

/** Those, and what the tests have that calls the outside. */
const TABLE: Table = {
  names: () => [...TRANSFORMS, ...OUTSIDE.keys()],
  kindOf: (name) =>
    OUTSIDE.has(name) ? "external" : TRANSFORMS.includes(name) ? "transform" : undefined,
};

const DECLARED = /^kind: *domain\b/m;

/** A text as the file of the domain `example`, which is declared where the text does not. */
export function exampleFiles(text: string): Readonly<Record<string, string>> {
  const domain = "kind: domain\ncode: example\nsummary: An example.\nuses: [platform]\n";
  return {
    "example/example.yaml": text,
    ...(DECLARED.test(text) ? {} : { "example/domain.yaml": domain }),
  };
}

/** The findings of the passes load, parse, shape and resolve, and the world when there is no error. */
export function frontOf(workspace: ProtocolFiles): {
  readonly world: World | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const failed = (found: readonly Diagnostic[]) => {
    for (const one of found) diagnostics.push(one);
    return found.some(({ severity }) => severity === "error");
  };
  const loaded = load(workspace, PROGRAM);
  if (failed(loaded.diagnostics)) return { world: null, diagnostics };
  const parsed = parse(loaded.value);
  if (failed(parsed.diagnostics)) return { world: null, diagnostics };
  const shaped = shape(parsed.value);
  if (failed(shaped.diagnostics)) return { world: null, diagnostics };
  const resolved = resolve(shaped.value, TABLE);
  if (failed(resolved.diagnostics)) return { world: null, diagnostics };
  return { world: resolved.value, diagnostics };
}

/** The world of a text without errors. Fails the test, with the messages, where there are some. */
export function worldOf(text: string): World {
  const { world, diagnostics } = frontOf(protocolFilesOf(exampleFiles(text)));
  if (world !== null) return world;
  const lines = diagnostics.map(
    (d) => `${d.span.file}:${d.span.line}:${d.span.column} ${d.code}: ${d.message}`,
  );
  throw new Error(lines.join("\n"));
}
