/**
 * A case: one thing that is done to the program, under a name by which it can be done again. Cases
 * are carried out two at a time; which of them, where there is no time for all, follows from their
 * names alone, so that every machine takes the same.
 */
import { createHash } from "node:crypto";
import { inParallel } from "./program.ts";

export interface Case {
  /** `sweep/used/write/3/kill`. */
  readonly id: string;
  /** What it is done to: a file of the data root, a moment of the run. */
  readonly about: string;
  /** Cases that are never left out. */
  readonly weighs: boolean;
  /** At least one of each kind is carried out. */
  readonly kind: string;
  /** What is wrong afterwards, in words; nothing where all holds. */
  readonly run: () => Promise<readonly string[]>;
}

export interface Found {
  readonly case: Case;
  readonly complaints: readonly string[];
}

const JOBS = 2;

/** Carries out the cases; tells each as it is done. */
export function carryOutAll(
  cases: readonly Case[],
  tell: (found: Found) => void = () => {},
): Promise<readonly Found[]> {
  return inParallel(cases, JOBS, async (one) => {
    const found = { case: one, complaints: await one.run() };
    tell(found);
    return found;
  });
}

/** One line a case that failed, as a test shows it. */
export function failures(found: readonly Found[]): readonly string[] {
  return found
    .filter(({ complaints }) => complaints.length > 0)
    .map((one) => `${one.case.id} (${one.case.about}): ${one.complaints.join("; ")}`);
}

/** All that weigh, the first of each kind, and then by the digest of their names. */
export function sample(cases: readonly Case[], count: number): readonly Case[] {
  const ranked = [...cases].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const taken = new Set(ranked.filter(({ weighs }) => weighs));
  const kinds = new Set([...taken].map(({ kind }) => kind));
  for (const one of ranked) {
    if (kinds.has(one.kind)) continue;
    kinds.add(one.kind);
    taken.add(one);
  }
  for (const one of ranked) {
    if (taken.size >= count) break;
    taken.add(one);
  }
  return cases.filter((one) => taken.has(one));
}

/** First those that most mistakes do not survive: the plainest power cut, late; then what is written. */
export function inTurn(cases: readonly Case[]): readonly Case[] {
  const plain = cases.filter(({ about }) => about.endsWith("only what was flushed is there"));
  const weighty = cases.filter(({ weighs, about }) => weighs || /write .*ledger/.test(about));
  const ranked = [...cases].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return [...new Set([...plain.reverse(), ...weighty, ...ranked])];
}

function rank({ id }: Case): string {
  return createHash("sha256").update(id).digest("hex");
}
