/**
 * Pass 3, `shape`: each document is what its kind may look like. Afterwards an artifact's text may be
 * believed; what its names stand for is the next pass's question.
 */

import type {
  DecisionsText,
  DomainText,
  EffectText,
  IntentText,
  InvariantText,
  PolicyText,
  SchemaArtifactText,
  TestText,
  TransformText,
  WorkflowText,
} from "../../protocol/language/artifacts.ts";
import { member } from "../../protocol/language/json.ts";
import { fullName, KIND_PREFIXES, type Kind, LATER_KINDS } from "../../protocol/language/names.ts";
import { append } from "../append.ts";
import { type Diagnostic, diagnose } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Artifact, ParsedDocument, Passed, Shaped } from "../model.ts";
import { checkDecisions } from "./shape/decisions.ts";
import { checkEndings } from "./shape/endings.ts";
import { checkInvariant } from "./shape/invariants.ts";
import { checkReservedNames } from "./shape/reserved-names.ts";
import { checkSchemas } from "./shape/schema-sense.ts";
import { checkStructure } from "./shape/structure.ts";
import { checkTest } from "./shape/tests.ts";
import { checkBudget, checkTimeouts } from "./shape/timeouts.ts";
import { checkWaits } from "./shape/waits.ts";

export const KINDS: readonly Kind[] = Object.freeze([
  "domain",
  ...(Object.keys(KIND_PREFIXES) as (keyof typeof KIND_PREFIXES)[]),
]);

export function shape(documents: readonly ParsedDocument[]): Passed<Shaped> {
  const byKind = new Map<Kind, Artifact<unknown>[]>(KINDS.map((kind) => [kind, []]));
  const diagnostics: Diagnostic[] = [];
  for (const document of documents) {
    const kind = kindOf(document);
    if (typeof kind === "object") {
      diagnostics.push(kind);
      continue;
    }
    const found = faultsOf(kind, document);
    append(diagnostics, found);
    if (found.length === 0) byKind.get(kind)?.push(artifactOf(document));
  }
  return { value: shapedOf(byKind), diagnostics };
}

function faultsOf(kind: Kind, document: ParsedDocument): readonly Diagnostic[] {
  return [
    ...checkStructure(kind, document),
    ...checkReservedNames(kind, document),
    ...(kind === "workflow"
      ? [...checkDecisions(document), ...checkEndings(document), ...checkWaits(document)]
      : []),
    ...(kind === "intent" ? checkBudget(document) : []),
    ...(kind === "effect" ? checkTimeouts(document) : []),
    ...(kind === "invariant" ? checkInvariant(document) : []),
    ...(kind === "test" ? checkTest(document) : []),
    ...checkSchemas(kind, document),
  ];
}

/** The kind of a document, or why it has none. */
function kindOf(document: ParsedDocument): Kind | Diagnostic {
  const kind = member(document.value, "kind");
  const known = KINDS.find((name) => name === kind);
  if (known !== undefined) return known;
  if (kind === undefined) {
    const first = Object.keys(document.value)[0];
    const at = document.spanOf(first === undefined ? [] : [first], "key");
    return diagnose("shape/missing-kind", at, {}, { hint: didYouMean(first ?? "", ["kind"]) });
  }
  const at = document.spanOf(["kind"]);
  const name = typeof kind === "string" ? kind : JSON.stringify(kind);
  if (LATER_KINDS.some((later) => later === name)) {
    return diagnose("shape/not-yet", at, { what: name });
  }
  return diagnose("shape/unknown-kind", at, { kind: name }, { hint: didYouMean(name, KINDS) });
}

function artifactOf(document: ParsedDocument): Artifact<unknown> {
  const { domain } = document.source;
  const code = String(document.value.code);
  return { domain, name: fullName(domain, code), text: document.value, document };
}

/** The one place where a checked value becomes a typed text. */
function shapedOf(byKind: ReadonlyMap<Kind, readonly Artifact<unknown>[]>): Shaped {
  const of = <T>(kind: Kind) => (byKind.get(kind) ?? []) as readonly Artifact<T>[];
  return {
    domains: of<DomainText>("domain"),
    schemas: of<SchemaArtifactText>("schema"),
    transforms: of<TransformText>("transform"),
    effects: of<EffectText>("effect"),
    workflows: of<WorkflowText>("workflow"),
    intents: of<IntentText>("intent"),
    policies: of<PolicyText>("policy"),
    decisions: of<DecisionsText>("decisions"),
    invariants: of<InvariantText>("invariant"),
    tests: of<TestText>("test"),
  };
}
