/** Files as they lie on a disk, and bytes that no case file can hold. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../compiler/diagnostic.ts";
import { load } from "../../../compiler/passes/load.ts";
import {
  type ProtocolFiles,
  protocolFilesIn,
  protocolFilesOf,
} from "../../../compiler/protocol-files.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { PROGRAM } from "../from-text.ts";

const DOMAIN = "kind: domain\ncode: example\nsummary: An example.\n";

function places(found: readonly Diagnostic[]): readonly string[] {
  return found.map(({ span, code }) => `${span.file}:${span.line}:${span.column} ${code}`);
}

function loadBytes(bytes: Uint8Array | string): readonly string[] {
  return places(load(protocolFilesOf({ "example/a.yaml": bytes }), PROGRAM).diagnostics);
}

const A = "protocol/domains/example/a.yaml";

test("an empty workspace has no protocol", () => {
  const nowhere = protocolFilesIn(join(tmpdir(), "there-is-no-such-folder"), "protocol/domains");
  for (const files of [nowhere, protocolFilesOf({}), protocolFilesOf({ "example/a.md": "" })]) {
    const found = load(files, PROGRAM).diagnostics;
    expect(places(found)).toEqual(["protocol/domains:1:1 load/no-protocol"]);
  }
});

test("a byte order mark is refused, with the encoding that it stands for", () => {
  const utf8 = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(DOMAIN)]);
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(DOMAIN, "utf16le")]);
  expect(loadBytes(utf8)).toEqual([`${A}:1:1 load/byte-order-mark`]);
  expect(loadBytes(utf16)).toEqual([`${A}:1:1 load/byte-order-mark`]);
  const found = load(protocolFilesOf({ "example/a.yaml": utf16 }), PROGRAM).diagnostics;
  expect(found[0]?.message).toContain("UTF-16");
});

test("bytes that are not UTF-8 are refused at the first of them", () => {
  const latin1 = Buffer.from("kind: domain\ncode: example\nsummary: caf\xe9.\n", "latin1");
  expect(loadBytes(latin1)).toEqual([`${A}:3:13 load/not-utf8`]);
  const cut = Buffer.from(`${DOMAIN}# é`).subarray(0, -1);
  expect(loadBytes(cut)).toEqual([`${A}:4:3 load/not-utf8`]);
  expect(loadBytes(Buffer.from(DOMAIN, "utf16le"))).toEqual([`${A}:1:2 load/control-character`]);
});

test("a control character is refused at its place, whatever reads like one", () => {
  for (const character of ["\0", "\x07", "\x1b", "\x1f", "\x02", "\x18", "\x7f", "\u009f", "\r"]) {
    expect(loadBytes(`${DOMAIN}# a${character}b`)).toEqual([`${A}:4:4 load/control-character`]);
  }
  for (const character of ["\u202e", "\u2066", "\u200e", "\ufeff", "\uffff"]) {
    expect(loadBytes(`${DOMAIN}# a${character}b`)).toEqual([`${A}:4:4 load/control-character`]);
  }
  expect(loadBytes(DOMAIN.replaceAll("\n", "\r\n"))).toEqual([]);
  expect(loadBytes(`${DOMAIN}# 你好 🦉 é\t`)).toEqual([]);
});

test("a file of 10 MB is refused without being read", () => {
  const files = protocolFilesOf({ "example/a.yaml": Buffer.alloc(10_000_000, "a") });
  const unread: ProtocolFiles = {
    ...files,
    read: () => {
      throw new Error("read");
    },
  };
  expect(places(load(unread, PROGRAM).diagnostics.slice(0, 1))).toEqual([
    `${A}:1:1 load/too-large`,
  ]);
});

test("a file that grows while it is read is refused", () => {
  const files = protocolFilesOf({ "example/a.yaml": DOMAIN });
  const grown = { ...files, read: () => new Uint8Array(LIMITS.sourceBytesMax + 1) };
  expect(places(load(grown, PROGRAM).diagnostics)).toEqual([`${A}:1:1 load/unreadable`]);
});

test("more files than a workspace may have are refused at once", () => {
  const entries = Array.from({ length: LIMITS.sourceFilesMax + 1 }, (_, i) => ({
    path: `example/${i}.yaml`,
    kind: "file" as const,
    bytes: 1,
  }));
  const files = { ...protocolFilesOf({ "example/a.yaml": DOMAIN }), list: () => entries };
  expect(places(load(files, PROGRAM).diagnostics)).toEqual([
    "protocol/domains:1:1 load/too-many-files",
  ]);
});

test("a workspace cannot replace the domain platform, nor need it be taken twice", () => {
  const other = protocolFilesOf({ "example/a.yaml": DOMAIN, "platform/domain.yaml": DOMAIN });
  expect(places(load(other, PROGRAM).diagnostics)).toEqual([
    "protocol/domains/platform:1:1 load/reserved-domain",
  ]);
  const { value, diagnostics } = load(PROGRAM, PROGRAM);
  expect(diagnostics).toEqual([]);
  expect(new Set(value.map(({ file }) => file)).size).toBe(value.length);
});

test("links, pipes and files that cannot be read are refused, editors' files are left alone", () => {
  const root = mkdtempSync(join(tmpdir(), "pgs-load-"));
  const domain = join(root, "example");
  mkdirSync(join(domain, ".git"), { recursive: true });
  writeFileSync(join(domain, "domain.yaml"), DOMAIN);
  writeFileSync(join(domain, ".domain.yaml.swp"), "\0");
  writeFileSync(join(domain, ".git", "a.yaml"), "\0");
  writeFileSync(join(domain, "notes.txt"), "\0");
  symlinkSync(join(domain, "domain.yaml"), join(domain, "link.yaml"));
  execFileSync("mkfifo", [join(domain, "pipe.yaml")]);
  const found = load(protocolFilesIn(root, "protocol/domains"), PROGRAM).diagnostics;
  expect(places(found)).toEqual([
    "protocol/domains/example/link.yaml:1:1 load/not-a-file",
    "protocol/domains/example/pipe.yaml:1:1 load/not-a-file",
  ]);
});

test("a file that the system does not give is refused", () => {
  const files = protocolFilesOf({ "example/a.yaml": DOMAIN });
  const denied: ProtocolFiles = {
    ...files,
    read: () => {
      throw new Error("EACCES");
    },
  };
  const found = load(denied, { ...PROGRAM, list: () => null }).diagnostics;
  expect(places(found)).toEqual([`${A}:1:1 load/unreadable`]);
});

test("a workspace comes before the program's domain, files in the order of their names", () => {
  const files = protocolFilesOf({ "example/b.yaml": DOMAIN, "example/a.yaml": DOMAIN });
  const { value } = load(files, PROGRAM);
  expect(value.slice(0, 2).map(({ file, domain }) => [file, domain])).toEqual([
    [A, "example"],
    ["protocol/domains/example/b.yaml", "example"],
  ]);
  expect(value.slice(2).every(({ domain }) => domain === "platform")).toBe(true);
});
