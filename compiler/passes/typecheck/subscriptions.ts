/**
 * Checks what intents subscribe to: the key and the payload read what every event that is delivered
 * has, the payload fits what the intent takes, and labels go only where the workflow marks them. What
 * nothing proves is a refusal at run time, which is written down.
 */
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { SUBSCRIPTION_ROOTS } from "../../../protocol/language/subscription.ts";
import { quote } from "../../codes/quote.ts";
import type {
  PathStep,
  ResolvedIntent,
  ResolvedSubscription,
  RootName,
  TypedSubscription,
} from "../../model.ts";
import { fit } from "../../types/fit.ts";
import { NO_PLACES, placesOf } from "../../types/labels.ts";
import { prover } from "../../types/prove.ts";
import { both, type Type, typeOf } from "../../types/type.ts";
import { flowOf } from "./flow.ts";
import { checkFit } from "./inputs.ts";
import { checkPayloadLabels } from "./label-flow.ts";
import { readBinding } from "./reads.ts";
import { type Pass, type Root, report, type Scope, type Site, spanOf } from "./scope.ts";
import { type Bound, bindingOf, type PathValue } from "./value.ts";

/** Where in an intent's document, and how a check that stays for run time is listed. */
const POINT = "subscribes";

/** What a proof that nothing is ever delivered may cost. */
const STEPS_MAX = 1_000;

export function checkSubscriptions(pass: Pass): ReadonlyMap<FullName, TypedSubscription> {
  const typed = new Map<FullName, TypedSubscription>();
  for (const [name, intent] of pass.world.governance.intents) {
    const { subscription } = intent;
    if (subscription !== null) typed.set(name, checkSubscription(pass, intent, subscription));
  }
  return typed;
}

function checkSubscription(
  pass: Pass,
  intent: ResolvedIntent,
  subscription: ResolvedSubscription,
): TypedSubscription {
  const scope = scopeOf(pass, intent);
  const roots = rootsOf(subscription);
  const at = (...path: PathStep[]): Site => {
    return { scope, point: POINT, at: [POINT, ...path], roots, rootNames: SUBSCRIPTION_ROOTS };
  };
  checkWhen(at("when"), subscription);
  const { key, payload = null } = intent.artifact.text.subscribes ?? {};
  const bound = readBinding(payload, at("payload"), true);
  checkPayload(at("payload"), intent, bound);
  return {
    subscription,
    key: key === undefined ? null : bindingOf(checkKey(at("key"), key)),
    payload: bindingOf(bound),
  };
}

/** The intent's document, in the place of the document of the workflow that it asks for. */
function scopeOf(pass: Pass, { artifact, workflow: name }: ResolvedIntent): Scope {
  const { document, name: intent } = artifact;
  const own = pass.world.workflows.get(name);
  invariant(own !== undefined, "an intent's workflow was found");
  const workflow = { ...own, artifact: { ...own.artifact, document, name: intent } };
  const flow = flowOf(own, pass.world);
  return { pass, workflow, nodes: new Map(), flow, outputs: new Map(), decisions: new Map() };
}

function rootsOf(subscription: ResolvedSubscription): Map<RootName, Root> {
  const { event } = subscription;
  return new Map<RootName, Root>([
    ["event", { type: delivered(subscription), places: placesOf(event) }],
    ["position", { type: typeOf({ type: "integer", minimum: 1 }), places: NO_PLACES }],
    ["tenant", { type: typeOf({ type: "string", minLength: 1 }), places: NO_PLACES }],
  ]);
}

/** What an event is that is delivered. */
function delivered({ event, when }: ResolvedSubscription): Type {
  return when === null ? typeOf(event) : both(typeOf(event), when);
}

function checkWhen(site: Site, subscription: ResolvedSubscription): void {
  if (subscription.when === null) return;
  if (!prover(STEPS_MAX).impossible(delivered(subscription))) return;
  report(site.scope.pass, "typecheck/subscription-never", { span: spanOf(site) }, {});
}

function checkKey(site: Site, text: string): Bound {
  const bound = readBinding(text, site, true);
  const { value } = bound;
  if (value.kind !== "path" || value.read === null) return bound;
  const { type, places } = value.read;
  const problem = keyProblem(value, type);
  const { pass } = site.scope;
  const span = spanOf(site);
  if (problem !== undefined) {
    report(pass, "typecheck/subscription-key", { span }, { key: text, problem });
    return bound;
  }
  for (const { labels } of places.slice(0, 1)) {
    const parameters = { source: quote(text), label: labels.join(", ") };
    const hint = "What shares a key is seen to belong together. Use a value without labels.";
    report(pass, "typecheck/labelled-key", { span, hint }, parameters);
  }
  listOpen(site, bound);
  return bound;
}

const KEY = Object.freeze({ type: ["string", "integer"] });

function keyProblem(value: PathValue, type: Type): string | undefined {
  if (value.steps === undefined) return "it is a plural path";
  const found = fit(type, KEY);
  if (found.verdict !== "no") return undefined;
  return `it may give ${quote(JSON.stringify(found.refutation.witness))}`;
}

function checkPayload(site: Site, { artifact, payload, workflow }: ResolvedIntent, bound: Bound) {
  const takes = site.scope.workflow;
  const own = site.scope.pass.world.workflows.get(workflow)?.artifact;
  const target =
    payload === null && own !== undefined
      ? { schema: takes.payload, artifact: workflow, document: own.document }
      : { schema: payload ?? takes.payload, artifact: artifact.name, document: artifact.document };
  checkFit(site, bound.value, { ...target, steps: [], declared: ["payload"] });
  checkPayloadLabels(site, workflow, bound);
  listOpen(site, bound);
}

/** A path of which no schema says that it leads somewhere stays for run time. */
function listOpen({ scope }: Site, { paths }: Bound): void {
  const { pass, workflow } = scope;
  const { name, document } = workflow.artifact;
  for (const { path } of paths) {
    if (path.read?.fallible !== true || path.steps === undefined) continue;
    const why = `\`${path.text}\` may be missing: no schema speaks of it`;
    pass.undecided.push({ workflow: name, node: POINT, why, span: document.spanOf(path.at) });
  }
}
