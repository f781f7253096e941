/**
 * The caller's faults. A refusal says no before anything happened: a code in words, a sentence,
 * and where possible the places (JSON Pointers) that are wrong. It is never used for the author's
 * faults (diagnostics) or our own (assertions).
 */

import type { Gate } from "./gates.ts";

/** What family a refusal belongs to; each family has one exit code (see `bin/exit-codes.ts`). */
export type RefusalFamily = "usage" | "acceptance" | "evidence" | "busy" | "viability" | "kernel";

export interface Problem {
  readonly pointer: string;
  readonly message: string;
  /** Where the value came from, where that is not the payload: a file's line, a variable, a flag. */
  readonly place?: string;
  /** What to do about this one; a sentence of its own. */
  readonly hint?: string;
}

export interface RefusalDetails {
  readonly problems?: readonly Problem[] | undefined;
  /** What to do about it; a sentence of its own. */
  readonly hint?: string | undefined;
  /** Where it was recorded: the trace of a `refused` record. */
  readonly trace?: string | undefined;
}

/** Marks a refusal, whichever bundle of the program holds the class that made it. */
const BRAND = Symbol.for("pgs.refusal");

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly [BRAND] = true;
  readonly problems: readonly Problem[];
  readonly hint: string | undefined;
  readonly trace: string | undefined;
  /** The gate that a start stopped at; undefined for what was refused later. */
  gate: Gate | undefined;

  constructor(
    readonly family: RefusalFamily,
    /** In words, prefixed by what refuses: `payload/duplicate-key`, `snapshot/changed-file`. */
    readonly code: string,
    message: string,
    { problems = [], hint, trace }: RefusalDetails = {},
  ) {
    super(message);
    this.problems = problems;
    this.hint = hint;
    this.trace = trace;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
