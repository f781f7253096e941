/**
 * The types of a path's root at a point: the payload, the context, or what a node may have written
 * on the paths that lead here, narrowed by what decisions on the way have shown.
 */
import { invariant } from "../../../protocol/language/invariant.ts";
import type { Schema } from "../../model.ts";
import { NO_PLACES, placesOf } from "../../types/labels.ts";
import { both, type Type, typeOf } from "../../types/type.ts";
import { factsAbout } from "./facts.ts";
import type { RootedPath } from "./rooted.ts";
import { contractOutputs, type Output, oneOf, type Root, type Scope, type Site } from "./scope.ts";

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

/** A path's root. Of a node, it is what the outcomes write that can lie behind the point. */
export function rootOf(path: RootedPath, { scope, point, roots }: Site): Root {
  let root = roots.get(path.root);
  if (root === undefined) {
    const { schema, places } = unnarrowed(path, scope, point);
    const facts = factsAbout(scope, point, path.root);
    root = { type: facts.reduce<Type>(both, typeOf(schema)), places };
    roots.set(path.root, root);
  }
  return root;
}

function unnarrowed({ root, node }: RootedPath, scope: Scope, point: string): Output {
  if (node !== undefined) {
    const { outcomes } = scope.flow.behind(point, node);
    return oneOf(outcomes.map((outcome) => outputOf(scope, node, outcome)));
  }
  const schema = root === "context" ? CONTEXT : scope.workflow.payload;
  return { schema, places: placesOf(schema) };
}

/** What one outcome of a node writes. */
export function outputOf(scope: Scope, name: string, outcome: string): Output {
  const node = scope.nodes.get(name);
  invariant(node !== undefined, "a path's node exists");
  const outputs = scope.outputs.get(name) ?? contractOutputs(node, scope.pass);
  return outputs.get(outcome) ?? { schema: true, places: NO_PLACES };
}
