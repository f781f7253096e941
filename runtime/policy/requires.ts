/**
 * What an intent requires of the caller, before any policy is asked: one of its roles, each of its
 * attributes. Validators are loaded where there are attributes to hold against them, and only then.
 */
import type { CedarRecord, SealedIntent } from "../../protocol/language/governance.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { SchemaCheck } from "../../protocol/language/json-schema.ts";
import type { Caller } from "../../protocol/language/records.ts";
import { readAs } from "./places.ts";
import { CannotEvaluate } from "./values.ts";

export interface Requirements {
  readonly ready: () => Promise<void>;
  /** What is asked for and not there; null where nothing is missing. */
  readonly unmet: (caller: Caller) => string | null;
}

export const NOTHING_REQUIRED: Requirements = Object.freeze({
  ready: async () => {},
  unmet: () => null,
});

export function requirementsOf({ requires: { roles, attributes } }: SealedIntent): Requirements {
  const schemas = Object.entries(attributes);
  let checks: ReadonlyMap<string, SchemaCheck> | undefined =
    schemas.length === 0 ? new Map() : undefined;
  return {
    async ready() {
      if (checks !== undefined) return;
      const { compileSchema } = await import("../../protocol/language/json-schema.ts");
      checks = new Map(schemas.map(([name, schema]) => [name, compileSchema(schema)]));
    },
    unmet(caller) {
      if (roles.length > 0 && !roles.some((role) => caller.roles.includes(role))) {
        return `it requires one of the roles ${roles.join(", ")}`;
      }
      invariant(checks !== undefined, "the validators were loaded before anything was decided");
      for (const [name, check] of checks) {
        if (!Object.hasOwn(caller.attributes, name)) return `it requires the attribute ${name}`;
        const [wrong] = check(caller.attributes[name] ?? null) ?? [];
        if (wrong !== undefined && caller.attributes[name] === null) return untold(name);
        if (wrong !== undefined) {
          const problem = `${wrong.pointer} ${wrong.message}`.trim();
          return `the attribute ${name} does not fit: ${problem}`;
        }
      }
      return null;
    },
  };
}

/** An attribute that policies know, and that is not what they take it for. */
export function oddAttribute({ attributes }: Caller, shape: CedarRecord): string | null {
  for (const [name, type] of Object.entries(shape.attributes)) {
    if (name === BUILT_IN || !Object.hasOwn(attributes, name)) continue;
    if (attributes[name] === null) return untold(name);
    try {
      readAs(attributes[name] ?? null, type, `principal.${name}`);
    } catch (error) {
      if (error instanceof CannotEvaluate) return `of an attribute: ${error.message}`;
      throw error;
    }
  }
  return null;
}

/** Of a session, it may have been left out because no policy could see it when that was opened. */
function untold(name: string): string {
  return `the attribute ${name} has no value: a session that is opened now has what its token says`;
}

/** Set by the runtime, whatever a token says. */
const BUILT_IN = "identity";
