/**
 * Cases of diagnostics: protocols in which each expected finding stands as a comment on the line
 * below the one that is wrong.
 *
 *     start: frist
 *     #      ^^^^^ resolve/unknown-start      the carets begin where the finding begins
 *     # ! resolve/unknown-start               anywhere on the line above
 *
 * Inside of a policy's text a comment begins as Cedar's do, with `//`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Diagnostic } from "../../compiler/diagnostic.ts";
import {
  type ProtocolFiles,
  protocolFilesIn,
  protocolFilesOf,
} from "../../compiler/protocol-files.ts";

export interface Case {
  /** As in `resolve/unknown-start/wrong-2`. */
  readonly name: string;
  readonly wrong: boolean;
  readonly files: ProtocolFiles;
}

/** The cases in the folder of a code: `wrong*.yaml` and `right*.yaml`, or folders so named. */
export function casesIn(folder: string, code: string): readonly Case[] {
  return readdirSync(folder)
    .filter((name) => /^(wrong|right)/.test(name))
    .sort()
    .map((name) => ({
      name: `${code}/${name.replace(/\.yaml$/, "")}`,
      wrong: name.startsWith("wrong"),
      files: filesAt(join(folder, name)),
    }));
}

/** One file is the domain `example`; a folder is a workspace. */
function filesAt(path: string): ProtocolFiles {
  if (statSync(path).isDirectory()) {
    return protocolFilesIn(join(path, "protocol/domains"), "protocol/domains");
  }
  return protocolFilesOf({ "example/example.yaml": readFileSync(path) });
}

/** Holds what was found against what the comments expect: nothing missing, nothing more. */
export function check(files: ProtocolFiles, found: readonly Diagnostic[]): void {
  const expected = expectedIn(files);
  const loose = new Set(expected.filter((line) => line.includes(":*")));
  const actual = found.map(({ span, code }) => {
    const anywhere = `${span.file}:${span.line}:* ${code}`;
    return loose.has(anywhere) ? anywhere : `${span.file}:${span.line}:${span.column} ${code}`;
  });
  expect(actual.toSorted()).toEqual(expected.toSorted());
}

const EXPECTATION = /^(\s*(?:#|\/\/)\s*)(\^+|!)\s+([a-z]+\/[a-z0-9-]+)\s*$/;

function expectedIn(files: ProtocolFiles): readonly string[] {
  const entries = files.list() ?? [];
  return entries.flatMap(({ path }) => {
    const text = new TextDecoder().decode(files.read(path));
    const expected: string[] = [];
    let above = 0;
    for (const [at, line] of text.split("\n").entries()) {
      const match = EXPECTATION.exec(line);
      if (match === null) above = at + 1;
      else {
        const [, before = "", mark = "", code = ""] = match;
        const column = mark === "!" ? "*" : String(before.length + 1);
        expected.push(`${files.shownAs}/${path}:${above}:${column} ${code}`);
      }
    }
    return expected;
  });
}

/** The text of a file, or null when it is not there. */
export function textAt(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
