/**
 * The pass `lower`: typed workflows to the graphs that are sealed. Calls are written out, names
 * become numbers, every edge is made, and the drawing is laid out. It decides nothing: what reaches
 * it has been proven, so what it cannot lower is our own fault.
 */
import type { Graph } from "../../protocol/language/graph.ts";
import { loadLayout } from "../layout.ts";
import type { Passed, Typed, TypedWorkflow } from "../model.ts";
import { drawer } from "./lower/drawing.ts";
import { expand } from "./lower/expand.ts";
import { number, schemaTexts } from "./lower/number.ts";

/** The graph of every workflow, in the order of `typed.workflows`. */
export async function lower(typed: Typed): Promise<Passed<readonly Graph[]>> {
  const draw = drawer(await loadLayout());
  const textOf = schemaTexts();
  const graphOf = (workflow: TypedWorkflow): Graph => {
    const { artifact, payload } = workflow.workflow;
    const beginning = { start: artifact.text.start, payload };
    const numbered = number(expand(typed, workflow), beginning, textOf);
    return {
      workflow: artifact.name,
      summary: artifact.text.summary,
      sealPayload: workflow.sealPayload,
      ...numbered,
      drawing: draw(numbered.nodes),
    };
  };
  return { value: [...typed.workflows.values()].map(graphOf), diagnostics: [] };
}
