/**
 * `pgs.config.yaml`, read with the compiler's strict reader. A part of the program of its own,
 * loaded where there is such a file: it brings the reader along. What its keys mean is not decided
 * here.
 */
import { readFileSync, statSync } from "node:fs";
import { type Diagnostic, readDocument } from "../../compiler/index.ts";
import type { JsonObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Origin } from "./origin.ts";
import { type OriginOf, problem, refuseIf } from "./problems.ts";

export interface ConfigFile {
  readonly values: JsonObject;
  readonly originOf: OriginOf;
}

/** `shownAs` is how the file is called in what is said of it. */
export function readConfigFile(path: string, shownAs: string): ConfigFile {
  const { value, diagnostics } = readDocument(bytesOf(path, shownAs), shownAs);
  refuseIf(
    diagnostics.map((diagnostic) => yamlProblem(diagnostic, shownAs)),
    "kernel",
  );
  const [document, second] = value;
  if (second !== undefined) {
    const { line, column } = second.spanOf([]);
    const message = "expected one document, found a second one";
    refuseIf([problem("bad-yaml", at(shownAs, line, column), { message })], "kernel");
  }
  return {
    values: document?.value ?? {},
    originOf: (steps, part) => {
      const span = document?.spanOf(steps, part);
      return at(shownAs, span?.line ?? 1, span?.column ?? 1);
    },
  };
}

function yamlProblem({ code, message, span, parameters }: Diagnostic, shownAs: string) {
  const origin = at(shownAs, span.line, span.column);
  if (code !== "parse/not-a-mapping") {
    return problem("bad-yaml", origin, { message, hint: `\`pgs explain ${code}\` tells more.` });
  }
  // The reader's own sentence speaks of an artifact's `kind`.
  const sentence = `expected a mapping of settings, found ${parameters.found}`;
  return problem("bad-yaml", origin, {
    message: sentence,
    hint: "Write a setting a line: `data_root: data`.",
  });
}

function at(file: string, line: number, column: number): Origin {
  return { kind: "file", file, line, column };
}

function bytesOf(path: string, shownAs: string): Uint8Array {
  const refuse = (code: string, message: string, hint: string) =>
    refuseIf([problem(code, at(shownAs, 1, 1), { message, hint })], "kernel");
  try {
    // Looked at before it is opened: a pipe would be waited for.
    const standing = statSync(path);
    if (!standing.isFile()) {
      refuse("not-a-file", "expected a file, found something else", "Move it away.");
    }
    if (standing.size > LIMITS.sourceBytesMax) {
      const message = `expected at most ${LIMITS.sourceBytesMax} bytes, found ${standing.size}`;
      refuse("too-large", message, "A configuration says each setting once.");
    }
    return readFileSync(path);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const hint = "Let this user read it, or move it away: it is never passed over.";
    refuse("unreadable", `expected a file that can be read, found ${code}`, hint);
    throw error;
  }
}
