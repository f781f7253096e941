/** Diagnostics of the pass `prove`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const PROVE = {
  "prove/branches-collide": entry<{ first: string; second: string; what: string }>(
    (p) => `${quote(p.first)} and ${quote(p.second)} run side by side, and ${p.what}`,
    {
      hint: "Let the one end before the other begins, or give both of them keys of their own in so many words.",
    },
  ),
  "prove/partial-says-success": entry<{ node: string; exit: string }>(
    (p) => `\`PARTIAL\` of ${quote(p.node)} leads to ${quote(p.exit)}, which says \`SUCCESS\``,
    {
      severity: "warning",
      hint: "Give it an exit with an outcome of its own: some items did not succeed.",
    },
  ),
  "prove/fault-ends-in-success": entry<{ node: string; outcome: string; exit: string }>(
    (p) =>
      `${quote(p.outcome)} of ${quote(p.node)} leads to ${quote(p.exit)}, which says \`SUCCESS\``,
    { hint: "Lead it to an exit that says what happened, or to a node that puts it right." },
  ),
  "prove/fault-looks-like-exit": entry<{ outcome: string; exit: string }>(
    (p) => `\`on_fault\` ends in ${quote(p.outcome)}, as the exit ${quote(p.exit)} does`,
    {
      hint: "Give it an outcome of its own: a caller must be able to tell a fault from an answer.",
    },
  ),
  "prove/fault-says-success": entry((): string => "`on_fault` says `SUCCESS`", {
    hint: "Say what it is, for example `FAULTED`: it is where executions end that broke off.",
  }),
  "prove/idle-node": entry<{ node: string; target: string; more: string }>(
    (p) =>
      p.more !== ""
        ? `${p.more} more nodes of this workflow make no difference, ${quote(p.node)} the first of them`
        : `${quote(p.node)} makes no difference: it writes nothing, nobody reads its output, and all its outcomes lead to ${quote(p.target)}`,
    { severity: "warning", hint: "Use what it gives, tell its outcomes apart, or remove it." },
  ),
  "prove/lost-update": entry<{ put: string; get: string; store: string }>(
    (p) =>
      `${quote(p.put)} overwrites ${quote(p.store)} with what ${quote(p.get)} read: what another execution wrote in between is lost`,
    {
      severity: "warning",
      hint: "Use REPLACE with the version that was read, and route its CONFLICT.",
    },
  ),
  "prove/refused-write-says-success": entry<{ node: string; outcome: string; exit: string }>(
    (p) =>
      `${quote(p.node)} writes nothing when it ends in ${quote(p.outcome)}, and ${quote(p.exit)} says \`SUCCESS\``,
    { severity: "warning", hint: "Lead it to an exit with an outcome of its own." },
  ),
  "prove/results-differ": entry<{
    exit: string;
    other: string;
    outcome: string;
    members: string;
  }>(
    (p) =>
      `the exits ${quote(p.other)} and ${quote(p.exit)} both end in ${quote(p.outcome)}, but only one gives ${p.members}`,
    {
      severity: "warning",
      hint: "Give both the same members, or outcomes of their own: callers go by the outcome.",
    },
  ),
  "prove/store-labels-differ": entry<{
    store: string;
    reader: string;
    label: string;
    place: string;
  }>(
    (p) =>
      `${quote(p.reader)} reads ${quote(p.store)}, where ${quote(p.place)} is labelled ${quote(p.label)}, and does not label it`,
    { hint: "Give that place of its value the same `x-label`, and the effect the clearance." },
  ),
  "prove/store-values-differ": entry<{ store: string; reader: string; witness: string }>(
    (p) =>
      `${quote(p.reader)} reads ${quote(p.store)} and cannot take ${quote(p.witness)}, which may have been written there`,
    { hint: "Let it take what the other contract writes, or name another store." },
  ),
} as const;
