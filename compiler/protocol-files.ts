/**
 * Where the compiler's text comes from: a port, and the implementation over the file system. It
 * lists and reads; it follows no links, and what is right or wrong is the business of `load`.
 */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { byCodeUnits } from "../protocol/language/canonical.ts";

export interface ProtocolEntry {
  /** Below the folder of domains, with `/`: `blockchain/actors.yaml`. */
  readonly path: string;
  readonly kind: "file" | "link" | "other" | "unreadable";
  readonly bytes: number;
}

export interface ProtocolFiles {
  /** How the folder of domains is called in diagnostics: `protocol/domains`. */
  readonly shownAs: string;
  /** Everything below it that is no folder, sorted by path; null when there is no such folder. */
  readonly list: () => readonly ProtocolEntry[] | null;
  /** The bytes of an entry. Throws where the system does not let them be read. */
  readonly read: (path: string) => Uint8Array;
  /** Tells whether two sources mean the same folder of a domain; null when it is not there. */
  readonly identityOf: (domain: string) => string | null;
}

/** The protocol below a folder of domains on this machine. */
export function protocolFilesIn(folder: string, shownAs: string): ProtocolFiles {
  return {
    shownAs,
    list: () => (isFolder(folder) ? entriesOf(folder, "") : null),
    read: (path) => readFileSync(join(folder, path)),
    identityOf: (domain) => {
      const path = join(folder, domain);
      return isFolder(path) ? realpathSync(path) : null;
    },
  };
}

/** A protocol in memory: paths below the folder of domains to texts or bytes. */
export function protocolFilesOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  shownAs = "protocol/domains",
): ProtocolFiles {
  const bytes = new Map(
    Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const),
  );
  return {
    shownAs,
    list: () =>
      [...bytes]
        .map(([path, content]) => ({ path, kind: "file" as const, bytes: content.length }))
        .sort((a, b) => byCodeUnits(a.path, b.path)),
    read: (path) => bytes.get(path) ?? new Uint8Array(),
    identityOf: (domain) =>
      [...bytes.keys()].some((path) => path.startsWith(`${domain}/`)) ? `memory:${domain}` : null,
  };
}

/** A folder, or a link to one: where the protocol lies is the operator's choice. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function entriesOf(root: string, below: string): ProtocolEntry[] {
  const names = namesIn(join(root, below));
  if (names === null) return [{ path: below, kind: "unreadable", bytes: 0 }];
  return names.flatMap((name) => {
    const path = below === "" ? name : `${below}/${name}`;
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) return [];
    if (stat.isDirectory()) return entriesOf(root, path);
    const kind = stat.isFile() ? "file" : stat.isSymbolicLink() ? "link" : "other";
    return [{ path, kind, bytes: stat.size }];
  });
}

/** Names that begin with a dot are an editor's or a tool's business. */
function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort(byCodeUnits);
  } catch {
    return null;
  }
}
