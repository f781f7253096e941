/**
 * What the proofs cost: the compiler's passes over the same generated workflows, with all proofs and
 * with none, in turns, each in a fresh process. Two invariants are authored of every workflow.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Section } from "../bench.ts";
import { areaOf, generateWorkspace, workflowCode } from "../generate.ts";
import type { PassesAnswer, PassesRequest } from "../jobs/passes.ts";
import { numberText } from "../report.ts";
import { rowOf } from "../row.ts";
import { ratios } from "../statistics.ts";

const SECTION = "proofs";
const WORKFLOWS = 1_000;
const ROUNDS = { full: 5, quick: 1 };
const TIMES_MAX = 2;

export const proofs: Section = {
  name: SECTION,
  title: "Proofs over the generated workflows",
  run: (bench) => {
    const workspace = bench.folder("proofs");
    generateWorkspace(workspace, WORKFLOWS);
    for (let at = 0; at < WORKFLOWS; at += 1) writeInvariants(workspace, at);
    const proven: number[] = [];
    const bare: number[] = [];
    const own: number[] = [];
    for (let round = 0; round <= ROUNDS[bench.quick ? "quick" : "full"]; round += 1) {
      bench.progress(`proofs: round ${round}`);
      const all = passesOf(bench, workspace, true);
      const none = passesOf(bench, workspace, false);
      if (round === 0) continue;
      proven.push(cpuMsOf(all));
      bare.push(cpuMsOf(none));
      own.push(cpuMsOf(all.filter(({ pass }) => pass === "proofs")));
    }
    const text = (what: string, unit: string) => ({ section: SECTION, what, unit });
    const of = `${numberText(WORKFLOWS)} workflows, ${numberText(2 * WORKFLOWS)} invariants`;
    const budget = { limit: TIMES_MAX, at: "most" } as const;
    return [
      rowOf(text(`${of}: processor time of all passes`, "ms"), proven),
      rowOf(text("without proofs", "ms"), bare),
      rowOf(text("the pass `proofs` alone", "ms"), own),
      rowOf({ ...text("with proofs ÷ without", "×"), budget }, ratios(proven, bare)),
    ];
  },
};

function passesOf(bench: Bench, workspace: string, isProven: boolean): PassesAnswer {
  const request: PassesRequest = { root: bench.root, workspace, isProven };
  return bench.child<PassesAnswer>("passes", request);
}

function cpuMsOf(passes: PassesAnswer): number {
  return passes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function writeInvariants(workspace: string, at: number): void {
  const text = `kind: invariant
code: AS_KEPT_BEFORE_SAID_${at}_V0
summary: Nothing is announced that was not registered.
workflows: [${workflowCode(at)}]
before:
  first: { node: register, outcome: SUCCESS }
  then: { effect: CS_EVENTS_V0 }
---
kind: invariant
code: AS_SAID_ONCE_${at}_V0
summary: What is kept is announced, once.
workflows: [${workflowCode(at)}]
ending_in: [SUCCESS]
exactly:
  times: 1
  of: { effect: CS_EVENTS_V0, op: APPEND }
`;
  writeFileSync(join(areaOf(workspace, at).folder, `laws-${at}.yaml`), text);
}
