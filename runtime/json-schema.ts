/**
 * A graph with its validators: what the machine asks whether a value fits. A schema is compiled when
 * something is first held against it.
 */
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { compileSchema, type SchemaCheck } from "../protocol/language/json-schema.ts";
import type { Program } from "./machine/program.ts";

export function programOf(graph: Graph): Program {
  const checks = new Array<SchemaCheck | undefined>(graph.schemas.length).fill(undefined);
  const checkOf = (index: number): SchemaCheck => {
    const schema = graph.schemas[index];
    invariant(schema !== undefined, "a check names a schema of its graph");
    const check = checks[index] ?? compileSchema(schema);
    checks[index] = check;
    return check;
  };
  return {
    graph,
    fits(schema, value) {
      const faults = checkOf(schema)(value);
      return faults === null ? null : faults.map(({ pointer, message }) => ({ pointer, message }));
    },
  };
}
