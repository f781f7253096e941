/*
 * Which build of a native package this process can load: by platform, processor and C library. The
 * packages' own loaders ask for a report of the whole process to learn the last of these, which takes
 * longer than loading them; here the running program's own header tells, as it told the kernel. Where
 * it does not tell, nothing is guessed: the packages' own loaders are asked.
 */
"use strict";
const { closeSync, openSync, readSync } = require("node:fs");

/** Enough for the header, its table of segments and the interpreter's name, which stand in front. */
const HEADER_BYTES = 4096;
const ELF_64_LITTLE = "7f454c460201";
const INTERPRETER_SEGMENT = 3;
const PROCESSORS = ["x64", "arm64"];

let found;

/** As `linux-x64-gnu`; undefined for systems that are left to the packages' own loaders. */
function nativeTarget() {
  found ??= { target: targetOfProcess() };
  return found.target;
}

function targetOfProcess() {
  const { platform, arch, execPath } = process;
  if (platform !== "linux" || !PROCESSORS.includes(arch)) return undefined;
  const library = libraryOf(interpreterIn(headOf(execPath)));
  return library === undefined ? undefined : `${platform}-${arch}-${library}`;
}

function headOf(file) {
  const opened = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    return bytes.subarray(0, readSync(opened, bytes, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(opened);
  }
}

/** The program that loads this one, by its ELF header (man 5 elf); undefined where it has none. */
function interpreterIn(head) {
  if (head.toString("hex", 0, 6) !== ELF_64_LITTLE) return undefined;
  const [table, size, count] = [
    Number(head.readBigUInt64LE(32)),
    head.readUInt16LE(54),
    head.readUInt16LE(56),
  ];
  for (let at = table; at < table + size * count && at + size <= head.length; at += size) {
    if (head.readUInt32LE(at) !== INTERPRETER_SEGMENT) continue;
    const start = Number(head.readBigUInt64LE(at + 8));
    const end = start + Number(head.readBigUInt64LE(at + 32));
    return end > head.length ? undefined : head.toString("latin1", start, end - 1);
  }
  return undefined;
}

/** The name that the C libraries' own builds give their loader. */
function libraryOf(interpreter) {
  if (interpreter === undefined) return undefined;
  if (/\/ld-musl-[a-z0-9_]+\.so\.1$/.test(interpreter)) return "musl";
  return /\/ld-linux-[a-z0-9-]+\.so\.[0-9]$/.test(interpreter) ? "gnu" : undefined;
}

module.exports = { nativeTarget, interpreterIn, libraryOf };
