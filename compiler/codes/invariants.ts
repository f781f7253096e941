/** Diagnostics of authored invariants, found by the pass `proofs`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

interface Held extends Readonly<Record<string, string>> {
  readonly invariant: string;
  readonly workflow: string;
  readonly path: string;
}

/** How each begins that tells of a path. */
function head({ invariant, workflow }: Pick<Held, "invariant" | "workflow">): string {
  return `${quote(invariant)} does not hold in ${quote(workflow)}`;
}

export const INVARIANTS = {
  "proofs/idle-ending": entry<{ outcome: string }>(
    (p) => `none of the named workflows ends in ${quote(p.outcome)}: the invariant could not fail`,
  ),
  "proofs/idle-point": entry<{ point: string }>(
    (p) => `none of the workflows comes to ${p.point}: the invariant could not fail`,
  ),
  "proofs/implicit-flow": entry<Held & { of: string; how: string; source: string }>(
    (p) => `${head(p)}: ${p.of} ${p.how} ${quote(p.source)}: ${p.path}`,
    { hint: "Decide on something else, or declassify it by a transform that says so." },
  ),
  "proofs/never": entry<Held & { first: string; second: string }>(
    (p) => `${head(p)}: ${p.second} comes after ${p.first}: ${p.path}`,
    { hint: "Lead that path elsewhere, or say of the law on which ends it is held." },
  ),
  "proofs/not-before": entry<Held & { first: string; second: string }>(
    (p) => `${head(p)}: ${p.second} is reached without ${p.first} before it: ${p.path}`,
    { hint: "Lead every path to it through what must come first." },
  ),
  "proofs/not-exactly": entry<Held & { of: string; times: string; found: string }>(
    (p) => `${head(p)}: expected ${p.of} ${p.times} times, found ${p.found}: ${p.path}`,
    { hint: "Change that path, or name the ends on which it is held with `ending_in`." },
  ),
  "proofs/not-followed": entry<Held & { first: string; second: string }>(
    (p) => `${head(p)}: after ${p.first} there is a path without ${p.second}: ${p.path}`,
    { hint: "Change that path, or name the ends on which it is held with `ending_in`." },
  ),
  "proofs/reached-otherwise": entry<Held & { of: string; intent: string }>(
    (p) => `${quote(p.invariant)} does not hold: ${quote(p.intent)} comes to ${p.of}: ${p.path}`,
    { hint: "Name the intent among those that may, or lead its workflow elsewhere." },
  ),
  "proofs/too-often": entry<Held & { of: string; times: string; found: string }>(
    (p) => `${head(p)}: expected ${p.of} at most ${p.times} times, found ${p.found}: ${p.path}`,
    { hint: "Lead that path past one of them, or allow for more." },
  ),
  "proofs/too-tangled": entry<{ invariant: string; workflow: string }>(
    (p) =>
      `${quote(p.invariant)} is not decided in ${quote(p.workflow)}: too many workflows within workflows undo what it is about`,
    { hint: "Hold it on the workflows that are called, one by one." },
  ),
} as const;
