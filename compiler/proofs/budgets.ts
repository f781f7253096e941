/**
 * The proof `bounds`: what each workflow may cost, and no intent whose workflow may cost more than
 * its budget. A budget that can be exceeded is told with a path that does it.
 */
import type { BudgetText, IntentText } from "../../protocol/language/artifacts.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { quote } from "../codes/quote.ts";
import { type Diagnostic, diagnose } from "../diagnostic.ts";
import { durationMs } from "../duration.ts";
import type { Artifact, Typed } from "../model.ts";
import { type Bounds, type BoundsProof, boundsOf, type WorkflowBounds } from "./bounds.ts";
import {
  type DearShare,
  type DearStep,
  dearestPath,
  MEASURES,
  type Measure,
} from "./dearest-path.ts";
import type { Proven } from "./proven.ts";
import { timeText } from "./time-text.ts";

export function bounds(graphs: readonly Graph[], typed: Typed): Proven {
  const budgets = budgetsByWorkflow(typed);
  const sealed: [FullName, SealedBounds][] = [];
  const diagnostics: Diagnostic[] = [];
  for (const graph of graphs) {
    const proof = boundsOf(graph);
    sealed.push([graph.workflow, sealedBounds(proof.bounds)]);
    for (const intent of budgets.get(graph.workflow) ?? []) {
      diagnostics.push(...excesses(intent, proof));
    }
  }
  return { diagnostics, sealed: Object.fromEntries(sealed) };
}

/** As a snapshot has them: `any` and each outcome. */
export type SealedBounds = {
  readonly any: TellableBounds;
  readonly outcomes: Readonly<Record<string, TellableBounds>>;
};
type TellableBounds = {
  readonly [M in keyof Bounds]: Bounds[M] extends object ? Tellable : Bounds[M];
};
type Tellable = { readonly least: number; readonly most: number };

function sealedBounds({ any, outcomes }: WorkflowBounds): SealedBounds {
  const told = outcomes.map(({ outcome, ...rest }) => [outcome, rest] as const);
  return { any, outcomes: Object.fromEntries(told) };
}

type Budgeted = Artifact<IntentText>;

function budgetsByWorkflow(typed: Typed): ReadonlyMap<FullName, readonly Budgeted[]> {
  const found = new Map<FullName, Budgeted[]>();
  for (const { artifact, workflow } of typed.world.governance.intents.values()) {
    if (artifact.text.budget === undefined) continue;
    found.set(workflow, [...(found.get(workflow) ?? []), artifact]);
  }
  return found;
}

function excesses(intent: Budgeted, proof: BoundsProof): readonly Diagnostic[] {
  const { budget = {} } = intent.text;
  return (Object.keys(MEASURES) as Measure[]).flatMap((measure) => {
    const allowed = allowedBy(budget, measure);
    const most = mostOf(proof.bounds.any, measure);
    if (allowed === undefined || most <= allowed) return [];
    return [excess(intent, { measure, allowed, most }, proof)];
  });
}

function allowedBy(budget: BudgetText, measure: Measure): number | undefined {
  if (measure !== "time") return budget[measure];
  if (budget.time === undefined) return undefined;
  const allowed = durationMs(budget.time);
  invariant(allowed !== undefined, "the shape of a budget's time was checked");
  return allowed;
}

function mostOf(bounds: Bounds, measure: Measure): number {
  if (measure !== "time") return bounds[measure].most;
  return bounds.time_ms ?? Number.POSITIVE_INFINITY;
}

interface Excess {
  readonly measure: Measure;
  readonly allowed: number;
  readonly most: number;
}

function excess(
  intent: Budgeted,
  { measure, allowed, most }: Excess,
  proof: BoundsProof,
): Diagnostic {
  const tell = (amount: number) => (measure === "time" ? timeText(amount) : String(amount));
  const { steps, outcome } = dearestPath(proof, measure);
  const { graph } = proof.reckoning;
  const words = {
    workflow: graph.workflow,
    measure: WORDS[measure],
    allowed: tell(allowed),
    found: tell(most),
    path: `${pathText(steps, tell)} → ${quote(outcome)}`,
  };
  const fromData = proof.bounds.deadlines_in_data.map(quote).join(", ");
  const hint = Number.isFinite(most) ? {} : { hint: unboundedHint(fromData) };
  return diagnose("proofs/over-budget", intent.document.spanOf(["budget", measure]), words, hint);
}

const WORDS: Readonly<Record<Measure, string>> = {
  writes: "writes",
  external_calls: "calls to the outside",
  attempts: "attempts of calls",
  waits: "waits",
  time: "time",
};

function unboundedHint(nodes: string): string {
  return `The deadline of ${nodes} comes from the data, so that no time bounds it: give a duration, or leave the time out of the budget.`;
}

/** Steps that are told of one path: those that cost, and of long ones the first and the last. */
const TOLD_MAX = 24;

function pathText(steps: readonly DearStep[], tell: (amount: number) => string): string {
  const told = steps.map(({ node, outcome, adds, undoing, inside }) => {
    const undone = undoing > 0 ? `, ${tell(undoing)} of it for undoing` : "";
    const costs = adds === 0 ? "" : ` (${tell(adds)}${undone})`;
    const within = inside.map((share) => shareText(share, tell));
    const shown = within.length === 0 ? "" : ` {${within.join("; ")}}`;
    return `${quote(node)} ${outcome}${costs}${shown}`;
  });
  if (told.length <= TOLD_MAX) return told.join(" → ");
  const half = TOLD_MAX / 2;
  const left = `… ${told.length - TOLD_MAX} more …`;
  return [...told.slice(0, half), left, ...told.slice(-half)].join(" → ");
}

function shareText(share: DearShare, tell: (amount: number) => string): string {
  const { name, counts, times, isUndoing, steps } = share;
  const what = { items: "items", rounds: "rounds of items at a time", branch: "" }[counts];
  const lead = counts === "branch" ? quote(name) : times === 1 ? "1 item" : `${times} ${what}`;
  return `${lead}${isUndoing ? ", for undoing" : ""}: ${pathText(steps, tell)}`;
}
