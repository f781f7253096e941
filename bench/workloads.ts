/**
 * What is executed in the durable measurements: the ten-step workflow with two effects, and one of
 * three steps with one. Names only; the steps themselves are in `ten-steps.ts` and `workspace/`.
 */
import type { FullName } from "../protocol/language/names.ts";

export type WorkloadName = "W10" | "W3";

export interface Workload {
  readonly title: string;
  readonly workflow: FullName;
  /** Where an execution that did its work ends. */
  readonly exit: string;
  /** About what one execution leaves in the ledger, for the bare disk to write. */
  readonly bytesEach: number;
}

export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  W10: {
    title: "ten steps, two effects",
    workflow: "orders::WF_ACCEPT_ORDER_V0" as FullName,
    exit: "accepted",
    bytesEach: 6_300,
  },
  W3: {
    title: "three steps, one effect",
    workflow: "orders::WF_KEEP_ORDER_V0" as FullName,
    exit: "kept",
    bytesEach: 3_300,
  },
};
