/** Evidence in memory for tests: bytes as the lines that a file would give. */
import type { Graph } from "../../../protocol/language/graph.ts";
import type { Beside, Examination } from "../../../runtime/evidence/examination.ts";
import { examine } from "../../../runtime/evidence/examine.ts";
import { linesOfFile } from "../../../runtime/evidence/raw-lines.ts";
import { readTrace, type TraceReading } from "../../../runtime/evidence/read-trace.ts";
import { governorOf } from "../../../runtime/policy/governor.ts";
import type { Files, Snapshot } from "../../../runtime/ports.ts";
import { governanceOf } from "../governed.ts";
import { SNAPSHOT } from "../traces/written-trace.ts";

export const FILE = "trace.jsonl";

/** A file system of one file, which can only be read. */
function fileOf(bytes: Uint8Array): Files {
  const readAt: Files["readAt"] = (_, offset, length) => bytes.subarray(offset, offset + length);
  return { readAt } as Files;
}

export function readBytes(bytes: Uint8Array): TraceReading {
  return readTrace(linesOfFile(fileOf(bytes), FILE), FILE);
}

export function madeSnapshot(graph: Graph): Snapshot {
  const { workflow } = graph;
  const governance = () => governanceOf({ workflows: [workflow] });
  return { id: SNAPSHOT, workflows: [workflow], capabilities: [], graph: () => graph, governance };
}

function besideOf(graph: Graph, more: Partial<Beside> = {}): Beside {
  return {
    snapshot: (id) => (id === SNAPSHOT ? madeSnapshot(graph) : undefined),
    governor: (id) => (id === SNAPSHOT ? governorOf(madeSnapshot(graph).governance()) : undefined),
    ledger: undefined,
    locate: () => undefined,
    ...more,
  };
}

export function examineLines(
  lines: readonly string[],
  graph: Graph,
  more: Partial<Beside> = {},
): Examination {
  return examineBytes(Buffer.from(lines.join("")), graph, more);
}

export function examineBytes(
  bytes: Uint8Array,
  graph: Graph,
  more: Partial<Beside> = {},
): Examination {
  return examine(readBytes(bytes), besideOf(graph, more));
}
