/**
 * Pass 1, `load`: which files make up the protocol, and their text. It checks what can be said
 * without reading YAML: where files lie, what they are, how big, and that they are text.
 */

import { LIMITS } from "../../protocol/language/limits.ts";
import { DOMAIN_PATTERN } from "../../protocol/language/names.ts";
import { append } from "../append.ts";
import { type Diagnostic, diagnose, type Span } from "../diagnostic.ts";
import type { Passed, Source } from "../model.ts";
import type { ProtocolEntry, ProtocolFiles } from "../protocol-files.ts";
import { type TextFault, textOf } from "./load/text.ts";
import { spannerOf } from "./parse/spans.ts";

/** The domain that comes with the program. */
export const PLATFORM = "platform";

/** Reads a workspace's protocol, and the domain `platform` from where the program keeps it. */
export function load(workspace: ProtocolFiles, program: ProtocolFiles): Passed<readonly Source[]> {
  const entries = workspace.list();
  const found: Diagnostic[] = [];
  if (entries === null || !entries.some(isProtocol)) {
    found.push(
      diagnose("load/no-protocol", startOf(workspace.shownAs), { folder: workspace.shownAs }),
    );
    return { value: [], diagnostics: found };
  }
  const own = program.identityOf(PLATFORM);
  const theirs = workspace.identityOf(PLATFORM);
  if (theirs !== null && theirs !== own) {
    found.push(diagnose("load/reserved-domain", startOf(`${workspace.shownAs}/${PLATFORM}`), {}));
    return { value: [], diagnostics: found };
  }
  const sources = readAll(workspace, entries, found);
  if (theirs === null) {
    const platform = (program.list() ?? []).filter(({ path }) => path.startsWith(`${PLATFORM}/`));
    append(sources, readAll(program, platform, found));
  }
  return { value: sources, diagnostics: found };
}

function isProtocol({ path }: ProtocolEntry): boolean {
  return /\.ya?ml$/i.test(path);
}

function readAll(
  files: ProtocolFiles,
  entries: readonly ProtocolEntry[],
  found: Diagnostic[],
): Source[] {
  const mine = entries.filter((entry) => isProtocol(entry) || entry.kind === "unreadable");
  if (mine.length > LIMITS.sourceFilesMax) {
    const counts = { found: String(mine.length), limit: String(LIMITS.sourceFilesMax) };
    found.push(diagnose("load/too-many-files", startOf(files.shownAs), counts));
    return [];
  }
  return mine.flatMap((entry) => readOne(files, entry, found) ?? []);
}

function readOne(files: ProtocolFiles, entry: ProtocolEntry, found: Diagnostic[]): Source | null {
  const file = `${files.shownAs}/${entry.path}`;
  const misplaced = placeFault(entry, startOf(file));
  if (misplaced !== null) {
    found.push(misplaced);
    return null;
  }
  const bytes = bytesOf(files, entry);
  const text = bytes === null ? null : textOf(bytes);
  if (text === null) found.push(diagnose("load/unreadable", startOf(file), {}));
  else if (typeof text === "object") found.push(textDiagnostic(file, text));
  else return { file, domain: domainOf(entry.path), text };
  return null;
}

/** What is wrong with where an entry lies and what it is, before it is opened. */
function placeFault({ path, kind, bytes }: ProtocolEntry, span: Span): Diagnostic | null {
  const domain = domainOf(path);
  if (kind === "unreadable") return diagnose("load/unreadable", span, {});
  if (kind !== "file") {
    return diagnose("load/not-a-file", span, {
      found: kind === "link" ? "a link" : "no regular file",
    });
  }
  if (domain === path) return diagnose("load/stray-file", span, { file: path });
  if (!DOMAIN_PATTERN.test(domain))
    return diagnose("load/bad-domain-folder", span, { folder: domain });
  if (!path.endsWith(".yaml")) return diagnose("load/wrong-extension", span, { file: path });
  if (bytes > LIMITS.sourceBytesMax) {
    const sizes = { bytes: String(bytes), limit: String(LIMITS.sourceBytesMax) };
    return diagnose("load/too-large", span, sizes);
  }
  return null;
}

/** The bytes of a file, or null where the system does not give them, or more than it had said. */
function bytesOf(files: ProtocolFiles, { path }: ProtocolEntry): Uint8Array | null {
  try {
    const bytes = files.read(path);
    return bytes.length <= LIMITS.sourceBytesMax ? bytes : null;
  } catch {
    return null;
  }
}

export function textDiagnostic(file: string, fault: TextFault): Diagnostic {
  if (fault.what === "byte-order-mark") {
    return diagnose("load/byte-order-mark", startOf(file), { encoding: fault.encoding });
  }
  if (fault.what === "not-utf8") {
    const end = fault.text.length;
    return diagnose("load/not-utf8", spannerOf({ file, text: fault.text })(end, end), {
      byte: fault.byte,
    });
  }
  const { text, at } = fault;
  const character = `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")}`;
  return diagnose("load/control-character", spannerOf({ file, text })(at, at + 1), { character });
}

function domainOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}

function startOf(file: string): Span {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}
