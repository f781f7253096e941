/**
 * The ends of a workflow at one place of the graph. One that compensates becomes three nodes: what
 * undoes, and an end for each way in which that can come out. It never decides what is undone.
 */
import type { UndoNode } from "../../../protocol/language/graph.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../../protocol/language/names.ts";
import type { TypedExit } from "../../model.ts";
import { under } from "../../types/labels.ts";
import { type Draft, ON_FAULT, type Scope } from "./draft.ts";

/** True for the end that faults lead to, and for those that come of it where it compensates. */
export function isFaultEnd(name: string): boolean {
  return name === ON_FAULT || name.startsWith(`${ON_FAULT}/`);
}

/** The nodes of an end. */
export function endOf(scope: Scope, name: string, end: TypedExit): readonly Draft[] {
  if (end.compensate !== true) return [scope.end(scope, name, end)];
  const { prefix, workflow } = scope;
  const undoes: Draft = {
    name: `${prefix}${name}`,
    origin: { workflow: workflow.workflow.artifact.name, node: name },
    edges: WAYS.map(([outcome, way]) => ({ outcome, to: `${prefix}${name}/${way}` })),
    body: (numbers) => {
      const slot = numbers.write(`${prefix}${name}`);
      return { kind: "undo", slot, within: prefix } satisfies Omit<UndoNode, Own>;
    },
  };
  const ends = WAYS.map(([outcome, way]) =>
    scope.end(scope, `${name}/${way}`, undone(name, { ...end, outcome })),
  );
  return [undoes, ...ends];
}

type Own = "name" | "edges" | "origin";

const WAYS = Object.freeze([
  [COMPENSATED, "compensated"],
  [PARTLY_COMPENSATED, "stands"],
] as const);

/** The authored result, and beside it what was undone and what stands. */
function undone(name: string, { outcome, result, seal }: TypedExit): TypedExit {
  const slot = result.roots.length;
  return {
    outcome,
    result: {
      binding: {
        object: [
          ["result", result.binding],
          ["compensated", { read: [slot, "compensated"] }],
          ["stands", { read: [slot, "stands"] }],
        ],
      },
      roots: [...result.roots, `nodes.${name}`],
      fallible: result.fallible,
    },
    seal: under("result", seal),
  };
}
