/**
 * The fingerprint of an execution: what happened, apart from time and identity. SHA-256 over the
 * canonical JSON of
 *
 *   { "payload": …, "snapshot": "…", "steps": [ { "effect"?: { "key"?, "operation", "store",
 *     "value"? }, "external"?: { "effect", "operation" }, "node", "outcome", "output"? }, … ],
 *     "workflow": "…" }
 *
 * with every sealed value replaced by { "$sealed": true }. It is taken of records, so that a trace
 * file alone is enough to check it.
 */
import { createHash } from "node:crypto";
import { canonical } from "../protocol/language/canonical.ts";
import type { Digest } from "../protocol/language/digest.ts";
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import type { EffectBody, OpenedBody, StepBody } from "../protocol/language/records.ts";
import { isSealed, SEALED_MEMBER } from "./machine/places.ts";

export interface Fingerprint {
  readonly add: (body: StepBody) => void;
  readonly digest: () => Digest;
}

/** Of an execution as it goes: its steps are added in order. */
export function fingerprintFrom(opened: OpenedBody): Fingerprint {
  const hash = createHash("sha256");
  const payload = canonical(masked(opened.payload));
  hash.update(`{"payload":${payload},"snapshot":${canonical(opened.snapshot)},"steps":[`);
  let separator = "";
  return {
    add(body) {
      hash.update(separator + canonical(stepOf(body)));
      separator = ",";
    },
    digest() {
      hash.update(`],"workflow":${canonical(opened.workflow)}}`);
      return hash.digest("hex") as Digest;
    },
  };
}

/** What a fingerprint is taken of, as it stands in the records: sealed where labelled. */
export interface Course {
  readonly opened: OpenedBody;
  readonly steps: readonly StepBody[];
}

/** Of an execution as a whole. */
export function fingerprintOf({ opened, steps }: Course): Digest {
  const fingerprint = fingerprintFrom(opened);
  steps.forEach(fingerprint.add);
  return fingerprint.digest();
}

function stepOf(body: StepBody): JsonObject {
  const { node, outcome, output } = body;
  const step: Record<string, Json> = { node, outcome };
  if (output !== undefined) step.output = masked(output);
  if (body.type === "effect") step.effect = effectOf(body);
  if (body.type === "external") step.external = { effect: body.effect, operation: body.operation };
  return step;
}

function effectOf({ store, operation, key, value }: EffectBody): JsonObject {
  const effect: Record<string, Json> = { store, operation };
  if (key !== undefined) effect.key = key;
  if (value !== undefined) effect.value = masked(value);
  return effect;
}

const MASK: Json = Object.freeze({ [SEALED_MEMBER]: true });

/** The same value where nothing in it is sealed. */
function masked(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isSealed(value)) return MASK;
  if (Array.isArray(value)) {
    const items = value.map(masked);
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  let copy: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    const mask = masked(inner);
    if (mask === inner) continue;
    copy ??= { ...value };
    copy[key] = mask;
  }
  return copy ?? value;
}
