/**
 * Intents before any policy is looked at: what each takes, that it fits what its workflow takes, and
 * the types that its caller's attributes have. Two intents never mean two things by one attribute.
 */
import { REACH_TYPE } from "../../../protocol/language/acts.ts";
import type { BudgetText } from "../../../protocol/language/artifacts.ts";
import { byCodeUnits, canonical } from "../../../protocol/language/canonical.ts";
import type {
  CedarType,
  SealedBudget,
  SealedIntent,
} from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { Json } from "../../../protocol/language/json.ts";
import type { Label } from "../../../protocol/language/names.ts";
import { quote } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { durationMs } from "../../duration.ts";
import type { Artifact, ResolvedIntent, Schema, World } from "../../model.ts";
import { fit } from "../../types/fit.ts";
import { labelsIn, marks, merged, placesOf } from "../../types/labels.ts";
import { both, typeOf } from "../../types/type.ts";
import type { Subject } from "./acts.ts";
import { cedarTypeOf } from "./cedar-types.ts";

/** An intent, and what policies see when it is tried. */
export interface TypedIntent extends Subject {
  readonly sealed: SealedIntent;
  readonly artifact: ResolvedIntent["artifact"];
}

export interface TypedIntents {
  /** Sorted by type. */
  readonly intents: readonly TypedIntent[];
  /** The attributes of callers that some intent requires. */
  readonly attributes: ReadonlyMap<string, CedarType>;
}

export function typeIntents(world: World, found: Diagnostic[]): TypedIntents {
  const resolved = [...world.governance.intents.values()].sort((a, b) =>
    byCodeUnits(a.artifact.text.type, b.artifact.text.type),
  );
  const attributes = attributesOf(resolved, found);
  return { intents: resolved.map((intent) => typedIntent(intent, world, found)), attributes };
}

function typedIntent(intent: ResolvedIntent, world: World, found: Diagnostic[]): TypedIntent {
  const { artifact, workflow } = intent;
  const takes = world.workflows.get(workflow)?.payload;
  invariant(takes !== undefined, "an intent's workflow was found");
  const payload = intent.payload ?? takes;
  if (intent.payload !== null) checkPayload(intent, takes, found);
  const labelled = merged([...placesOf(takes), ...placesOf(payload)]);
  const { text } = artifact;
  const solution = text.context ?? {};
  const taken = both(typeOf(takes), payload);
  const seen = cedarTypeOf(taken, labelled);
  return {
    type: text.type,
    payload,
    takes: taken,
    artifact,
    sealed: {
      type: text.type,
      intent: artifact.name,
      summary: text.summary,
      workflow,
      payload,
      requires: {
        roles: [...(text.requires?.roles ?? [])].sort(byCodeUnits),
        attributes: Object.fromEntries(intent.attributes),
      },
      context: solution,
      labels: labelsIn(labelled),
      ...(text.budget === undefined ? {} : { budget: sealedBudget(text.budget) }),
    },
    context: {
      type: "Record",
      attributes: {
        labels: { type: "Set", element: { type: "String" }, required: true },
        ...(seen === undefined ? {} : { payload: { ...seen, required: true } }),
        reach: { ...REACH_TYPE, required: true },
        solution: { ...solutionType(solution), required: true },
      },
    },
  };
}

function sealedBudget({ time, ...counts }: BudgetText): SealedBudget {
  if (time === undefined) return counts;
  const time_ms = durationMs(time);
  invariant(time_ms !== undefined, "the shape of a budget's time was checked");
  return { ...counts, time_ms };
}

function checkPayload(
  { artifact, payload }: ResolvedIntent,
  takes: Schema,
  found: Diagnostic[],
): void {
  if (payload === null) return;
  const at = artifact.document.spanOf(["payload"], "key");
  const answer = fit(typeOf(payload), takes);
  const { workflow } = artifact.text;
  if (answer.verdict === "no") {
    const witness = JSON.stringify(answer.refutation.witness);
    found.push(diagnose("policy/payload-unfit", at, { workflow, witness }));
  }
  if (answer.verdict === "undecided") {
    found.push(diagnose("policy/payload-unproven", at, { workflow, why: answer.why }));
  }
  for (const added of labelsAdded(payload, takes)) {
    found.push(diagnose("policy/added-label", at, { workflow, ...added }));
  }
}

interface Added {
  readonly place: string;
  readonly label: Label;
}

/** Labels of an intent's payload that its workflow's has not: what is recorded is sealed by that alone. */
function labelsAdded(payload: Schema, takes: Schema): readonly Added[] {
  const marked = placesOf(takes);
  return placesOf(payload).flatMap(({ path, labels }) => {
    const steps = path.map((step) => (typeof step === "object" ? "*" : step));
    const place = ["$", ...steps].join(".");
    const lost = labels.filter((label) => !marks(marked, path, label));
    return lost.map((label) => ({ place, label }));
  });
}

function solutionType(context: Readonly<Record<string, Json>>): CedarType {
  const attributes = Object.entries(context).map(([name, value]) => {
    const type =
      typeof value === "string" ? "String" : typeof value === "number" ? "Long" : "Boolean";
    return [name, { type, required: true }] as const;
  });
  return { type: "Record", attributes: Object.fromEntries(attributes) };
}

/** What the runtime says of everybody; nobody can be required to bring it along. */
export const IDENTITY = "identity";

function attributesOf(
  intents: readonly ResolvedIntent[],
  found: Diagnostic[],
): ReadonlyMap<string, CedarType> {
  const known = new Map<
    string,
    { readonly type: CedarType; readonly artifact: Artifact<unknown> }
  >();
  for (const { artifact, attributes } of intents) {
    for (const [name, schema] of attributes) {
      const path = ["requires", "attributes", name];
      const type = cedarTypeOf(typeOf(schema), placesOf(schema));
      const first = known.get(name);
      if (name === IDENTITY) {
        const at = artifact.document.spanOf(path, "key");
        found.push(diagnose("policy/reserved-attribute", at, {}));
      } else if (type === undefined) {
        found.push(
          diagnose("policy/attribute-type", artifact.document.spanOf(path, "key"), { name }),
        );
      } else if (first === undefined) known.set(name, { type, artifact });
      else if (canonical(first.type as Json) !== canonical(type as Json)) {
        const span = first.artifact.document.spanOf(path, "key");
        const related = [{ span, message: `${quote(first.artifact.name)} requires it here` }];
        const at = artifact.document.spanOf(path, "key");
        found.push(diagnose("policy/attribute-differs", at, { name }, { related }));
      }
    }
  }
  return new Map([...known].map(([name, { type }]) => [name, type]));
}
