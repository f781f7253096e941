/**
 * The fingerprint of an execution: a digest of what is not time or identity. The same snapshot,
 * payload and state give the same one on any machine, on any day. Neither a sealed value nor the
 * key that sealed it enters; neither does who asked, or when.
 */
import { canonical } from "../protocol/language/canonical.ts";
import { type Digest, sha256 } from "../protocol/language/digest.ts";
import { isObject, type Json, type JsonObject } from "../protocol/language/json.ts";
import type { EffectBody, NodeBody, OpenedBody } from "../protocol/language/records.ts";
import { isSealed } from "./machine/places.ts";

/** What the fingerprint is taken over, as it stands in the records: sealed where labelled. */
export interface Course {
  readonly opened: OpenedBody;
  readonly steps: readonly (NodeBody | EffectBody)[];
}

export function fingerprintOf({ opened, steps }: Course): Digest {
  const { snapshot, workflow, payload } = opened;
  return sha256(
    canonical(withoutSealed({ snapshot, workflow, payload, steps: steps.map(courseOf) })),
  );
}

function courseOf(step: NodeBody | EffectBody): JsonObject {
  const { node, outcome } = step;
  return {
    node,
    outcome,
    ...(step.output === undefined ? {} : { output: step.output }),
    ...(step.type === "effect" ? { effect: effectOf(step) } : {}),
  };
}

function effectOf({ store, operation, key, value }: EffectBody): JsonObject {
  return {
    store,
    operation,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
  };
}

const SEALED = Object.freeze({ $sealed: true });

function withoutSealed(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSealed);
  if (!isObject(value)) return value;
  if (isSealed(value)) return SEALED;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutSealed(inner)]),
  );
}
