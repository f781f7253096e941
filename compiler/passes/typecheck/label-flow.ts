/**
 * Where labelled values may flow: into an effect that is cleared for the label, a store or the
 * outside, at a place that says so; into a called workflow, at a place that says so; into transforms freely, whose outputs
 * then carry the labels. Never into a key. Labels follow values, not what could be guessed from the
 * route that was taken or from what a filter let by.
 */
import type { EffectText } from "../../../protocol/language/artifacts.ts";
import type { SealStep } from "../../../protocol/language/graph.ts";
import type { FullName, Label } from "../../../protocol/language/names.ts";
import { quote } from "../../codes/quote.ts";
import type { Artifact, ResolvedExternal, ResolvedNode, Schema } from "../../model.ts";
import { labelsIn, marks, merged, type Places, placesOf, whole } from "../../types/labels.ts";
import { type Outputs, type Pass, report, type Site } from "./scope.ts";
import type { Bound, PathValue } from "./value.ts";

/** One labelled place of a bound value. */
interface Flow {
  readonly path: PathValue;
  /** In what the path reads, and in what is bound. */
  readonly inner: readonly SealStep[];
  readonly place: readonly SealStep[];
  readonly label: Label;
}

/** Reports labelled values that flow where they may not. */
export function checkLabels(site: Site, node: ResolvedNode, bound: Bound): void {
  for (const flow of flowsOf(bound)) {
    if (node.kind === "effect") checkEffect(site, node, flow);
    if (node.kind === "external") {
      const { external, operation } = node;
      checkCleared(site, { ...external, input: operation.input }, flow);
    }
    if (node.kind === "await") reportDeadline(site, flow);
    if (node.kind === "call") checkMarked(site, flow, node.workflow);
  }
}

/** When a wait ends is written down for whoever wakes it. */
function reportDeadline(site: Site, flow: Flow): void {
  const span = spanOfPath(site, flow.path);
  const parameters = { source: sourceOf(flow), label: flow.label };
  report(site.scope.pass, "typecheck/labelled-deadline", { span }, parameters);
}

/** Reports labelled values that flow to places of a workflow's payload that do not say so. */
export function checkPayloadLabels(site: Site, workflow: FullName, bound: Bound): void {
  for (const flow of flowsOf(bound)) checkMarked(site, flow, workflow);
}

function checkMarked(site: Site, flow: Flow, workflow: FullName): void {
  const payload = site.scope.pass.world.workflows.get(workflow)?.payload ?? true;
  if (!marks(placesOf(payload), flow.place, flow.label)) lost(site, flow, workflow);
}

function* flowsOf({ paths }: Bound): Generator<Flow> {
  for (const { path, at } of paths) {
    for (const place of path.read?.places ?? []) {
      for (const label of place.labels) {
        yield { path, inner: place.path, place: [...at, ...place.path], label };
      }
    }
  }
}

function checkEffect(
  site: Site,
  node: Extract<ResolvedNode, { kind: "effect" }>,
  flow: Flow,
): void {
  const { artifact, operations } = node.effect;
  const input = operations[node.operation]?.input ?? true;
  const [member] = flow.place;
  const { label } = flow;
  const span = spanOfPath(site, flow.path);
  const source = sourceOf(flow);
  if (member === "key") {
    report(site.scope.pass, "typecheck/labelled-key", { span }, { source, label });
  } else if (!isKept(member)) {
    const parameters = { source, label, member: String(member) };
    report(site.scope.pass, "typecheck/labelled-operand", { span }, parameters);
  } else {
    checkCleared(site, { artifact, input }, flow);
  }
}

/** What takes labelled values only where it is cleared for them, at the places that it marks. */
interface Receiver {
  readonly artifact: Artifact<EffectText>;
  readonly input: Schema;
}

function checkCleared(site: Site, { artifact, input }: Receiver, flow: Flow): void {
  const { label } = flow;
  const marked = marks(placesOf(input), flow.place, label);
  const cleared = (artifact.text.clearance ?? []).includes(label);
  // An effect that marks what it is not cleared for was reported itself.
  if (marked) return;
  if (cleared) lost(site, flow, artifact.name);
  else {
    const parameters = { source: sourceOf(flow), label, effect: artifact.name };
    const span = spanOfPath(site, flow.path);
    report(site.scope.pass, "typecheck/label-flow", { span }, parameters);
  }
}

/** The members that an operation writes into its store; the whole, or any member, may be one. */
function isKept(member: SealStep | undefined): boolean {
  return typeof member !== "string" || member === "value" || member === "event";
}

function lost(site: Site, flow: Flow, target: string): void {
  const { path, label } = flow;
  const parameters = { source: sourceOf(flow), label, target };
  report(site.scope.pass, "typecheck/label-lost", { span: spanOfPath(site, path) }, parameters);
}

/** The path, and where in its value the label is: `$.payload.person, at email`. */
function sourceOf({ path, inner }: Flow): string {
  const steps = inner.map((step) => (typeof step === "object" ? "*" : step));
  return steps.length === 0
    ? quote(path.text)
    : `${quote(path.text)}, at ${quote(steps.join("."))},`;
}

function spanOfPath({ scope }: Site, path: PathValue) {
  return scope.workflow.artifact.document.spanOf(path.at);
}

/** What a transform writes: a label of its input is a label of all that comes of it. */
export function tainted(outputs: Outputs, input: Places, declassified: readonly Label[]): Outputs {
  const labels = labelsIn(input).filter((label) => !declassified.includes(label));
  if (labels.length === 0) return outputs;
  return new Map(
    Array.from(outputs, ([outcome, { schema, places }]) => [
      outcome,
      { schema, places: merged([whole(labels), ...places]) },
    ]),
  );
}

/** Holds each effect's own schemas against its clearance: it must be cleared for what it takes. */
export function checkEffects(pass: Pass): void {
  for (const external of pass.world.externals.values()) checkExternal(pass, external);
  for (const [name, { artifact, operations }] of pass.world.effects) {
    const cleared = artifact.text.clearance ?? [];
    for (const part of ["key", "value"] as const) {
      const schema = partSchema(Object.values(operations), part);
      const span = artifact.document.spanOf([part]);
      const source = quote(part);
      for (const label of labelsIn(placesOf(schema))) {
        if (part === "key") report(pass, "typecheck/labelled-key", { span }, { source, label });
        else if (!cleared.includes(label)) {
          report(pass, "typecheck/label-flow", { span }, { source, label, effect: name });
        }
      }
    }
  }
}

/** What comes back from the outside may carry any label: it is sealed as its schema says. */
function checkExternal(pass: Pass, { artifact, operations }: ResolvedExternal): void {
  const cleared = artifact.text.clearance ?? [];
  for (const [name, { input }] of operations) {
    const span = artifact.document.spanOf(["operations", name, "input"]);
    for (const label of labelsIn(placesOf(input))) {
      if (cleared.includes(label)) continue;
      const parameters = { source: quote("input"), label, effect: artifact.name };
      report(pass, "typecheck/label-flow", { span }, parameters);
    }
  }
}

type Inputs = readonly { readonly input: Schema }[];

/** The schema of keys, or of values or events, as the operations take them. */
function partSchema(operations: Inputs, part: "key" | "value"): Schema {
  const names = part === "key" ? ["key"] : ["value", "event"];
  for (const { input } of operations) {
    if (typeof input === "boolean") continue;
    const properties = (input.properties ?? {}) as Readonly<Record<string, Schema>>;
    const name = names.find((one) => properties[one] !== undefined);
    if (name !== undefined) return properties[name] ?? true;
  }
  return true;
}
