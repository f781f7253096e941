/** What a start is asked to record of itself, and what came of it. */
import type { Digest } from "../../protocol/language/digest.ts";
import type { PhaseReport } from "./check.ts";

export interface BootOptions {
  /** SHA-256 of the configuration's canonical JSON. */
  readonly configuration: Digest;
  /** What the gates before the last one found. Asked for where it is written down. */
  readonly gates: () => readonly PhaseReport[];
  /** Goes through the last gate even where nothing has changed since the last start that did. */
  readonly whole?: boolean;
}

export interface Booted {
  /** `same`: after a clean stop, under the snapshot and configuration of the start before. */
  readonly kind: "same" | "whole";
  readonly epoch: number;
  /** The trace of the record that says so. */
  readonly trace: string;
  /** The trace of the execution that went through the last gate, now or at an earlier start. */
  readonly like: string;
}
