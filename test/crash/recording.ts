/**
 * A run's file calls as operations on a disk: what strace wrote down, below one folder, and what the
 * program said meanwhile. A call that the disk's model does not know is an error, never left out.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { bytesIn, CALLS, type Call, callsIn, pathIn, UNKNOWN_CALLS } from "./calls.ts";
import type { Content, Operation } from "./disk-model.ts";

export const RECORDED_CALLS = Object.freeze([...CALLS, ...UNKNOWN_CALLS]);

/** The operations of a log on `folder` and below `data`, and what was said, in order. */
export function operationsIn(
  log: string,
  { folder, data }: { readonly folder: string; readonly data: string },
): readonly Operation[] {
  const offsets = new Map<string, number | undefined>();
  const operations: Operation[] = [];
  const ended: number[] = [];
  for (const call of callsIn(log)) {
    ended.push(operations.length);
    if (call.result.startsWith("-1") && !/sync$/.test(call.name)) continue;
    const after = ended[call.after] ?? 0;
    const operation = operationOf(call, { folder, data, offsets, after });
    if (operation !== undefined) operations.push(operation);
  }
  return operations;
}

interface Reading {
  readonly folder: string;
  readonly data: string;
  /** Where the next `write` on a descriptor goes; undefined: at the end. */
  readonly offsets: Map<string, number | undefined>;
  readonly after: number;
}

function operationOf(call: Call, reading: Reading): Operation | undefined {
  const { name, args, result } = call;
  const { folder, data, offsets, after } = reading;
  if (name === "write" && /^1</.test(args[0] ?? "")) {
    return { kind: "said", text: bytesIn(args[1]).subarray(0, Number(result)).toString("utf8") };
  }
  const path = pathIn(name === "openat" ? args[1] : args[0]);
  const isOurs = path === folder || path === data || path?.startsWith(`${data}/`) === true;
  if (path === undefined || !isOurs) return undefined;
  // It has no name any more, so that nothing of it can come back.
  if (/\(deleted\)$/.test(args[0] ?? "")) return undefined;
  switch (name) {
    case "openat": {
      const flags = args[2] ?? "";
      const descriptor = /^\d+/.exec(result)?.[0] ?? "";
      offsets.set(descriptor, flags.includes("O_APPEND") ? undefined : 0);
      const [makes, empties] = [flags.includes("O_CREAT"), flags.includes("O_TRUNC")];
      return makes || empties ? { kind: "open", path, makes, empties } : undefined;
    }
    case "write": {
      const bytes = bytesIn(args[1]).subarray(0, Number(result));
      const descriptor = /^\d+/.exec(args[0] ?? "")?.[0] ?? "";
      const offset = offsets.get(descriptor);
      if (offset !== undefined) offsets.set(descriptor, offset + bytes.length);
      return { kind: "write", path, offset, bytes };
    }
    case "pwrite64": {
      const bytes = bytesIn(args[1]).subarray(0, Number(result));
      return { kind: "write", path, offset: Number(args[3]), bytes };
    }
    case "ftruncate":
      return { kind: "truncate", path, length: Number(args[1]) };
    case "fsync":
    case "fdatasync":
      return { kind: "flush", path, failed: result.startsWith("-1"), after };
    case "rename":
      return { kind: "rename", path, to: pathIn(args[1]) ?? "" };
    case "unlink":
      return { kind: "remove", path };
    case "mkdir":
      return { kind: "folder", path };
    default:
      throw new Error(`the disk's model does not know the call ${name} on ${path}`);
  }
}

/** What stands below a folder, as a disk holds it. */
export function contentOf(folder: string): Content {
  const content = new Map<string, Buffer | "folder">();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    content.set(path, statSync(path).isDirectory() ? "folder" : readFileSync(path));
  }
  return content;
}
