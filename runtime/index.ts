/** The runtime's door: what commands and hosts may use. It has no logic. */
export type { Answer } from "./answer.ts";
export type { Holder } from "./owner.ts";
export type { Clock, Entropy, Files, Snapshot } from "./ports.ts";
export {
  type ClosedExecution,
  openRuntime,
  type Ports,
  type Recovery,
  type Runtime,
  type RuntimeOptions,
  SYSTEM_PORTS,
  type Work,
} from "./runtime.ts";
export { openSnapshot, resolveSnapshot } from "./snapshot.ts";
