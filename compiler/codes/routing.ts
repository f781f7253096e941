/** Diagnostics of the pass `routing`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const ROUTING = {
  "routing/cycle": entry<{ circle: string }>((p) => `the routes lead in a circle: ${p.circle}`, {
    hint: "Take one route out: every path through a workflow ends.",
  }),
  "routing/duplicate-row": entry<{ outcome: string; row: string }>(
    (p) => `this row repeats row ${p.row}, so it never gives ${quote(p.outcome)}`,
    { hint: "Remove one of the two rows, or change what this one asks for." },
  ),
  "routing/fault-is-no-success": entry<{ outcome: string }>(
    (p) => `${quote(p.outcome)} is never a success: something broke off, or was undone`,
    { hint: "Take it out: name the outcomes with which the work was done." },
  ),
  "routing/idle-empty-route": entry<{ node: string }>(
    (p) => `\`EMPTY\` cannot happen at ${quote(p.node)}: its list always holds something`,
    { severity: "warning", hint: "Remove the route." },
  ),
  "routing/idle-engine-route": entry<{ node: string; outcome: string }>(
    (p) => `${quote(p.outcome)} cannot happen at ${quote(p.node)}`,
    { severity: "warning", hint: "Remove the route." },
  ),
  "routing/outcome-no-exit-gives": entry<{ workflow: string; outcome: string }>(
    (p) => `no exit of ${quote(p.workflow)} ends in ${quote(p.outcome)}`,
  ),
  "routing/outcome-no-row-gives": entry<{ node: string; outcome: string }>(
    (p) => `no row of ${quote(p.node)} gives ${quote(p.outcome)}`,
  ),
  "routing/outcome-no-signal-gives": entry<{ node: string; outcome: string }>(
    (p) => `${quote(p.node)} waits for no signal ${quote(p.outcome)}`,
  ),
  "routing/shadowed-row": entry<{ outcome: string; row: string }>(
    (p) =>
      `row ${p.row} takes everything that this row would, so it never gives ${quote(p.outcome)}`,
    { hint: "Rows are tried in order: put the narrower one first." },
  ),
  "routing/unknown-outcome": entry<{ contract: string; outcome: string }>(
    (p) => `${quote(p.contract)} has no outcome ${quote(p.outcome)}`,
  ),
  "routing/unreachable-exit": entry<{ exit: string }>(
    (p) => `no route leads to the exit ${quote(p.exit)}`,
    { hint: "Route an outcome to it, or remove it." },
  ),
  "routing/unreachable-node": entry<{ node: string; start: string }>(
    (p) => `no path from ${quote(p.start)} leads to ${quote(p.node)}`,
    { hint: "Route an outcome to it, or remove it." },
  ),
  "routing/unrouted-outcome": entry<{ node: string; outcome: string }>(
    (p) => `the outcome ${quote(p.outcome)} of ${quote(p.node)} leads nowhere`,
    { hint: "Add it to `on`: every outcome leads to a node or to an exit." },
  ),
} as const;
