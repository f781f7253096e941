/**
 * Declared against bound: what the sealed graphs and tables name, and what is there to answer for it.
 * Each function gives what was found, or refuses with the first thing that is named and not there.
 */
import { ACTS } from "../../protocol/language/acts.ts";
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { Graph, GraphNode } from "../../protocol/language/graph.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { governorOf } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";

function* nodesIn(snapshot: Snapshot): Generator<{ readonly node: GraphNode; readonly of: Graph }> {
  for (const workflow of snapshot.workflows) {
    const of = snapshot.graph(workflow);
    for (const node of of.nodes) yield { node, of };
  }
}

/** Every implementation that a node names is sealed, and is there as that kind of thing. */
export function requireImplementations(snapshot: Snapshot, capabilities: Capabilities): string {
  const sealed = new Set(snapshot.capabilities.map(({ implementation }) => implementation));
  const named = new Set<string>();
  for (const { node, of } of nodesIn(snapshot)) {
    if (node.kind !== "transform" && node.kind !== "external") continue;
    const { implementation, kind } = node;
    named.add(implementation);
    if (sealed.has(implementation) && capabilities.kindOf(implementation) === kind) continue;
    throw drift(`\`${node.name}\` of \`${of.workflow}\` names the ${kind} \`${implementation}\``);
  }
  const idle = [...sealed].filter((name) => !named.has(name));
  if (idle.length > 0) throw drift(`sealed, and named by no node: ${idle.join(", ")}`);
  return `${named.size} named by nodes, ${sealed.size} sealed, each bound`;
}

/** A store that two graphs name is one store: it has one semantics. */
export function requireStores(snapshot: Snapshot): string {
  const known = new Map<string, string>();
  for (const { node, of } of nodesIn(snapshot)) {
    if (node.kind !== "effect") continue;
    const { store, semantics } = node;
    const before = known.get(store) ?? semantics;
    known.set(store, before);
    if (before === semantics) continue;
    throw drift(`\`${of.workflow}\` takes the ${before} \`${store}\` for a ${semantics}`);
  }
  return `${known.size} stores, each with one semantics`;
}

/** Every intent has its workflow, every policy the intents and acts that it is about. */
export function requirePolicies(snapshot: Snapshot): string {
  const governance = snapshot.governance();
  const governor = governorOf(governance);
  if (governance === undefined) throw drift("there are neither intents nor policies");
  const { intents, policies } = governance;
  for (const { type, workflow } of intents.intents) {
    const bound = governor.intent(type)?.workflow;
    if (bound === workflow && snapshot.workflows.includes(workflow)) continue;
    throw drift(`the intent \`${type}\` names \`${workflow}\``);
  }
  const asked = new Set([...governor.types, ...ACTS.map(({ type }) => type)]);
  for (const { policy, intents: about } of policies.policies) {
    const unknown = about.find((type) => !asked.has(type));
    if (unknown !== undefined) throw drift(`the policy \`${policy}\` is about \`${unknown}\``);
  }
  const statements = policies.policies.flatMap((policy) => policy.statements).length;
  return `${intents.intents.length} intents, ${statements} statements, each bound`;
}

/** Every schema of every graph becomes a validator. */
export async function requireSchemas(snapshot: Snapshot): Promise<string> {
  // Loaded late: validators take longer to load than everything else together.
  const { compileSchema } = await import("../../protocol/language/json-schema.ts");
  let count = 0;
  for (const workflow of snapshot.workflows) {
    for (const schema of snapshot.graph(workflow).schemas) {
      compileSchema(schema);
      count += 1;
    }
  }
  return `${count} schemas, each a validator`;
}

function drift(what: string): Refusal {
  const message = `what is declared is not what is there: ${what}`;
  return new Refusal("evidence", "boot/undeclared", message, {
    hint: "Compile the protocol again with this version.",
  });
}
