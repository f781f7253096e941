/** A trace is a possible run of its graph, or the first record is named that is not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import { conformance } from "../../../runtime/evidence/conformance.ts";
import { forkedProgram } from "../machine/laws.ts";
import { live } from "../machine/world.ts";
import { timed, traceOf } from "./run-traces.ts";

const seed = fc.integer({ min: 0, max: 2 ** 31 });

function verdict(graph: Graph, records: ReturnType<typeof traceOf>): string | undefined {
  const course = conformance(graph);
  for (const [at, record] of records.entries()) {
    const found = course.take(record);
    if (found !== undefined) return `${at} ${record.type} ${found.code}: ${found.message}`;
  }
  return undefined;
}

test("every run of the machine is possible, in whatever order it was answered", () => {
  fc.assert(
    fc.property(seed, seed, seed, (graph, answers, order) => {
      const program = forkedProgram(graph);
      const history = live({ program, answers, order });
      expect(verdict(program.graph, timed(traceOf(history)))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test("so is every run that was cancelled, wherever that was", () => {
  fc.assert(
    fc.property(seed, seed, seed, fc.nat(8), (graph, answers, order, cancelAt) => {
      const program = forkedProgram(graph);
      const history = live({ program, answers, order, cancelAt });
      expect(verdict(program.graph, timed(traceOf(history)))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
