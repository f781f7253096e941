/**
 * The order of the test files: the longest first, so that none of them runs alone at the end. A
 * list of names, and not what was measured last: so a first run is as fast as any other.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST = [
  "mutants/mutants",
  "crash/faults",
  "crash/power-cuts",
  "simulator/simulator",
  "compiler/cases",
  "crash/operators",
  "program/fan-out",
  "compiler/front/hostile",
  "program/disks",
  "runtime/ledger/recovery",
  "runtime/ledger/tails",
  "mutants/machine",
  "program/operators",
  "program/genesis",
  "program/batch",
  "program/saga",
  "laws/random",
];

function rank({ moduleId }: TestSpecification): number {
  const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return at === -1 ? LONGEST.length : at;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
