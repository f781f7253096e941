/**
 * The types of a path's root at a point: the payload, the context, or what a node may have written
 * on the paths that lead here, narrowed by what decisions on the way have shown.
 */
import { invariant } from "../../../protocol/language/invariant.ts";
import type { RootName, Schema } from "../../model.ts";
import { NO_PLACES, placesOf } from "../../types/labels.ts";
import { both, type Type, typeOf } from "../../types/type.ts";
import { factsAbout } from "./facts.ts";
import { contractOutputs, type Output, oneOf, type Root, type Scope } from "./scope.ts";

const TEXT: Schema = { type: "string" };

/** What `$.context` holds. */
export const CONTEXT: Schema = Object.freeze({
  type: "object",
  required: ["trace_id", "tenant", "principal", "session", "started_at"],
  additionalProperties: false,
  properties: {
    trace_id: { type: "string", minLength: 1, maxLength: 127 },
    tenant: TEXT,
    principal: TEXT,
    session: { type: ["string", "null"] },
    started_at: { type: "string", format: "date-time" },
  },
});

/** A root at a point. Of a node, it is what the outcomes write that can lie behind the point. */
export function rootAt(scope: Scope, point: string, root: RootName): Root {
  const key = `${point} ${root}`;
  let known = scope.roots.get(key);
  if (known === undefined) {
    const { schema, places } = baseOf(scope, point, root);
    const facts = factsAbout(scope, point, root);
    known = { type: facts.reduce<Type>(both, typeOf(schema)), places };
    scope.roots.set(key, known);
  }
  return known;
}

function baseOf(scope: Scope, point: string, root: RootName): Output {
  if (root === "context") return { schema: CONTEXT, places: NO_PLACES };
  if (root === "payload") {
    const schema = scope.workflow.payload;
    return { schema, places: placesOf(schema) };
  }
  const node = root.slice("nodes.".length);
  const { outcomes } = scope.flow.behind(point, node);
  return oneOf(outcomes.map((outcome) => outputOf(scope, node, outcome)));
}

/** What one outcome of a node writes. */
export function outputOf(scope: Scope, name: string, outcome: string): Output {
  const node = scope.nodes.get(name);
  invariant(node !== undefined, "a path's node exists");
  const outputs = scope.outputs.get(name) ?? contractOutputs(node, scope.pass);
  return outputs.get(outcome) ?? { schema: true, places: NO_PLACES };
}
