/**
 * Names that have a meaning of their own: the engine's outcomes, which no author declares, and the
 * ends `on_fault` and `on_cancel`, and `on_item`. Nodes and exits share one space of names, since a route may lead to
 * either.
 */
import { CANCELLED, ON_CANCEL, ON_ITEM } from "../../../protocol/language/graph.ts";
import { isObject, type Json, type JsonObject, member } from "../../../protocol/language/json.ts";
import { isEndingOfEngine, isEngineOutcome, type Kind } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";

export function checkReservedNames(kind: Kind, document: ParsedDocument): readonly Diagnostic[] {
  if (kind === "transform") return contractFaults([], document);
  if (kind === "effect") {
    return keysOf(member(document.value, "operations")).flatMap((operation) =>
      contractFaults(["operations", operation], document),
    );
  }
  return kind === "workflow" ? [...outcomeFaults(document), ...nameFaults(document)] : [];
}

/** Of a contract, or of one operation of it. */
function contractFaults(path: readonly string[], document: ParsedDocument): readonly Diagnostic[] {
  const outcomes = [...path, "outcomes"];
  return keysOf(at(document.value, outcomes))
    .filter(isEngineOutcome)
    .map((outcome) =>
      diagnose("shape/reserved-outcome", document.spanOf([...outcomes, outcome], "key"), {
        outcome,
      }),
    );
}

/** Outcomes that exits end with and rows of decisions give. */
function outcomeFaults(document: ParsedDocument): readonly Diagnostic[] {
  const exits = member(document.value, "exits");
  const ends = keysOf(exits).map((exit) => ["exits", exit, "outcome"]);
  const places: PathStep[][] = [];
  const nodes = member(document.value, "nodes");
  for (const node of keysOf(nodes)) {
    const rows = member(member(nodes, node), "decide");
    if (!Array.isArray(rows)) continue;
    rows.forEach((row: Json, at) => {
      const key = isObject(row) && Object.hasOwn(row, "otherwise") ? "otherwise" : "outcome";
      places.push(["nodes", node, "decide", at, key]);
    });
  }
  const reserved = (path: readonly PathStep[], isReserved: (outcome: string) => boolean) => {
    const outcome = at(document.value, path);
    if (typeof outcome !== "string" || !isReserved(outcome)) return [];
    return [diagnose("shape/reserved-outcome", document.spanOf(path), { outcome })];
  };
  return [
    ...places.flatMap((path) => reserved(path, isEngineOutcome)),
    ...ends.flatMap((path) => reserved(path, isEndingOfEngine)),
    ...reserved(["on_fault", "outcome"], isNoFault),
    ...keysOf(nodes).flatMap((node) => signalFaults(node, document)),
  ];
}

/** An execution that failed was not cancelled or undone: whoever lists outcomes could not tell. */
function isNoFault(outcome: string): boolean {
  return outcome === CANCELLED || (isEndingOfEngine(outcome) && !isEngineOutcome(outcome));
}

/** The name of a signal is an outcome. */
function signalFaults(node: string, document: ParsedDocument): readonly Diagnostic[] {
  const signals = ["nodes", node, "await", "signals"];
  return keysOf(at(document.value, signals))
    .filter(isEndingOfEngine)
    .map((outcome) =>
      diagnose("shape/reserved-outcome", document.spanOf([...signals, outcome], "key"), {
        outcome,
      }),
    );
}

function nameFaults(document: ParsedDocument): readonly Diagnostic[] {
  const nodes = keysOf(member(document.value, "nodes"));
  const exits = keysOf(member(document.value, "exits"));
  const reserved = [...nodes.map((n) => ["nodes", n]), ...exits.map((e) => ["exits", e])].flatMap(
    ([kind = "", name = ""]) => {
      if (name !== "on_fault" && name !== ON_CANCEL && name !== ON_ITEM) return [];
      const span = document.spanOf([kind, name], "key");
      return diagnose("shape/reserved-name", span, { name });
    },
  );
  const all = new Set(nodes);
  const taken = exits
    .filter((exit) => all.has(exit))
    .map((name) => {
      const related = [{ span: document.spanOf(["nodes", name], "key"), message: "the node" }];
      return diagnose(
        "shape/name-taken",
        document.spanOf(["exits", name], "key"),
        { name },
        { related },
      );
    });
  return [...reserved, ...taken];
}

function keysOf(value: Json | undefined): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function at(value: JsonObject, path: readonly PathStep[]): Json | undefined {
  let inner: Json | undefined = value;
  for (const step of path) {
    inner = Array.isArray(inner) ? inner[Number(step)] : member(inner, String(step));
  }
  return inner;
}
