/**
 * Subscriptions once their bindings are known to hold: the Post Office can ask for what subscribes,
 * and no event calls forth another for ever. Whether an event is ever appended is not asked: what a
 * workflow may append at all counts.
 */
import type { SealedIntent } from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import {
  type SealedSubscription,
  SUBSCRIPTION_ROOTS,
} from "../../../protocol/language/subscription.ts";
import { calledBy } from "../../called.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { graphOrder } from "../../graph-order.ts";
import type { ResolvedIntent, Typed, TypedBinding, TypedSubscription, World } from "../../model.ts";
import { placesOf } from "../../types/labels.ts";
import { withSlots } from "../lower/draft.ts";
import { cycleDiagnostic } from "../resolve/cycles.ts";

export function subscriptionFaults(world: World): readonly Diagnostic[] {
  const subscribing = [...world.governance.intents.values()].filter(
    ({ subscription }) => subscription !== null,
  );
  if (subscribing.length === 0) return [];
  return [
    ...subscribing.flatMap(unmet),
    ...subscribing.flatMap((intent) => takenForOther(intent, world)),
    ...cycles(subscribing, appendedBy(world)),
  ];
}

/** The Post Office is nobody's colleague: it has no role, and nobody told anything of it. */
function unmet({ artifact: { text, document } }: ResolvedIntent): readonly Diagnostic[] {
  if (text.requires === undefined) return [];
  const at = document.spanOf(["requires"], "key");
  return [diagnose("policy/subscription-requires", at, { type: text.type })];
}

/**
 * Who wrote the event asked for nothing: of a node that is not to be told by who asked, that one
 * would be anybody, and could say what others are to say of it.
 */
function takenForOther(
  { artifact: { text, document }, workflow }: ResolvedIntent,
  world: World,
): readonly Diagnostic[] {
  const at = document.spanOf(["subscribes"], "key");
  return withCalled(workflow, world).flatMap((name) =>
    (world.workflows.get(name)?.nodes ?? []).flatMap((node) => {
      const isForOthers =
        node.kind === "await" && [...node.signals.values()].some((one) => one.notRequester);
      if (!isForOthers) return [];
      const told = { type: text.type, workflow: name, node: node.name };
      return [diagnose("policy/subscription-requester", at, told)];
    }),
  );
}

/** A workflow and all that it runs, each once. */
function withCalled(workflow: FullName, { workflows }: World): readonly FullName[] {
  const found = new Set([workflow]);
  for (const name of found) {
    for (const called of (workflows.get(name)?.nodes ?? []).flatMap(calledBy)) found.add(called);
  }
  return [...found];
}

type Stores = ReadonlySet<string>;

/** The streams that each workflow may append to, those of the workflows that it calls included. */
function appendedBy({ workflows }: World): ReadonlyMap<FullName, Stores> {
  const known = new Map<FullName, Stores>();
  // Callees stand before their callers.
  for (const [name, { nodes }] of workflows) {
    const stores = nodes.flatMap((node) => {
      const called = calledBy(node).flatMap((workflow) => [...(known.get(workflow) ?? [])]);
      if (called.length > 0) return called;
      return node.kind === "effect" && node.operation === "APPEND" ? [node.effect.store] : [];
    });
    known.set(name, new Set(stores));
  }
  return known;
}

function cycles(
  subscribing: readonly ResolvedIntent[],
  appended: ReadonlyMap<FullName, Stores>,
): readonly Diagnostic[] {
  const byName = new Map(subscribing.map((intent) => [intent.artifact.name, intent]));
  const next = ({ workflow }: ResolvedIntent): readonly FullName[] =>
    subscribing
      .filter(({ subscription }) => appended.get(workflow)?.has(subscription?.stream.store ?? ""))
      .map(({ artifact }) => artifact.name);
  const links = new Map(subscribing.map((intent) => [intent.artifact.name, next(intent)]));
  return (graphOrder(links).cycles as readonly FullName[][]).map((cycle) =>
    cycleDiagnostic("policy/subscription-cycle", cycle, (from, to) => {
      const intent = byName.get(from);
      invariant(intent !== undefined, "a circle goes through intents that there are");
      const span = intent.artifact.document.spanOf(["subscribes", "stream"]);
      const { workflow } = intent;
      const message = `\`${workflow}\` may append what \`${to}\` subscribes to`;
      return { span, message };
    }),
  );
}

/** The intent as it is sealed, with what it subscribes to. */
export function withSubscription(
  sealed: SealedIntent,
  subscriptions: Typed["subscriptions"],
): SealedIntent {
  const typed = subscriptions.get(sealed.intent);
  return typed === undefined ? sealed : { ...sealed, subscribes: sealedSubscription(typed) };
}

function sealedSubscription({ subscription, key, payload }: TypedSubscription): SealedSubscription {
  const { stream, event, when } = subscription;
  return {
    stream: stream.artifact.name,
    store: stream.store,
    event,
    seal: placesOf(event),
    when,
    key: key === null ? null : slotted(key),
    payload: slotted(payload),
  };
}

function slotted(typed: TypedBinding) {
  return withSlots(typed, (root) => {
    const slot = (SUBSCRIPTION_ROOTS as readonly string[]).indexOf(root);
    invariant(slot >= 0, "a subscription reads its own roots");
    return slot;
  });
}
