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
  const checks = graph.schemas.map(checkOf);
  const faults = (schema: number, value: Json) => {
    const check = checks[schema];
    invariant(check !== undefined, "a check names a schema of its graph");
    return check(value);
  };
  return {
    graph,
    faults,
    fits: (schema, value) =>
      faults(schema, value)?.map(({ pointer, message }) => ({ pointer, message })) ?? null,
  };
}

/** What it says is the validator's word, whoever finds it out. */
function checkOf(schema: Graph["schemas"][number]): SchemaCheck {
  let walked = 0;
  let compiled: SchemaCheck | undefined;
  return (value: Json) => {
    if (compiled === undefined && walked < WALKED_MAX) {
      walked += 1;
      if (fitsPlainly(schema, value)) return null;
    }
    compiled ??= compileSchema(schema);
    return compiled(value);
  };
}
