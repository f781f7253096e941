/**
 * What is remembered of one live branch of an execution while its trace is read: where it stands,
 * what it waits for there, and what of it may have to be undone. A branch that has ended leaves only
 * that last part, with the branch around it.
 */
import type { Json } from "../../protocol/language/json.ts";
import type { AttemptedBody, RetryBody, TimerBody } from "../../protocol/language/records.ts";

/** An effect that happened, and may have to be undone; `by` is null where it stands for good. */
export interface Done {
  /** The node, as records tell it. */
  readonly told: string;
  readonly by: number | null;
  readonly branch: readonly number[];
  readonly done: readonly string[];
}

/** The items or branches that a fork has begun. */
export interface Forked {
  begun: number;
  /** True once it is known that there is no item behind those that have begun. */
  exhausted: boolean;
  readonly live: Map<number, Live>;
  readonly outcomes: Map<string, number>;
  succeeded: number;
  /** By item or branch; only where the fork's output tells them. */
  readonly ended: Map<number, string> | undefined;
}

/** What an undoing has come to. */
export interface Undoing {
  /** Still to be undone, the next one last. */
  readonly left: Done[];
  readonly compensated: string[];
  readonly stands: string[];
}

/** Who has said something, and whether at a shell: all who did are one person. */
export interface Speaker {
  readonly principal: string;
  readonly isOperator: boolean;
}

export interface Live {
  readonly parent: Live | undefined;
  /** For each fork around it, the outermost first. */
  readonly branch: readonly number[];
  at: number;
  /** A call that has no answer, or that is to be made again. */
  call: AttemptedBody | RetryBody | undefined;
  /** The input and key of the call's first attempt: every other has the same. */
  first: AttemptedBody | undefined;
  timer: TimerBody | undefined;
  /** By signal: who has said it. */
  said: Map<string, Speaker[]> | undefined;
  /** The signal that was enough. */
  enough: string | undefined;
  /** With what the last signal was said. */
  heard: Json | undefined;
  fork: Forked | undefined;
  undo: Undoing | undefined;
  /** What may have to be undone, in order. */
  done: Done[];
}

export function liveAt(
  at: number,
  parent: Live | undefined = undefined,
  branch: readonly number[] = [],
): Live {
  const nothing = { call: undefined, first: undefined, timer: undefined, said: undefined };
  const none = { enough: undefined, heard: undefined, fork: undefined, undo: undefined };
  return { parent, branch, at, ...nothing, ...none, done: [] };
}

/** Goes on to another node, and forgets what was waited for at the last one. */
export function moveTo(live: Live, at: number): void {
  live.at = at;
  live.call = undefined;
  live.first = undefined;
  live.timer = undefined;
  live.said = undefined;
  live.enough = undefined;
  live.heard = undefined;
  live.fork = undefined;
  live.undo = undefined;
}
