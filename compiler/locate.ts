/**
 * Where an artifact stands in the sources, for reports that come long after compiling. It only
 * reads; sources that do not load or parse, or have changed their names, give no place.
 */
import { fullName } from "../protocol/language/names.ts";
import type { ParsedDocument, PathStep } from "./model.ts";
import { load } from "./passes/load.ts";
import { parse } from "./passes/parse.ts";
import type { ProtocolFiles } from "./protocol-files.ts";

export type Locator = (
  artifact: string,
  path: readonly PathStep[],
) => { readonly file: string; readonly line: number } | undefined;

/** Reads the sources when the first place is asked for. */
export function locatorIn(workspace: ProtocolFiles, program: ProtocolFiles): Locator {
  let documents: ReadonlyMap<string, ParsedDocument> | undefined;
  return (artifact, path) => {
    documents ??= byName(parse(load(workspace, program).value).value);
    const span = documents.get(artifact)?.spanOf(path, "key");
    return span === undefined ? undefined : { file: span.file, line: span.line };
  };
}

function byName(documents: readonly ParsedDocument[]): ReadonlyMap<string, ParsedDocument> {
  return new Map(
    documents.flatMap((document) => {
      const { code } = document.value;
      return typeof code === "string" ? [[fullName(document.source.domain, code), document]] : [];
    }),
  );
}
