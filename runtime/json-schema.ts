/**
 * A graph with its validators: what the machine asks whether a value fits. A schema is compiled when
 * enough values were held against it, or when one may not fit it.
 */
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import { compileSchema, type SchemaCheck } from "../protocol/language/json-schema.ts";
import type { Program } from "./machine/program.ts";
import { fitsPlainly } from "./plain-fit.ts";

/** So many values are held against a schema as it stands: a start and a single run need no more. */
const WALKED_MAX = 4;

export function programOf(graph: Graph): Program {
  const checks = graph.schemas.map(checkOf);
  return {
    graph,
    fits(schema, value) {
      const check = checks[schema];
      invariant(check !== undefined, "a check names a schema of its graph");
      const faults = check(value);
      return faults === null ? null : faults.map(({ pointer, message }) => ({ pointer, message }));
    },
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
