/**
 * What changed between two graphs of one workflow, and which of it breaks those who rely on it: who
 * calls it must route its outcomes, gives it payloads that it took before, and reads results that it
 * gave before. All else is told, and breaks nothing.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { type Bounds, boundsOf, type WorkflowBounds } from "../proofs/bounds.ts";
import { allParts, nodeOf, trunkOf } from "../proofs/part.ts";
import { pathsOf } from "../proofs/paths.ts";
import { type ToldCount, tellPaths } from "../proofs/told-paths.ts";
import { type ChangedNames, changedNames, changedSets } from "./changed-names.ts";
import { type Kept, takesAll } from "./contract.ts";
import { type MemberChange, memberChanges } from "./member-changes.ts";
import { nodesTold, nodeTexts, type ToldNodes } from "./node-texts.ts";
import { type Missing, pathsMissing } from "./path-diff.ts";
import { resultsOf } from "./result-types.ts";
import { weakenedIn } from "./safeguards.ts";

/** A change that breaks somebody, by what it is about. */
export interface Breaking {
  readonly code:
    | "workflow-removed"
    | "outcome-added"
    | "outcome-removed"
    | "payload-narrowed"
    | "payload-not-proven"
    | "result-widened"
    | "result-not-proven"
    | "intent-removed"
    | "intent-requires-more"
    /** Nobody's call fails of it; something that was kept from happening may happen. */
    | "safeguard";
  /** The workflow or the intent. */
  readonly of: string;
  readonly reason: string;
}

export interface PartDiff {
  /** Empty for the workflow itself. */
  readonly part: string;
  readonly before: ToldCount | null;
  readonly after: ToldCount | null;
  /** Declared paths. */
  readonly added: Missing;
  readonly removed: Missing;
}

export interface BoundsDiff {
  readonly outcome: string;
  readonly before: Bounds;
  readonly after: Bounds;
}

export interface WorkflowDiff {
  readonly workflow: FullName;
  readonly outcomes: Pick<ChangedNames, "added" | "removed">;
  readonly nodes: ChangedNames;
  /** By changed node: what it says otherwise, its edges too. */
  readonly members: Readonly<Record<string, readonly MemberChange[]>>;
  readonly effects: Pick<ChangedNames, "added" | "removed">;
  readonly flows: Pick<ChangedNames, "added" | "removed">;
  readonly paths: readonly PartDiff[];
  readonly bounds: readonly BoundsDiff[];
  /** Whether it takes all payloads that it took, and gives results only as it did. */
  readonly payload: Kept;
  readonly results: Readonly<Record<string, Kept>>;
}

/** Where a labelled field can end up, in words that are compared. */
export type FlowsOf = (graph: Graph) => readonly string[];

export interface Compared {
  readonly diff: WorkflowDiff;
  readonly breaking: readonly Breaking[];
}

export function compareWorkflows(before: Graph, after: Graph, flowsOf: FlowsOf): Compared {
  const old = boundsOf(before).bounds;
  const now = boundsOf(after).bounds;
  const outcomes = changedSets(outcomesIn(before), outcomesIn(after));
  const [oldNodes, nowNodes] = [nodesTold(before), nodesTold(after)];
  const nodes = changedNames(nodeTexts(oldNodes), nodeTexts(nowNodes));
  const results = compareResults(before, after);
  const diff: WorkflowDiff = {
    workflow: after.workflow,
    outcomes,
    nodes,
    members: membersIn(nodes.changed, oldNodes, nowNodes),
    effects: changedSets(effectsIn(before), effectsIn(after)),
    flows: changedSets(flowsOf(before), flowsOf(after)),
    paths: comparePaths(before, after),
    bounds: compareBounds(old, now),
    payload: takesAll(payloadOf(before), payloadOf(after)),
    results: Object.fromEntries(results),
  };
  const weakened = weakenedIn(before, after).map((reason): Breaking => {
    return { code: "safeguard", of: after.workflow, reason };
  });
  return { diff, breaking: [...breakingIn(diff), ...weakened] };
}

function membersIn(changed: readonly string[], before: ToldNodes, after: ToldNodes) {
  return Object.fromEntries(
    changed.map((name) => [name, memberChanges(before.get(name) ?? {}, after.get(name) ?? {})]),
  );
}

/** Without that of what was cancelled: no caller hears of it, for it ends the whole. */
function outcomesIn(graph: Graph): readonly string[] {
  return trunkOf(graph).order.flatMap((index) => {
    const node = nodeOf(graph, index);
    return node.kind === "exit" && node.cancel !== true ? [node.outcome] : [];
  });
}

export function payloadOf({ schemas, payload }: Graph) {
  return schemas[payload] ?? true;
}

/** Effects with their operations, compensations too. */
function effectsIn({ nodes }: Graph): readonly string[] {
  return nodes.flatMap((node) =>
    node.kind === "effect" || node.kind === "external" ? [`${node.effect} ${node.operation}`] : [],
  );
}

function comparePaths(before: Graph, after: Graph): readonly PartDiff[] {
  const [old, now] = [before, after].map((graph) => {
    const counts = tellPaths(pathsOf(graph));
    return allParts(graph).map((part) => ({
      place: { graph, part },
      count: part.name === "" ? counts : (counts.parts?.[part.name] ?? counts),
    }));
  });
  const names = new Set([...(old ?? []), ...(now ?? [])].map(({ place }) => place.part.name));
  return [...names].flatMap((part) => {
    const one = old?.find(({ place }) => place.part.name === part);
    const two = now?.find(({ place }) => place.part.name === part);
    const added = two === undefined ? NONE : pathsMissing(two.place, one?.place);
    const removed = one === undefined ? NONE : pathsMissing(one.place, two?.place);
    const isSame = added.count === "0" && removed.count === "0" && one !== undefined;
    if (isSame && two !== undefined && sameCount(one.count, two.count)) return [];
    const counts = { before: countOf(one?.count), after: countOf(two?.count) };
    return [{ part, ...counts, added, removed }];
  });
}

const NONE: Missing = Object.freeze({ count: "0" });

function countOf(count: ToldCount | undefined): ToldCount | null {
  if (count === undefined) return null;
  const { declared, engine, feasible } = count;
  return { declared, engine, ...(feasible === undefined ? {} : { feasible }) };
}

function sameCount(a: ToldCount, b: ToldCount): boolean {
  return JSON.stringify(countOf(a)) === JSON.stringify(countOf(b));
}

function compareBounds(old: WorkflowBounds, now: WorkflowBounds): readonly BoundsDiff[] {
  const before = new Map(old.outcomes.map(({ outcome, ...bounds }) => [outcome, bounds] as const));
  const changed = now.outcomes.flatMap(({ outcome, ...after }): BoundsDiff[] => {
    const one = before.get(outcome);
    const isSame = one === undefined || JSON.stringify(one) === JSON.stringify(after);
    return isSame ? [] : [{ outcome, before: one, after }];
  });
  const isSame = JSON.stringify(old.any) === JSON.stringify(now.any);
  return isSame ? changed : [...changed, { outcome: "any", before: old.any, after: now.any }];
}

function compareResults(before: Graph, after: Graph): readonly (readonly [string, Kept])[] {
  const old = resultsOf(before);
  return [...resultsOf(after)].flatMap(([outcome, result]) => {
    const was = old.get(outcome);
    return was === undefined ? [] : [[outcome, takesAll(result, was)] as const];
  });
}

function breakingIn({
  workflow: of,
  outcomes,
  payload,
  results,
}: WorkflowDiff): readonly Breaking[] {
  return [
    ...outcomes.added.map((outcome): Breaking => {
      const reason = `it may end in \`${outcome}\`, which no caller routes`;
      return { code: "outcome-added", of, reason };
    }),
    ...outcomes.removed.map((outcome): Breaking => {
      const reason = `it never ends in \`${outcome}\` any more, which callers route`;
      return { code: "outcome-removed", of, reason };
    }),
    ...payloadBreaks(of, payload),
    ...Object.entries(results).flatMap(([outcome, kept]) => resultBreaks(of, outcome, kept)),
  ];
}

export function payloadBreaks(of: string, payload: Kept): readonly Breaking[] {
  if (payload.kept === "yes") return [];
  if (payload.kept === "no") {
    const reason = `it no longer takes a payload that it took: ${payload.witness}`;
    return [{ code: "payload-narrowed", of, reason }];
  }
  const reason = `it is not proven that it takes all payloads that it took: ${payload.why}`;
  return [{ code: "payload-not-proven", of, reason }];
}

function resultBreaks(of: string, outcome: string, result: Kept): readonly Breaking[] {
  if (result.kept === "yes") return [];
  if (result.kept === "no") {
    const reason = `with \`${outcome}\` it may give what it never gave: ${result.witness}`;
    return [{ code: "result-widened", of, reason }];
  }
  const reason = `it is not proven that with \`${outcome}\` it gives only what it gave: ${result.why}`;
  return [{ code: "result-not-proven", of, reason }];
}
