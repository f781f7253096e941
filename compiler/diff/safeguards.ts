/**
 * Safeguards that are weaker than they were: fewer people, a requester who may say so himself, what
 * nothing undoes any more, a budget or an invariant that is gone, labels that go further. Nobody's
 * call fails of it, but somebody relies on each, so that it counts as breaking. What got stronger is
 * no finding.
 */
import { byCodeUnits, canonical } from "../../protocol/language/canonical.ts";
import type {
  SealedBudget,
  SealedGovernance,
  SealedIntent,
} from "../../protocol/language/governance.ts";
import type { AwaitNode, Graph, GraphNode } from "../../protocol/language/graph.ts";
import { isObject, type Json } from "../../protocol/language/json.ts";
import type { SealedProofs } from "../../protocol/language/proofs.ts";
import { timeText } from "../proofs/time-text.ts";
import { type ChangedNames, changedNames } from "./changed-names.ts";

/** Why it is weaker, each in words. */
export function weakenedIn(before: Graph, after: Graph): readonly string[] {
  const now = new Map(after.nodes.map((node) => [node.name, node]));
  return before.nodes.flatMap((node) => {
    const other = now.get(node.name);
    return [...fewerPeople(node, other), ...lessUndone(node, other)];
  });
}

function fewerPeople(node: GraphNode, other: GraphNode | undefined): readonly string[] {
  if (node.kind !== "await") return [];
  const after = other?.kind === "await" ? other : undefined;
  return node.signals.flatMap(([name, { people, notRequester }]) => {
    const isGuarded = people > 1 || notRequester;
    const of = `\`${name}\` of \`${node.name}\``;
    if (!isGuarded) return [];
    const signal = signalOf(after, name);
    if (signal === undefined) {
      const asked = [
        ...(people > 1 ? [`${people} people`] : []),
        ...(notRequester ? ["somebody else than the requester"] : []),
      ];
      return [`${of}, which asked for ${asked.join(" and ")}, is gone`];
    }
    return [
      ...(signal.people < people
        ? [`${of} asks for fewer people: ${people} before, ${signal.people} now`]
        : []),
      ...(notRequester && !signal.notRequester ? [`${of} may now come from the requester`] : []),
    ];
  });
}

function signalOf(node: AwaitNode | undefined, name: string) {
  return node?.signals.find(([one]) => one === name)?.[1];
}

/** A node that is gone does nothing that would have to be undone. */
function lessUndone(node: GraphNode, other: GraphNode | undefined): readonly string[] {
  if (!("undone" in node) || node.undone?.by == null || other === undefined) return [];
  const now = "undone" in other ? other.undone : undefined;
  if (now?.by == null) return [`nothing undoes \`${node.name}\` any more`];
  const lost = node.undone.after.filter((outcome) => !now.after.includes(outcome));
  return lost.map((outcome) => `nothing undoes \`${node.name}\` after \`${outcome}\` any more`);
}

const MEASURES = ["writes", "external_calls", "attempts", "waits", "time_ms"] as const;

/** Of one intent: what it may cost more than before. */
export function budgetRaised(before: SealedIntent, after: SealedIntent): readonly string[] {
  return MEASURES.flatMap((measure) => {
    const [old, now] = [before.budget?.[measure], after.budget?.[measure]];
    if (old === undefined) return [];
    const what = `its budget of ${measure === "time_ms" ? "time" : measure}`;
    const was = amountText(measure, old);
    if (now === undefined) return [`${what} is gone: ${was} before`];
    return now <= old ? [] : [`${what} is higher: ${was} before, ${amountText(measure, now)} now`];
  });
}

function amountText(measure: keyof SealedBudget, amount: number): string {
  return measure === "time_ms" ? timeText(amount) : String(amount);
}

type Governed = SealedGovernance | undefined;

/** Labels that effects of a workflow may receive and could not before, by workflow. */
export function clearanceWidened(
  before: Governed,
  after: Governed,
): readonly { readonly of: string; readonly label: string }[] {
  const old = new Map(before?.intents.workflows.map((one) => [one.workflow, one.reach]));
  return (after?.intents.workflows ?? []).flatMap(({ workflow: of, reach }) => {
    const was = old.get(of);
    if (was === undefined) return [];
    const more = reach.clearance.filter((label) => !was.clearance.includes(label));
    return more.map((label) => ({ of, label }));
  });
}

/** What is proven of a snapshot, and the names of the invariants that hold in it. */
export interface Guarded {
  readonly invariants: readonly string[];
  readonly proofs: () => SealedProofs | undefined;
}

/** Invariants by name; those whose law is another are changed, where both snapshots hold laws. */
export function compareInvariants(before: Guarded, after: Guarded): ChangedNames {
  const [old, now] = [lawsOf(before), lawsOf(after)];
  const both = before.invariants.filter((name) => old.has(name) && now.has(name));
  const texts = ({ invariants }: Guarded, laws: ReadonlyMap<string, string>) =>
    new Map(invariants.map((name) => [name, both.includes(name) ? (laws.get(name) ?? "") : ""]));
  return changedNames(texts(before, old), texts(after, now));
}

/** What each says, as it was sealed; of an older snapshot nothing. */
function lawsOf({ proofs }: Guarded): ReadonlyMap<string, string> {
  const sealed = proofs()?.invariants ?? [];
  const laws = (Array.isArray(sealed) ? sealed : []).flatMap((one: Json) => {
    const isLaw = isObject(one) && typeof one.invariant === "string" && one.says !== undefined;
    if (!isLaw) return [];
    const { invariant, says = null, workflows = null } = one;
    return [[String(invariant), canonical({ says, workflows: sorted(workflows) })] as const];
  });
  return new Map(laws);
}

function sorted(names: Json): Json {
  if (!Array.isArray(names)) return names;
  return names.map(String).sort(byCodeUnits);
}
