/**
 * A graph with its validators: what the machine asks whether a value fits. A schema is compiled when
 * enough values were held against it, or when one may not fit it.
 */
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import {
  compileSchema,
  type SchemaCheck,
  type SchemaFault,
} from "../protocol/language/json-schema.ts";
import type { Program } from "./machine/program.ts";
import { fitsPlainly } from "./plain-fit.ts";

/** So many values are held against a schema as it stands: a start and a single run need no more. */
const WALKED_MAX = 4;

/** What takes work asks for more than the machine, whose reasons are written down as they are. */
export interface CheckedProgram extends Program {
  /** Null where the value fits, else why not, for whoever gave the value. */
  readonly faults: (schema: number, value: Json) => readonly SchemaFault[] | null;
}

export function programOf(graph: Graph): CheckedProgram {
  const checks = graph.schemas.map(checksOf);
  const checkAt = (schema: number) => {
    const check = checks[schema];
    invariant(check !== undefined, "a check names a schema of its graph");
    return check;
  };
  const faults = (schema: number, value: Json) => checkAt(schema).faults(value);
  return {
    graph,
    faults,
    matches: (schema, value) => checkAt(schema).matches(value),
    fits: (schema, value) =>
      faults(schema, value)?.map(({ pointer, message }) => ({ pointer, message })) ?? null,
  };
}

/** The check of a schema that stands in no graph. */
export function checkOf(schema: Graph["schemas"][number]): SchemaCheck {
  return checksOf(schema).faults;
}

interface Checks {
  readonly faults: SchemaCheck;
  /** The same, for whom the reasons do not matter. */
  readonly matches: (value: Json) => boolean;
}

/** What they say is the validator's word, whoever finds it out. */
function checksOf(schema: Graph["schemas"][number]): Checks {
  let walked = 0;
  let compiled: SchemaCheck | undefined;
  const walk = (value: Json): boolean | undefined => {
    if (compiled !== undefined || walked >= WALKED_MAX) return undefined;
    walked += 1;
    return fitsPlainly(schema, value);
  };
  const validate = (value: Json) => {
    compiled ??= compileSchema(schema);
    return compiled(value);
  };
  return {
    faults: (value) => (walk(value) === true ? null : validate(value)),
    matches: (value) => walk(value) ?? validate(value) === null,
  };
}
