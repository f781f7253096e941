/** Diagnostics of undoing, found by the pass `proofs`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

interface Way extends Readonly<Record<string, string>> {
  readonly node: string;
  readonly outcome: string;
  readonly exit: string;
  /** Node by node, from the start. */
  readonly path: string;
}

export const SAGAS = {
  "proofs/doubt-not-undone": entry<Way>(
    (p) =>
      `after ${quote(p.outcome)} nobody knows whether ${quote(p.node)} happened, and ${quote(p.exit)} would not undo it: ${p.path}`,
    {
      hint: "Name the outcome in `undoes`, if undoing does no harm where nothing was done; or say `irreversible: true`.",
    },
  ),
  "proofs/idle-compensation": entry<{ node: string }>(
    (p) => `nothing ever undoes ${quote(p.node)}: no way from it leads to an end that compensates`,
    { severity: "warning", hint: "Let an exit say `compensate: true`, or remove it." },
  ),
  "proofs/irreversible-before-failure": entry<Way>(
    (p) =>
      `${quote(p.node)} is irreversible, and ${quote(p.exit)} may still be reached after it: ${p.path}`,
    {
      hint: "Put it behind what may fail, list in `irreversible` the outcomes after which it stands, or say `pivot: true`: it is then told among what stands.",
    },
  ),
  "proofs/not-undone": entry<Way>(
    (p) => `${quote(p.exit)} compensates, and nothing undoes ${quote(p.node)}: ${p.path}`,
    { hint: "Give it a `compensate`, or say `irreversible: true`." },
  ),
  "proofs/nothing-to-undo": entry<{ exit: string }>(
    (p) => `${quote(p.exit)} compensates, but nothing before it is ever undone`,
    { hint: "Give it an outcome instead, or say what undoes the effects before it." },
  ),
} as const;
