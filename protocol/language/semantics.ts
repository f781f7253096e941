/**
 * The operations of internal effects: the language's own contract, not code. For each operation the
 * schema of its input and of every outcome's output, built from the effect's key and value schemas.
 *
 * registry: written once, for ever. A revoked key resolves to nothing and is never given out again.
 * stream: append-only; positions count from 1. document: overwritten on purpose; versions count
 * from 1.
 */
import type { Semantics } from "./artifacts.ts";
import type { JsonObject } from "./json.ts";
import { LIMITS } from "./limits.ts";

type Schema = JsonObject | boolean;

export interface Operation {
  readonly input: Schema;
  readonly outcomes: Readonly<Record<string, Schema>>;
  /** True where some outcome changes the store. */
  readonly writes: boolean;
  /** The outcomes that give back what was stored before, perhaps under another contract. */
  readonly givesBack: readonly string[];
}

export type Operations = Readonly<Record<string, Operation>>;

const COUNT: Schema = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };

/** An object with exactly these members, all required. */
function exactly(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    required: Object.keys(properties),
    additionalProperties: false,
    properties,
  };
}

const NOTHING = exactly({});

function registry(key: Schema, value: Schema): Operations {
  const standing = exactly({ key, value });
  return {
    REGISTER: {
      input: exactly({ key, value }),
      outcomes: { SUCCESS: standing, ALREADY_EXISTS: standing },
      writes: true,
      givesBack: ["ALREADY_EXISTS"],
    },
    RESOLVE: {
      input: exactly({ key }),
      outcomes: { SUCCESS: standing, NOT_FOUND: NOTHING },
      writes: false,
      givesBack: ["SUCCESS"],
    },
    REVOKE: {
      input: exactly({ key }),
      outcomes: { SUCCESS: standing, NOT_FOUND: NOTHING },
      writes: true,
      givesBack: ["SUCCESS"],
    },
  };
}

function stream(event: Schema): Operations {
  const limit: Schema = { type: "integer", minimum: 1, maximum: LIMITS.streamReadMax };
  return {
    APPEND: {
      input: exactly({ event }),
      outcomes: { SUCCESS: exactly({ position: COUNT }) },
      writes: true,
      givesBack: [],
    },
    READ: {
      input: exactly({ from: COUNT, limit }),
      outcomes: {
        SUCCESS: exactly({
          events: { type: "array", items: event, maxItems: LIMITS.streamReadMax },
          next: COUNT,
        }),
      },
      writes: false,
      givesBack: ["SUCCESS"],
    },
  };
}

function document(key: Schema, value: Schema): Operations {
  const version = exactly({ version: COUNT });
  return {
    PUT: {
      input: exactly({ key, value }),
      outcomes: { SUCCESS: version },
      writes: true,
      givesBack: [],
    },
    REPLACE: {
      input: exactly({ key, value, version: COUNT }),
      outcomes: { SUCCESS: version, CONFLICT: version, NOT_FOUND: NOTHING },
      writes: true,
      givesBack: [],
    },
    GET: {
      input: exactly({ key }),
      outcomes: { SUCCESS: exactly({ value, version: COUNT }), NOT_FOUND: NOTHING },
      writes: false,
      givesBack: ["SUCCESS"],
    },
    REMOVE: {
      input: exactly({ key }),
      outcomes: { SUCCESS: NOTHING, NOT_FOUND: NOTHING },
      writes: true,
      givesBack: [],
    },
  };
}

/** The operations of an effect with these schemas. `key` is not used by streams. */
export function operationsOf(semantics: Semantics, key: Schema, value: Schema): Operations {
  switch (semantics) {
    case "registry":
      return registry(key, value);
    case "stream":
      return stream(value);
    case "document":
      return document(key, value);
  }
}
