/** A protocol text through the pass, its contracts' examples left out; and its findings in short. */

import type { Passed, Typed, TypedNode, TypedWorkflow } from "../../../compiler/model.ts";
import { typecheck } from "../../../compiler/passes/typecheck.ts";
import type { Capabilities } from "../../../protocol/language/capabilities.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { worldOf } from "../from-text.ts";
import { withOutside } from "../outside.ts";

/** No function is known, so no example is run. */
const NONE: Capabilities = withOutside({
  names: () => [],
  digestOf: () => undefined,
  kindOf: () => undefined,
  transform: () => {
    throw new Error("nothing is run here");
  },
  external: () => {
    throw new Error("nothing is called here");
  },
});

export function typedOf(text: string): Passed<Typed> {
  return typecheck(worldOf(text), NONE);
}

/** What every finding points at, and its code. */
export function findings(text: string): readonly string[] {
  const lines = text.split("\n");
  return typedOf(text).diagnostics.map(({ span, code }) => {
    const end = span.line === span.endLine ? span.endColumn - 1 : undefined;
    const place = lines[span.line - 1]?.slice(span.column - 1, end);
    return `${code.replace("typecheck/", "")} at ${place}`;
  });
}

export function workflowIn(text: string, code = "WF_EXAMPLE_V0"): TypedWorkflow {
  const { value, diagnostics } = typedOf(text);
  invariant(diagnostics.length === 0, diagnostics.map(({ message }) => message).join("\n"));
  const workflow = value.workflows.get(`example::${code}`);
  invariant(workflow !== undefined, "the workflow is there");
  return workflow;
}

export function nodeIn(workflow: TypedWorkflow, name: string): TypedNode {
  const node = workflow.nodes.get(name);
  invariant(node !== undefined, "the node is there");
  return node;
}

/** A store of notes that takes texts, and a workflow of these nodes. */
export function workflowText(parts: {
  readonly payload: string;
  readonly nodes: string;
  readonly exits?: string;
  readonly more?: string;
}): string {
  return `kind: effect
code: CS_NOTES_V0
summary: Notes by their name.
semantics: document
store: notes
key: { type: string }
value: { type: string }
---
kind: workflow
code: WF_EXAMPLE_V0
summary: An example.
payload: ${parts.payload}
start: first
nodes:
${parts.nodes}
exits:
${parts.exits ?? "  done: { outcome: SUCCESS }"}
on_fault: { outcome: FAULTED }
${parts.more ?? ""}`;
}
