/** A workspace with one workflow, which waits for a word for a month, compiled by the built program. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

export const WAITING_WORKFLOW = "desk::WF_ASK_V0";
export const WAITING_SIGNAL = "APPROVE";

const DESK = `kind: domain
code: desk
summary: A desk at which somebody decides.
---
kind: workflow
code: WF_ASK_V0
summary: Waits for somebody's word.
payload: { type: object, required: [n], additionalProperties: false, properties: { n: { type: integer } } }
start: approval
nodes:
  approval:
    await:
      signals:
        APPROVE: { payload: { type: object, required: [why], additionalProperties: false, properties: { why: { type: string } } } }
      deadline: P30D
    on: { APPROVE: approved, TIMEOUT: late }
exits:
  approved: { outcome: APPROVED, result: { by: $.nodes.approval.principal } }
  late: { outcome: LATE }
on_fault: { outcome: FAULTED }
`;

export function waitingWorkspace(bench: Bench): string {
  const workspace = bench.folder("desk");
  const folder = join(workspace, "protocol", "domains", "desk");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "desk.yaml"), DESK);
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  return workspace;
}
