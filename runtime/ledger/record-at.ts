/**
 * A record's body at its place: one object of both. Most records are of a few forms, which are made
 * as they are; copying members of any form takes ten times as long. It decides nothing.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { LedgerRecord, NodeBody, RecordBody } from "../../protocol/language/records.ts";

/** Common members; `prev` and `hash` are put in when the record is sealed. */
export interface RecordPlaced {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly at: string;
  prev: Digest;
  hash: Digest;
}

/** The record, in which `prev` and `hash` may be put later. */
export function recordAt(place: RecordPlaced, body: RecordBody): RecordPlaced & LedgerRecord {
  if (body.type === "node" && body.reason === undefined) {
    const { output, row } = body;
    if (row === undefined && output !== undefined) return withOutput(place, body, output);
    if (row !== undefined && output === undefined) return withRow(place, body, row);
  }
  // Not by spreading: that costs a hundred times as much where bodies differ in shape.
  return Object.assign(place, body);
}

function withOutput(
  { n, trace, seq, at, prev, hash }: RecordPlaced,
  { type, node, outcome, to }: NodeBody,
  output: NonNullable<NodeBody["output"]> | null,
): RecordPlaced & LedgerRecord {
  return { n, trace, seq, at, prev, hash, type, node, outcome, output, to };
}

function withRow(
  { n, trace, seq, at, prev, hash }: RecordPlaced,
  { type, node, outcome, to }: NodeBody,
  row: number,
): RecordPlaced & LedgerRecord {
  return { n, trace, seq, at, prev, hash, type, node, outcome, to, row };
}
