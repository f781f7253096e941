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
  readonly touches: ReadonlyMap<string, Touched>;
}

/** What is touched of one store: at keys that the text names, and at others. */
interface Touched {
  readonly all: Touch[];
  readonly others: Touch[];
  readonly byText: Map<string, Touch[]>;
}

function byStore(touches: readonly Touch[]): ReadonlyMap<string, Touched> {
  const stores = new Map<string, Touched>();
  for (const touch of touches) {
    const known: Touched = stores.get(touch.store) ?? { all: [], others: [], byText: new Map() };
    stores.set(touch.store, known);
    known.all.push(touch);
    if (!("text" in touch.key)) known.others.push(touch);
    else {
      const { text } = touch.key;
      known.byText.set(text, [...(known.byText.get(text) ?? []), touch]);
    }
  }
  return stores;
}

/** The first touch that meets this one; what is touched at another key of the text cannot. */
function meeting(touch: Touch, { all, others, byText }: Touched): Touch | undefined {
  if (!("text" in touch.key)) return all.find((one) => collide(touch, one));
  const same = byText.get(touch.key.text)?.find((one) => collide(touch, one));
  return same ?? others.find((one) => collide(touch, one));
}

/** One fault for each store in which two branches may meet. */
function faultsOf(
  flow: Flow,
  node: string,
  [first, second]: readonly [Branch, Branch],
): readonly Diagnostic[] {
  return [...first.touches].flatMap(([store, ours]) => {
    const theirs = second.touches.get(store);
    for (const a of theirs === undefined ? [] : ours.all) {
      const b = theirs && meeting(a, theirs);
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
