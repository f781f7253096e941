/**
 * Checks one workflow: its nodes in the order of the flow, then its exits. Gives the typed workflow,
 * and what it gives to its callers.
 */
import type { BindingText, ExitText, NodeText } from "../../../protocol/language/artifacts.ts";
import type { SealedPlace } from "../../../protocol/language/graph.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import { COMPENSATED, PARTLY_COMPENSATED } from "../../../protocol/language/names.ts";
import { durationMs } from "../../duration.ts";
import { unansweredOf } from "../../engine-outcomes.ts";
import type {
  PathStep,
  ResolvedNode,
  ResolvedWorkflow,
  Schema,
  TypedExit,
  TypedNode,
  TypedWorkflow,
} from "../../model.ts";
import { propertiesOf } from "../../types/bounds.ts";
import { merged, NO_PLACES, type Places, placesOf, under } from "../../types/labels.ts";
import { checkRows } from "./decisions.ts";
import { addDecision } from "./facts.ts";
import { compensationOf, flowOf } from "./flow.ts";
import { checkFork } from "./forks.ts";
import { checkFit, type Target } from "./inputs.ts";
import { checkLabels, tainted } from "./label-flow.ts";
import { readBinding } from "./reads.ts";
import {
  contractOutputs,
  ON_FAULT,
  type Output,
  type Outputs,
  oneOf,
  type Pass,
  report,
  type Scope,
  type Signature,
  type Site,
  spanOf,
} from "./scope.ts";
import { listFallible, payloadTarget, siteAt } from "./sites.ts";
import { type Bound, bindingOf, isFallible, placesOfBound, schemaOfValue } from "./value.ts";

export interface Checked {
  readonly typed: TypedWorkflow;
  readonly signature: Signature;
}

/** Checks a workflow whose callees were checked before. */
export function checkWorkflow(pass: Pass, workflow: ResolvedWorkflow): Checked {
  const flow = flowOf(workflow, pass.world);
  const nodes = new Map(workflow.nodes.map((node) => [node.name, node]));
  const scope: Scope = { pass, workflow, nodes, flow, outputs: new Map(), decisions: new Map() };
  const checked = new Map<string, TypedNode>();
  const inOrder = [...new Set([...flow.order, ...nodes.keys()])];
  for (const name of inOrder) {
    const node = nodes.get(name);
    if (node !== undefined) checked.set(name, checkNode(scope, node));
  }
  const { exits, on_fault } = workflow.artifact.text;
  const ends = new Map(
    Object.entries(exits).map(([name, text]) => [name, checkExit(scope, name, text)]),
  );
  const onFault = checkFaultExit(scope, on_fault);
  const typed: TypedWorkflow = {
    workflow,
    sealPayload: placesOf(workflow.payload),
    nodes: new Map(workflow.nodes.map(({ name }) => [name, nodeOf(checked, name)])),
    exits: new Map([...ends].map(([name, { typed: exit }]) => [name, exit])),
    onFault: onFault.typed,
  };
  return { typed, signature: signatureOf(scope, typed, [...ends.values()]) };
}

function nodeOf(checked: ReadonlyMap<string, TypedNode>, name: string): TypedNode {
  const node = checked.get(name);
  invariant(node !== undefined, "every node was checked");
  return node;
}

function checkNode(scope: Scope, node: ResolvedNode): TypedNode {
  if (node.kind === "map" || node.kind === "parallel") {
    const { typed, outputs } = checkFork(scope, node);
    scope.outputs.set(node.name, outputs);
    return typed;
  }
  const text = scope.workflow.artifact.text.nodes[node.name] as NodeText;
  const [at, binding] = inputOf(text);
  const site = siteAt(scope, node.name, ["nodes", node.name, ...at]);
  const typed = checkAsking({ site, node, text, binding }, (sealInput) => {
    const outputs = outputsOf(scope, node, sealInput);
    scope.outputs.set(node.name, outputs);
    return outputs;
  });
  const compensation = checkCompensation(scope, node, text);
  return compensation === null ? typed : { ...typed, compensation };
}

/** A node, or the compensation of one, and what it is given. */
interface Asking {
  readonly site: Site;
  readonly node: ResolvedNode;
  readonly text: NodeText;
  readonly binding: BindingText;
}

function checkAsking(
  { site, node, text, binding }: Asking,
  outputsFor: (sealInput: Places) => Outputs,
): TypedNode {
  const { scope } = site;
  const reached = scope.flow.reaches(site.point);
  const bound = readBinding(binding, site, reached);
  const target = targetOf(site, node);
  const verdict = target === undefined || !reached ? "proven" : checkFit(site, bound.value, target);
  if (reached) checkLabels(site, node, bound);
  if (node.kind === "decide") {
    addDecision(scope.decisions, node, bound);
    if (reached) checkRows({ ...site, at: ["nodes", node.name] }, node, bound.value);
  }
  const sealInput = merged([
    ...placesOfBound(bound),
    ...(target === undefined ? NO_PLACES : placesOf(target.schema)),
  ]);
  const outputs = outputsFor(sealInput);
  const check = verdict === "proven" ? null : (target?.schema ?? null);
  if (reached) listFallible(site, bound);
  // What a path gives may be no time, or one that is too far away.
  const untimely = node.kind === "await" && node.afterMs === null;
  return {
    node,
    text,
    input: bindingOf(bound),
    check,
    mayViolate: check !== null || isFallible(bound) || untimely,
    mayFault: mayFault(scope.pass, node, outputs),
    sealInput,
    sealOutput: new Map([...outputs].map(([outcome, { places }]) => [outcome, places])),
  };
}

/** It is bound right after its node, where that did something; nobody reads what it gives. */
function checkCompensation(scope: Scope, node: ResolvedNode, text: NodeText): TypedNode | null {
  if (node.kind !== "effect" && node.kind !== "external") return null;
  const by = node.undoing?.by ?? null;
  const said = "compensate" in text ? text.compensate : undefined;
  if (by === null || said === undefined) return null;
  const at = ["nodes", node.name, "compensate", "with"];
  const site = siteAt(scope, compensationOf(node.name), at);
  const asking = { site, node: by, text, binding: said.with ?? {} };
  return checkAsking(asking, () => contractOutputs(by, scope.pass));
}

/** What a node is given, as written, and where. */
function inputOf(text: NodeText): readonly [at: readonly PathStep[], binding: BindingText] {
  if ("await" in text) {
    const wait = text.await;
    if ("until" in wait) return [["await", "until"], wait.until];
    if ("deadline" in wait && durationMs(wait.deadline) === undefined) {
      return [["await", "deadline"], wait.deadline];
    }
    return [["await"], {}];
  }
  return [["with"], ("with" in text ? text.with : undefined) ?? {}];
}

function outputsOf({ pass }: Scope, node: ResolvedNode, input: Places): Outputs {
  const outputs = contractOutputs(node, pass);
  if (node.kind !== "transform") return outputs;
  return tainted(outputs, input, node.transform.artifact.text.declassifies ?? []);
}

/** A store can only break its contract where it gives back what was put into it. */
function mayFault(pass: Pass, node: ResolvedNode, outputs: Outputs): boolean {
  switch (node.kind) {
    case "transform":
    case "external":
      return true;
    case "effect":
      return [...outputs.values()].some(({ schema }) => {
        const properties = typeof schema === "object" ? propertiesOf(schema) : {};
        return properties.value !== undefined || properties.events !== undefined;
      });
    case "call":
      return pass.signatures.get(node.workflow)?.mayFault ?? true;
    case "decide":
    case "await":
    case "map":
    case "parallel":
      return false;
  }
}

/** Where an effect's contract says what these members of an operation's input are. */
const STORE_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["key", ["key"]],
  ["value", ["value"]],
  ["event", ["value"]],
]);

/** When a wait ends. */
const TIME: Schema = Object.freeze({ type: "string", format: "date-time" });

/** Where a node's input goes; a decision takes anything. */
function targetOf({ scope, at }: Site, node: ResolvedNode): Target | undefined {
  const { pass, workflow } = scope;
  switch (node.kind) {
    case "transform": {
      const { artifact, input } = node.transform;
      const { document, name } = artifact;
      return { schema: input, artifact: name, steps: [], document, declared: ["input"] };
    }
    case "effect": {
      const { artifact, operations } = node.effect;
      const schema = operations[node.operation]?.input ?? true;
      const { document, name } = artifact;
      return {
        schema,
        artifact: name,
        steps: [],
        document,
        declared: ["semantics"],
        members: STORE_MEMBERS,
      };
    }
    case "external": {
      const { document, name } = node.external.artifact;
      const declared = ["operations", node.operationName, "input"];
      return { schema: node.operation.input, artifact: name, steps: [], document, declared };
    }
    case "call":
      return payloadTarget(pass, node.workflow);
    case "await": {
      const { document } = workflow.artifact;
      if (node.afterMs !== null) return undefined;
      return { schema: TIME, artifact: node.name, steps: [], document, declared: at };
    }
    // A decision takes anything; what a fork takes is said of each of its bodies.
    case "decide":
    case "map":
    case "parallel":
      return undefined;
  }
}

interface End {
  readonly typed: TypedExit;
  readonly output: Output;
}

function checkExit(scope: Scope, name: string, text: ExitText): End {
  const site = siteAt(scope, name, ["exits", name, "result"]);
  return endOf(readBinding(text.result ?? null, site, scope.flow.reaches(name)), text, site);
}

function endOf(bound: Bound, text: ExitText, site: Site): End {
  const seal: readonly SealedPlace[] = placesOfBound(bound);
  listFallible(site, bound);
  return {
    typed: {
      outcome: text.outcome ?? COMPENSATED,
      ...(text.compensate === true ? { compensate: true } : {}),
      result: bindingOf(bound),
      seal,
    },
    output: { schema: schemaOfValue(bound.value), places: seal },
  };
}

function checkFaultExit(scope: Scope, text: ExitText): End {
  const site = siteAt(scope, ON_FAULT, [ON_FAULT, "result"]);
  const bound = readBinding(text.result ?? null, site, true);
  for (const { path } of bound.paths) {
    if (path.read?.fallible !== true) continue;
    const span = spanOf({ ...site, at: path.at });
    report(scope.pass, "typecheck/fallible-fault-result", { span }, { path: path.text });
  }
  return endOf(bound, text, site);
}

/** What the workflow gives to its callers: an outcome, what its exits of that outcome give. */
function signatureOf(scope: Scope, typed: TypedWorkflow, ends: readonly End[]): Signature {
  const outputs = new Map<string, Output>();
  for (const outcome of new Set(ends.map((end) => end.typed.outcome))) {
    const own = ends.filter((end) => end.typed.outcome === outcome);
    const output = oneOf(own.map((end) => end.output));
    if (outcome === COMPENSATED) {
      outputs.set(COMPENSATED, undoneOutput(output));
      outputs.set(PARTLY_COMPENSATED, undoneOutput(output));
    } else outputs.set(outcome, output);
  }
  const reached = [...typed.nodes.values()].filter(({ node }) => scope.flow.reaches(node.name));
  const faulty = reached.some(
    ({ node, text, mayViolate, mayFault: faults }) =>
      (mayViolate && !Object.hasOwn(text.on, "VIOLATION")) ||
      (faults && !Object.hasOwn(text.on, "FAULT")) ||
      (node.kind === "external" && !Object.hasOwn(text.on, unansweredOf(node.operation))),
  );
  const fallible = [...typed.exits.values()].some((exit) => exit.result.fallible);
  return { outputs, mayFault: faulty || fallible };
}

/** What an exit gives that compensates: its own result, and by name what was undone and what stands. */
function undoneOutput({ schema, places }: Output): Output {
  const names: Schema = { type: "array", items: { type: "string" } };
  return {
    schema: {
      type: "object",
      required: ["result", "compensated", "stands"],
      additionalProperties: false,
      properties: { result: schema, compensated: names, stands: names },
    },
    places: under("result", places),
  };
}
