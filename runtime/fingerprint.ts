/**
 * The fingerprint of an execution: what happened, apart from time and identity. SHA-256 over the
 * canonical JSON of
 *
 *   { "payload": …, "snapshot": "…", "steps": [ { "compensates"?: "…", "effect"?: { "from"?, "key"?, "limit"?,
 *     "operation", "store", "value"?, "version"? }, "external"?: { "effect", "operation" }, "node", "outcome", "output"? }, … ],
 *     "workflow": "…" }
 *
 * with every sealed value replaced by { "$sealed": true }, and as last step, where it was cancelled,
 * { "cancelled": true, "node": "…" }: who cancelled it is identity. It is taken of records, so that a trace
 * file alone is enough to check it.
 */
import { type Digest, type Hashing, hashing, sha256 } from "../protocol/language/digest.ts";
import {
  type CancelledBody,
  type EffectBody,
  isStep,
  type LedgerRecord,
  type OpenedBody,
  type StepBody,
} from "../protocol/language/records.ts";
import { maskedText, quoted } from "../protocol/language/value-text.ts";

/** What a fingerprint is taken of, apart from the beginning. */
export type Happened = StepBody | CancelledBody;

export function isHappened(record: LedgerRecord): record is LedgerRecord & Happened {
  return record.type === "cancelled" || isStep(record);
}

export interface Fingerprint {
  readonly add: (body: Happened) => void;
  readonly digest: () => Digest;
}

/** The text of a long execution is hashed in pieces of this length. */
const PIECE_CHARS = 65_536;

/** Of an execution as it goes: its steps are added in order. */
export function fingerprintFrom(opened: OpenedBody): Fingerprint {
  let text = `{"payload":${maskedText(opened.payload)},"snapshot":${quoted(opened.snapshot)},"steps":[`;
  let separator = "";
  let before: Hashing | undefined;
  return {
    add(body) {
      text += separator + stepText(body);
      separator = ",";
      if (text.length < PIECE_CHARS) return;
      before ??= hashing();
      before.add(text);
      text = "";
    },
    digest() {
      const rest = `${text}],"workflow":${quoted(opened.workflow)}}`;
      if (before === undefined) return sha256(rest);
      before.add(rest);
      return before.digest();
    },
  };
}

/** What a fingerprint is taken of, as it stands in the records: sealed where labelled. */
export interface Course {
  readonly opened: OpenedBody;
  readonly steps: readonly Happened[];
}

/** Of an execution as a whole. */
export function fingerprintOf({ opened, steps }: Course): Digest {
  const fingerprint = fingerprintFrom(opened);
  steps.forEach(fingerprint.add);
  return fingerprint.digest();
}

/** Canonical: members in their order. */
function stepText(body: Happened): string {
  if (body.type === "cancelled") return `{"cancelled":true,"node":${quoted(body.node)}}`;
  const { node, outcome, output } = body;
  let text = "{";
  if (body.type !== "node" && body.compensates !== undefined) {
    text += `"compensates":${quoted(body.compensates)},`;
  }
  if (body.type === "effect") text += `"effect":${effectText(body)},`;
  if (body.type === "external") {
    text += `"external":{"effect":${quoted(body.effect)},"operation":${quoted(body.operation)}},`;
  }
  text += `"node":${quoted(node)},"outcome":${quoted(outcome)}`;
  if (output !== undefined) text += `,"output":${maskedText(output)}`;
  return `${text}}`;
}

function effectText({ store, operation, key, value, version, from, limit }: EffectBody): string {
  let text = "{";
  if (from !== undefined) text += `"from":${from},`;
  if (key !== undefined) text += `"key":${quoted(key)},`;
  if (limit !== undefined) text += `"limit":${limit},`;
  text += `"operation":${quoted(operation)},"store":${quoted(store)}`;
  if (value !== undefined) text += `,"value":${maskedText(value)}`;
  if (version !== undefined) text += `,"version":${version}`;
  return `${text}}`;
}
