/**
 * The machine and the automaton that examines traces were written apart: whatever the one does, the
 * other must find possible, record by record, without having called anything.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { conformance } from "../../../runtime/evidence/conformance.ts";
import { instantOf } from "../../../runtime/machine/instants.ts";
import type { Program } from "../../../runtime/machine/program.ts";
import { forkedProgram } from "./laws.ts";
import { BEGUN_MS, type History, live } from "./world.ts";

const DIGEST = "0".repeat(64);

/** The whole trace, as far as the automaton reads it. */
function traceOf({ graph }: Program, { records, finish }: History): readonly LedgerRecord[] {
  const { workflow } = graph;
  const place = { trace: "t1", prev: DIGEST, hash: DIGEST };
  const at = instantOf(BEGUN_MS);
  const by = { tenant: "default", principal: "p0", workflow, payload: 7, started_at: at };
  const n = records.length + 2;
  const { exit, outcome, result, fault } = finish;
  const end = { exit, outcome, result, fault, records: n, fingerprint: DIGEST };
  return [
    { ...place, n: 1, seq: 1, at, type: "opened", ...by },
    ...records,
    { ...place, n, seq: n, at: records.at(-1)?.at ?? at, type: "closed", ...end },
  ] as unknown as readonly LedgerRecord[];
}

test("whatever the machine does is a possible run to those who examine it", () => {
  const seed = fc.integer({ min: 0, max: 2 ** 31 });
  fc.assert(
    fc.property(seed, seed, fc.option(fc.nat(8), { nil: undefined }), (graph, order, cancelAt) => {
      const program = forkedProgram(graph);
      const going = { program, answers: graph ^ order, order };
      const history = live(cancelAt === undefined ? going : { ...going, cancelAt });
      const run = conformance(program.graph);
      for (const record of traceOf(program, history)) expect(run.take(record)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
