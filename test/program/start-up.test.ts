/**
 * What a start leaves out that it has no use for: each of these is a shortcut that would go unnoticed
 * when it stops working, since everything works without it, only slower.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);
const { nativeTarget, interpreterIn, libraryOf } = require(join(ROOT, "bin/native-target.cjs")) as {
  nativeTarget: () => string | undefined;
  interpreterIn: (head: Buffer) => string | undefined;
  libraryOf: (interpreter: string | undefined) => "gnu" | "musl" | undefined;
};

const scratch = mkdtempSync(join(tmpdir(), "pgs-start-up-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Loaded before the program: tells what it loaded, and lets nobody ask for a report. */
const spy = join(scratch, "spy.cjs");
writeFileSync(
  spy,
  `process.report.getReport = () => { throw new Error("a report was asked for"); };
  const fs = require("node:fs");
  const { readFileSync } = fs;
  const read = [];
  fs.readFileSync = (...given) => {
    read.push(String(given[0]));
    return readFileSync(...given);
  };
  process.on("exit", () => {
    const loaded = [...process.moduleLoadList, ...Object.keys(require.cache), ...read];
    require("node:fs").writeFileSync(${JSON.stringify(join(scratch, "loaded"))}, JSON.stringify(loaded));
  });`,
);

const REGISTERING = {
  workspace: ROOT,
  workflow: "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0",
  payload: join(ROOT, "protocol/domains/blockchain/payloads/register-actor.json"),
};

/** One run, its output into files, and what it loaded. */
function loadedBy(
  root: string,
  { workspace, workflow, payload }: typeof REGISTERING = REGISTERING,
): readonly string[] {
  const args = ["run", "--wf", workflow, "--payload", payload];
  const place = mkdtempSync(join(scratch, "place-"));
  const where = ["--data-root", join(place, "data"), "--traces-dir", join(place, "traces")];
  const out = openSync(join(scratch, "out"), "w");
  try {
    const all = ["-r", spy, join(root, "bin/pgs.cjs"), ...args, ...where, "--workspace", workspace];
    execFileSync(process.execPath, all, { stdio: ["pipe", out, "pipe"] });
  } finally {
    closeSync(out);
  }
  expect(readFileSync(join(scratch, "out"), "utf8")).toContain("SUCCESS");
  return JSON.parse(readFileSync(join(scratch, "loaded"), "utf8")) as string[];
}

const NEVER = [
  ...["tty", "net", "fs/promises", "child_process", "readline", "worker_threads"],
  ...["os", "timers/promises"],
];

test("a run opens no stream that it neither reads nor writes, begins no thread, and loads nothing for one", () => {
  const loaded = loadedBy(ROOT);
  expect(loaded).toContain("NativeModule stream");
  for (const name of NEVER) {
    expect(loaded, name).not.toContain(`NativeModule ${name}`);
  }
});

test("of native packages a run loads the native file and no script", () => {
  const loaded = loadedBy(ROOT).filter((name) => name.includes("node_modules"));
  expect(loaded.filter((name) => name.endsWith(".node"))).toHaveLength(2);
  expect(loaded.filter((name) => !name.endsWith(".node"))).toEqual([]);
});

test("the native file that is named at once is the one that the packages would find", () => {
  const fromLibsql = createRequire(require.resolve("libsql"));
  const { currentTarget } = fromLibsql("@neon-rs/load") as { currentTarget: () => string };
  const { familySync } = fromLibsql("detect-libc") as { familySync: () => string | null };
  const library = { glibc: "gnu", musl: "musl" }[familySync() ?? ""];
  if (library === undefined) return;
  expect(nativeTarget()).toBe(currentTarget());
  expect(nativeTarget()).toMatch(new RegExp(`-${library}$`));
});

test("where no native file is found beside the program, the packages load themselves", () => {
  const root = join(scratch, "elsewhere");
  for (const folder of ["bin", "dist"]) {
    cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, "node_modules/@resvg"), { recursive: true });
  for (const name of ["libsql", "@resvg/resvg-js"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(root, "node_modules", name));
  }
  writeFileSync(
    join(root, "package.json"),
    JSON.stringify({ name: "elsewhere", type: "module", private: true }),
  );
  // They may ask for a report: for this once the spy lets them.
  const strict = readFileSync(spy, "utf8");
  writeFileSync(spy, strict.replace(/^.*throw.*$/m, ""));
  try {
    const loaded = loadedBy(root).filter((name) => name.includes("node_modules"));
    expect(loaded.some((name) => /libsql.index\.js$/.test(name))).toBe(true);
    expect(loaded.some((name) => /resvg-js.index\.js$/.test(name))).toBe(true);
  } finally {
    writeFileSync(spy, strict);
  }
});

/** The head of a 64-bit ELF file whose one segment names its interpreter. */
function elf(interpreter: string, segment = 3): Buffer {
  const head = Buffer.alloc(256);
  head.write("7f454c460201", "hex");
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(1, 56);
  head.writeUInt32LE(segment, 64);
  head.writeBigUInt64LE(128n, 72);
  head.writeBigUInt64LE(BigInt(interpreter.length + 1), 96);
  head.write(interpreter, 128, "latin1");
  return head;
}

test("the C library is told by the program's own header, and by nothing that looks like it", () => {
  const told = (head: Buffer) => libraryOf(interpreterIn(head));
  expect(told(elf("/lib64/ld-linux-x86-64.so.2"))).toBe("gnu");
  expect(told(elf("/lib/ld-linux-aarch64.so.1"))).toBe("gnu");
  expect(told(elf("/nix/store/x-glibc/lib/ld-linux-x86-64.so.2"))).toBe("gnu");
  expect(told(elf("/lib/ld-musl-x86_64.so.1"))).toBe("musl");
  expect(told(elf("/lib/ld.so"))).toBeUndefined();
  expect(told(elf("/lib/ld-musl-x86_64.so.1", 1))).toBeUndefined();
  expect(told(Buffer.from("#!/bin/sh\n# /lib/ld-musl-x86_64.so.1"))).toBeUndefined();
  expect(told(elf("/lib/ld-musl-x86_64.so.1").subarray(0, 130))).toBeUndefined();
  expect(told(Buffer.alloc(0))).toBeUndefined();
});

test("the compiler's bundles hold no packed program of Graphviz: the file beside them is it", () => {
  const program = readFileSync(join(ROOT, "dist/graphviz.wasm"));
  expect(program.subarray(0, 4).toString("latin1")).toBe("\0asm");
  const script = readFileSync(join(ROOT, "dist/commands/compile.js"), "utf8");
  expect(script).toContain("graphviz.wasm");
  expect(Math.max(...script.split("\n").map(({ length }) => length))).toBeLessThan(100_000);
});

/** So many decisions in a line that laying them out keeps Graphviz busy for a while. */
function lineOf(length: number): string {
  const workspace = mkdtempSync(join(scratch, "line-"));
  const domain = join(workspace, "protocol/domains/line");
  mkdirSync(domain, { recursive: true });
  writeFileSync(
    join(domain, "domain.yaml"),
    "kind: domain\ncode: line\nsummary: A line.\nuses: []\n",
  );
  const to = (node: number) => (node < length ? `n${node}` : "done");
  const nodes = Array.from(
    { length },
    (_, i) => `
  n${i}:
    decide:
      - when: { type: object, properties: { a: { maximum: ${100 + i} } } }
        outcome: LOW
      - when: { type: object, properties: { a: { maximum: ${1000 + i} } } }
        outcome: MID
      - otherwise: HIGH
    with: { a: $.payload.a }
    on: { LOW: ${to(i + 1)}, MID: ${to(i + 2)}, HIGH: done }`,
  );
  const workflow = `kind: workflow
code: WF_LINE_V0
summary: A line of decisions.
payload:
  type: object
  required: [a]
  additionalProperties: false
  properties: { a: { type: integer } }
start: n0
nodes:${nodes.join("")}
exits:
  done: { outcome: SUCCESS, result: { a: $.payload.a } }
on_fault: { outcome: FAULTED }
`;
  writeFileSync(join(domain, "line.yaml"), workflow);
  return workspace;
}

test("a compilation has V8 make machine code of WebAssembly once, and no fast code beside it", () => {
  const args = ["--trace-wasm-compilation-times", join(ROOT, "bin/pgs.cjs"), "compile", "--check"];
  const told = execFileSync(process.execPath, [...args, "--workspace", lineOf(100)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(told).toContain("compiles: ");
  expect(told).toContain("using Liftoff");
  expect(told).not.toContain("using TurboFan");
});

test("a first run in a new data root does without the validator, where walking tells that all fits", () => {
  const workspace = lineOf(3);
  const payload = join(workspace, "payload.json");
  writeFileSync(payload, '{"a": 7}');
  const compile = [join(ROOT, "bin/pgs.cjs"), "compile", "--workspace", workspace];
  execFileSync(process.execPath, compile, { stdio: ["ignore", "ignore", "pipe"] });
  const loaded = loadedBy(ROOT, { workspace, workflow: "line::WF_LINE_V0", payload });
  expect(loaded.filter((name) => name.endsWith("/run.js"))).toHaveLength(1);
  expect(loaded.filter((name) => name.includes("json-schema"))).toEqual([]);
});
