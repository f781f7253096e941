/**
 * Two snapshots compared by what they mean: paths, outcomes, effects, bounds, flows, intents,
 * policies. The verdict is `breaking` where somebody who relies on the first could fail with the
 * second, or where the opposite is not proven; each reason is named.
 */
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { SealedCapability } from "../../protocol/language/manifest.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { type ChangedNames, changedNames, changedSets } from "./changed-names.ts";
import { compareGovernance, type GovernanceDiff } from "./governance-diff.ts";
import { compareInvariants, type Guarded } from "./safeguards.ts";
import {
  type Breaking,
  compareWorkflows,
  type FlowsOf,
  type WorkflowDiff,
} from "./workflow-diff.ts";

/** What is compared of a snapshot. */
export interface Comparable extends Guarded {
  readonly workflows: readonly FullName[];
  readonly graph: (workflow: FullName) => Graph;
  readonly governance: () => SealedGovernance | undefined;
  readonly capabilities: readonly SealedCapability[];
  /** The digest of a workflow's graph as it was sealed. */
  readonly digestOf: (workflow: FullName) => string;
}

export interface SnapshotDiff extends GovernanceDiff {
  readonly verdict: "compatible" | "breaking";
  readonly breaking: readonly Breaking[];
  readonly workflows: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Those whose graph is another. */
    readonly changed: readonly WorkflowDiff[];
    /** Those that intents lead to where they led to others before. */
    readonly replaced: readonly Replaced[];
  };
  /** Those that were authored, by name; changed where the law is another. */
  readonly invariants: ChangedNames;
  /** Implementations, by name. */
  readonly capabilities: ChangedNames;
}

export interface Replaced extends WorkflowDiff {
  readonly intent: string;
  readonly instead_of: FullName;
}

export function compareSnapshots(
  before: Comparable,
  after: Comparable,
  flowsOf: FlowsOf,
): SnapshotDiff {
  const { added, removed } = changedSets(before.workflows, after.workflows);
  const breaking: Breaking[] = removed.map((of) => {
    return { code: "workflow-removed", of, reason: "nobody can run it any more" };
  });
  const changed: WorkflowDiff[] = [];
  for (const workflow of after.workflows) {
    if (!before.workflows.includes(workflow)) continue;
    if (before.digestOf(workflow) === after.digestOf(workflow)) continue;
    const found = compareWorkflows(before.graph(workflow), after.graph(workflow), flowsOf);
    changed.push(found.diff);
    breaking.push(...found.breaking);
  }
  const governed = compareGovernance(before.governance(), after.governance());
  const replaced = replacedIn(before, after).map((one) => {
    const { intent, instead_of } = one;
    const [old, now] = [before.graph(instead_of), after.graph(one.workflow)];
    const found = compareWorkflows(old, now, flowsOf);
    // What the intent takes is compared by itself: it may take less than its workflow.
    const ours = found.breaking.filter(({ code }) => !code.startsWith("payload-"));
    breaking.push(...ours.map((broken) => ({ ...broken, of: intent })));
    return { intent, instead_of, ...found.diff };
  });
  const invariants = compareInvariants(before, after);
  breaking.push(...governed.breaking, ...lawsWeakened(invariants));
  return {
    verdict: breaking.length === 0 ? "compatible" : "breaking",
    breaking,
    workflows: { added, removed, changed, replaced },
    ...governed.diff,
    invariants,
    capabilities: changedNames(sourcesOf(before), sourcesOf(after)),
  };
}

/** Of a law that is another nobody can say that it holds what the former did. */
function lawsWeakened({ removed, changed }: ChangedNames): readonly Breaking[] {
  const code = "safeguard";
  return [
    ...removed.map((of) => ({ code, of, reason: "the invariant is gone" }) as const),
    ...changed.map((of) => {
      const reason = "the invariant is another: it is not proven to hold all that it held";
      return { code, of, reason } as const;
    }),
  ];
}

/** Intents of both that lead to another workflow than before. */
function replacedIn(before: Comparable, after: Comparable) {
  const old = new Map(before.governance()?.intents.intents.map((one) => [one.type, one.workflow]));
  return (after.governance()?.intents.intents ?? []).flatMap(({ type, workflow }) => {
    const instead_of = old.get(type);
    const isSame = instead_of === undefined || instead_of === workflow;
    return isSame ? [] : [{ intent: type, workflow, instead_of }];
  });
}

function sourcesOf({ capabilities }: Comparable): ReadonlyMap<string, string> {
  return new Map(capabilities.map(({ implementation, sha256 }) => [implementation, sha256]));
}
