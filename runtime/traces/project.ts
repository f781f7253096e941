/**
 * The projection of one trace: its ledger lines byte for byte, a page and a picture, in a folder of
 * its own. It is a function of lines, graph and policies: deleted and made again, it has the same bytes. It is
 * never the truth, and never written before the ledger is durable.
 */
import { join } from "node:path";
import { invariant } from "../../protocol/language/invariant.ts";
import { type FullName, isTraceId } from "../../protocol/language/names.ts";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import type { Files, Snapshot } from "../ports.ts";
import { graphNamed } from "../snapshot/undo-graph.ts";
import { markdownOf, type Under } from "./markdown.ts";
import { pictureOf } from "./svg.ts";

/** Turns a picture into PNG: `renderPng` with its font. */
export type Paint = (svg: string) => Promise<Uint8Array>;

/** The files of a trace, by the ending of their names. */
export const PROJECTED = Object.freeze(["jsonl", "md", "svg", "png"] as const);
export type Projected = (typeof PROJECTED)[number];
export type Projection = Readonly<Record<Projected, Uint8Array>>;

/** A trace as the ledger has it: its lines with their newlines, and what they say. */
export interface TraceLines {
  readonly lines: Uint8Array;
  readonly records: readonly LedgerRecord[];
}

/** What an execution of a workflow is shown with. */
export function underOf(snapshot: Snapshot, workflow: FullName): Under {
  const policies = snapshot.governance()?.policies.policies ?? [];
  return { graph: graphNamed(snapshot, workflow) ?? snapshot.graph(workflow), policies };
}

/**
 * Makes the projection of a trace. The picture is handed to the painter at once, so that a caller
 * who has something to wait for, such as a flush, calls this first and awaits it later.
 */
export async function projectTrace(
  { lines, records }: TraceLines,
  under: Under,
  paint: Paint,
): Promise<Projection> {
  const svg = pictureOf(under.graph, records);
  const painting = paint(svg);
  const md = markdownOf(under, records);
  return {
    jsonl: lines,
    md: Buffer.from(md),
    svg: Buffer.from(svg),
    png: await painting,
  };
}

/** Where a file of a trace stands. The id becomes a path only when it is safe as one. */
export function projectedPath(tracesFolder: string, trace: string, file: Projected): string {
  invariant(isTraceId(trace), "a trace's id is safe as a file name");
  return join(tracesFolder, trace, `${trace}.${file}`);
}

/** Makes the folder of a trace where there is none. */
export function traceFolder(files: Files, tracesFolder: string, trace: string): void {
  invariant(isTraceId(trace), "a trace's id is safe as a file name");
  files.makeFolder(tracesFolder);
  files.makeFolder(join(tracesFolder, trace));
}

/** Writes the projection of a trace; what stood there before is replaced file by file. */
export function writeProjection(
  files: Files,
  tracesFolder: string,
  { trace, projection }: { readonly trace: string; readonly projection: Projection },
): void {
  traceFolder(files, tracesFolder, trace);
  for (const file of PROJECTED) {
    files.project(projectedPath(tracesFolder, trace, file), projection[file]);
  }
}
