/**
 * Small graphs by chance, as lowering could have made them: calls written out, items and branches as
 * parts of their own, effects with what undoes them, ends that undo. Values play no part.
 */
import fc from "fast-check";
import type { Edge, Graph, GraphNode } from "../../../protocol/language/graph.ts";

/** A node whose edges still lead to names; what it needs beside is made up. */
export interface Drawn {
  readonly name: string;
  readonly kind: GraphNode["kind"];
  readonly edges: readonly (readonly [outcome: string, to: string])[];
  readonly more?: Readonly<Record<string, unknown>>;
  /** Names of nodes that become numbers. */
  readonly numbers?: Readonly<Record<string, string>>;
  readonly branches?: readonly string[];
}

/** Choices, each from 0 to a number below the one asked for. */
export type Choose = (below: number) => number;

interface Region {
  readonly prefix: string;
  readonly depth: number;
  readonly end: "exit" | "leave" | "join";
  /** Where the ends of a call lead, by their outcome. */
  readonly after?: (outcome: string) => string;
}

const ENGINE = new Set(["CANCELLED", "IN_DOUBT", "FAULT"]);
export const WORKFLOW = "example::WF_RANDOM_V0";

export function drawGraph(choose: Choose): Graph {
  const drawn: Drawn[] = [];
  region({ prefix: "", depth: 0, end: "exit" }, choose, drawn);
  if (drawn.some(({ edges }) => edges.some(([, to]) => to === "on_cancel"))) {
    const undoes = choose(2) === 0;
    drawn.push(...endOf({ prefix: "", depth: 0, end: "exit" }, "on_cancel", "CANCELLED", undoes));
  }
  return numbered(drawn);
}

function region(at: Region, choose: Choose, drawn: Drawn[]): string {
  const { prefix, depth } = at;
  const count = 1 + choose(depth === 0 ? 3 : 2);
  const names = Array.from({ length: count }, (_, index) => `${prefix}${"abcd"[index]}`);
  const ends = [`${prefix}won`, `${prefix}lost`];
  names.forEach((name, index) => {
    const later = [...names.slice(index + 1), ...ends];
    const target = () =>
      later[choose(index === count - 1 ? later.length : Math.min(2, later.length))] ??
      `${prefix}won`;
    node({ at, name, target }, choose, drawn);
  });
  drawn.push(...endOf(at, `${prefix}won`, "SUCCESS", false));
  drawn.push(...endOf(at, `${prefix}lost`, "LOST", choose(2) === 0));
  return `${prefix}a`;
}

interface Site {
  readonly at: Region;
  readonly name: string;
  readonly target: () => string;
}

function node(site: Site, choose: Choose, drawn: Drawn[]): void {
  const { at, name, target } = site;
  const kind = choose(at.depth < 2 ? 9 : 5);
  const cancel: [string, string][] =
    at.end !== "join" && !at.prefix.includes("/") && choose(4) === 0
      ? [["CANCELLED", "on_cancel"]]
      : [];
  if (kind < 2) {
    drawn.push({ name, kind: "transform", edges: [["A", target()], ["B", target()], ...cancel] });
  } else if (kind < 5) {
    effect(site, choose, { cancel, drawn });
  } else if (kind < 7) {
    const routes = new Map([
      ["SUCCESS", target()],
      ["LOST", target()],
    ]);
    const prefix = `${name}/`;
    drawn.push({ name, kind: "enter", edges: [["ENTERED", `${prefix}a`]] });
    const after = (outcome: string) => routes.get(outcome) ?? target();
    region({ prefix, depth: at.depth + 1, end: "leave", after }, choose, drawn);
  } else if (kind === 7) {
    const outcomes = ["SUCCESS", "PARTIAL", "FAILED", "EMPTY"];
    const edges = [...outcomes.map((one) => [one, target()] as const), ...cancel];
    const threshold = [0.5, null, 0.3, 0.7][choose(4)] ?? null;
    const more = { max: 1 + choose(3), concurrency: 2, succeed: ["SUCCESS"], threshold };
    drawn.push({ name, kind: "map", edges, more, numbers: { body: `${name}/a` } });
    region({ prefix: `${name}/`, depth: at.depth + 1, end: "join" }, choose, drawn);
  } else {
    const edges = [["SUCCESS", target()] as const, ["FAILED", target()] as const, ...cancel];
    drawn.push({ name, kind: "parallel", edges, branches: ["x", "y"] });
    for (const branch of ["x", "y"]) {
      region({ prefix: `${name}/${branch}/`, depth: at.depth + 1, end: "join" }, choose, drawn);
    }
  }
}

function effect(
  { name, target }: Site,
  choose: Choose,
  {
    cancel,
    drawn,
  }: { readonly cancel: readonly (readonly [string, string])[]; readonly drawn: Drawn[] },
): void {
  const how = choose(4);
  const outside = choose(3) === 0;
  const kind = outside ? "external" : "effect";
  const after = [["A"], ["A", "B"], ["A", "IN_DOUBT"]][choose(outside ? 3 : 2)] ?? ["A"];
  const stored = {
    effect: `example::CS_${choose(2)}_V0`,
    operation: "PUT",
    outcomes: { A: 0, B: 0 },
    sealInput: [],
  };
  const more = outside ? { ...stored, repeat: "unsafe" } : stored;
  const failed = outside ? [["IN_DOUBT", target()] as const, ["FAULT", target()] as const] : [];
  const edges = [["A", target()] as const, ["B", target()] as const, ...failed, ...cancel];
  const by = `${name}/compensate`;
  if (how < 2) drawn.push({ name, kind, edges, more });
  else if (how === 2)
    drawn.push({ name, kind, edges, more: { ...more, undone: { by: null, after } } });
  else {
    const undone = { by, after, done: ["A"] };
    drawn.push({ name, kind, edges, more: { ...more, undone } });
    const undoing = { ...stored, effect: `example::CS_${choose(3)}_V0` };
    drawn.push({ name: by, kind: "effect", edges: [], more: undoing });
  }
}

function endOf(at: Region, name: string, outcome: string, undoes: boolean): Drawn[] {
  const end = (own: string, said: string): Drawn =>
    at.end === "leave"
      ? {
          name: own,
          kind: "leave",
          edges: [[said, at.after?.(outcome) ?? ""]],
          more: { outcome: said },
        }
      : { name: own, kind: at.end, edges: [], more: { outcome: said, fault: false, seal: [] } };
  if (!undoes) return [end(name, outcome)];
  return [
    {
      name,
      kind: "undo",
      edges: [
        ["COMPENSATED", `${name}/compensated`],
        ["PARTLY_COMPENSATED", `${name}/stands`],
      ],
      more: { within: at.prefix },
    },
    end(`${name}/compensated`, "COMPENSATED"),
    end(`${name}/stands`, "PARTLY_COMPENSATED"),
  ];
}

/** Drawn nodes with numbers in place of names, in the order drawn. */
export function numbered(drawn: readonly Drawn[]): Graph {
  const indices = new Map(drawn.map(({ name }, index) => [name, index]));
  const at = (name: string): number => {
    const found = indices.get(name);
    if (found === undefined) throw new Error(`no node \`${name}\``);
    return found;
  };
  const nodes = drawn.map(({ name, kind, edges, more = {}, numbers = {}, branches = [] }) => {
    const undone = more.undone as { by: string | null } | undefined;
    return {
      name,
      kind,
      origin: { workflow: WORKFLOW, node: name },
      edges: edges.map(
        ([outcome, to]): Edge =>
          ENGINE.has(outcome) ? { outcome, to: at(to), engine: true } : { outcome, to: at(to) },
      ),
      ...more,
      ...(undone?.by == null ? {} : { undone: { ...undone, by: at(undone.by) } }),
      ...Object.fromEntries(Object.entries(numbers).map(([key, to]) => [key, at(to)])),
      ...(branches.length === 0
        ? {}
        : {
            branches: branches.map((branch) => ({
              name: branch,
              body: at(`${name}/${branch}/a`),
              succeed: ["SUCCESS"],
            })),
          }),
    } as unknown as GraphNode;
  });
  return { workflow: WORKFLOW, start: 0, nodes } as unknown as Graph;
}

/** Graphs that shrink with the choices that made them. */
export const randomGraphs: fc.Arbitrary<Graph> = fc
  .array(fc.nat(1_000), { minLength: 80, maxLength: 80 })
  .map((choices) => {
    let at = 0;
    return drawGraph((below) => (choices[at++ % choices.length] ?? 0) % below);
  });
