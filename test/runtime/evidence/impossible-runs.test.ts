/** Traces of real runs, changed by one record: each is refused unless brute force finds such a run. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { conformance } from "../../../runtime/evidence/conformance.ts";
import { callKey } from "../../../runtime/machine/attempt.ts";
import { type Dice, diceOf, oneOf } from "../machine/forked-graph.ts";
import { forkedProgram } from "../machine/laws.ts";
import { live } from "../machine/world.ts";
import { longestRun } from "./every-run.ts";
import { inOrder, timed, traceOf } from "./run-traces.ts";

/** How many records behind the first are possible, one after the other. */
function taken(graph: Graph, records: readonly LedgerRecord[]): number {
  const course = conformance(graph);
  const at = records.findIndex((record) => course.take(record) !== undefined);
  return (at < 0 ? records.length : at) - 1;
}

type Record = LedgerRecord & { node?: string; exit?: string; outcome?: string; to?: string };

const MUTATIONS: Readonly<{ [name: string]: (all: Record[], at: number, dice: Dice) => void }> = {
  drop: (all, at) => void all.splice(at, 1),
  swap: (all, at) => {
    const other = all[at + 1];
    if (other !== undefined) all.splice(at, 2, other, all[at] as Record);
  },
  duplicate: (all, at) => void all.splice(at, 0, structuredClone(all[at] as Record)),
  rename: (all, at, dice) => {
    const record = all[at] as Record;
    const names = all.flatMap(({ node, exit }) => node ?? exit ?? []);
    const name = oneOf(dice, names);
    const member = record.type === "closed" ? "exit" : "node";
    const key = record.type === "attempted" ? { idempotency_key: keyOf(name) } : {};
    all[at] = { ...record, [member]: name, ...key } as Record;
  },
  reoutcome: (all, at, dice) => {
    const outcomes = all.flatMap(({ outcome }) => outcome ?? []);
    const ends = all.flatMap(({ to }) => to ?? []);
    const record = all[at] as Record;
    const to = dice() < 0.5 && record.to !== undefined ? { to: oneOf(dice, ends) } : {};
    if (record.outcome !== undefined) {
      all[at] = { ...record, outcome: oneOf(dice, outcomes), ...to } as Record;
    }
  },
  resay: (all, at, dice) => {
    const said = all.findIndex(({ type }, index) => type === "signal" && index >= at);
    const record = all[said];
    if (record === undefined) return;
    const caller = { ...CALLER, identity: oneOf(dice, ["operator", "token"]) };
    const principal = oneOf(dice, [
      String(Reflect.get(record, "principal")),
      `p${Math.floor(dice() * 5)}`,
    ]);
    all[said] = { ...record, caller, principal } as Record;
  },
  move: (all, at, dice) => {
    const [record] = all.splice(at, 1);
    all.splice(1 + Math.floor(dice() * (all.length - 1)), 0, record as Record);
  },
};

function keyOf(name: string): string {
  return callKey("default", "t1", name);
}

const CALLER = { roles: [], attributes: {} };

const RECORDS_MAX = 30;
const NODES_MAX = 40;

const seed = fc.integer({ min: 0, max: 2 ** 31 });
const mutation = fc.constantFrom(...Object.keys(MUTATIONS));

test("a changed trace is refused from the first record on that no run has there", () => {
  const counted = { runs: 0, refused: 0, possible: 0 };
  fc.assert(
    fc.property(
      seed,
      seed,
      seed,
      fc.option(fc.nat(4)),
      mutation,
      (at, answers, order, end, how) => {
        const program = forkedProgram(at);
        const { graph } = program;
        fc.pre(graph.nodes.length <= NODES_MAX);
        const cancelAt = end === null ? {} : { cancelAt: end };
        const trace = traceOf(live({ program, answers, order, ...cancelAt }));
        fc.pre(trace.length <= RECORDS_MAX);
        const dice = diceOf(order);
        const changed = structuredClone(trace).map((record) =>
          record.type === "attempted" ? { ...record, input: 7 } : record,
        ) as Record[];
        MUTATIONS[how]?.(changed, 1 + Math.floor(dice() * (changed.length - 1)), dice);
        const records = timed(inOrder(changed));
        const found = taken(graph, records);
        expect(found).toBe(longestRun(graph, records));
        counted.runs += 1;
        if (found < records.length - 1) counted.refused += 1;
        else counted.possible += 1;
      },
    ),
    { numRuns: 300 },
  );
  expect(counted.refused).toBeGreaterThan(counted.possible);
  expect(counted.possible).toBeGreaterThan(0);
});
