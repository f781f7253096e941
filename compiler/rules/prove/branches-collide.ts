/** Branches that run side by side never come to the same key of a store: their order would decide. */
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { type Flow, type ProtocolRule, placeOf } from "../flow.ts";
import { collide, type Touch, touchesOf, touchesWith } from "../touches.ts";

/** Two reads are let be, and so are two appends to one stream: each gets a position of its own. */
export const branchesCollide: ProtocolRule = (flows) => {
  const [some] = flows;
  const isFork = flows.some(({ nodes }) => nodes.some(({ typed }) => isParallel(typed.node.kind)));
  if (some === undefined || !isFork) return [];
  const touches = touchesOf(some.typed);
  return flows.flatMap((flow) =>
    flow.nodes.flatMap(({ name, typed: { node, bodies = [] } }) => {
      if (node.kind !== "parallel") return [];
      const branches = bodies.map(({ workflow, input }, index) => ({
        name: node.branches[index]?.name ?? "",
        touches: byStore(touchesWith(touches.get(workflow) ?? [], input)),
      }));
      return branches.flatMap((second, index) =>
        branches.slice(0, index).flatMap((first) => faultsOf(flow, name, [first, second])),
      );
    }),
  );
};

function isParallel(kind: string): boolean {
  return kind === "parallel";
}

interface Branch {
  readonly name: string;
  readonly touches: ReadonlyMap<string, readonly Touch[]>;
}

function byStore(touches: readonly Touch[]): ReadonlyMap<string, readonly Touch[]> {
  const stores = new Map<string, Touch[]>();
  for (const touch of touches) {
    const known = stores.get(touch.store);
    if (known === undefined) stores.set(touch.store, [touch]);
    else known.push(touch);
  }
  return stores;
}

/** One fault for each store in which two branches may meet. */
function faultsOf(
  flow: Flow,
  node: string,
  [first, second]: readonly [Branch, Branch],
): readonly Diagnostic[] {
  return [...first.touches].flatMap(([store, ours]) => {
    const theirs = second.touches.get(store) ?? [];
    for (const a of ours) {
      const b = theirs.find((one) => collide(a, one));
      if (b === undefined) continue;
      const place = placeOf(flow, ["nodes", node, "parallel", second.name], "key");
      const related = [
        { span: a.at, message: `${a.operation} in \`${first.name}\`` },
        { span: b.at, message: `${b.operation} in \`${second.name}\`` },
      ];
      const words = { first: first.name, second: second.name, what: whatOf(a, b) };
      return [diagnose("prove/branches-collide", place, words, { related })];
    }
    return [];
  });
}

function whatOf(a: Touch, b: Touch): string {
  if (a.how === "appends" || b.how === "appends") {
    return `one reads \`${a.store}\` while the other appends to it`;
  }
  const [known] = [a.key, b.key].flatMap((key) => ("text" in key ? key.text : []));
  const key = known === undefined ? "the same key" : `the key \`${known}\``;
  return `both may come to ${key} of \`${a.store}\``;
}
