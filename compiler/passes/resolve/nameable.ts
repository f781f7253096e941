/** The artifacts that names can stand for, and the parts of a name. */
import type {
  DecisionsText,
  EffectText,
  IntentText,
  InvariantText,
  PolicyText,
  SchemaArtifactText,
  TestText,
  TransformText,
  WorkflowText,
} from "../../../protocol/language/artifacts.ts";
import type { Artifact } from "../../model.ts";

/** What can be named, by kind. */
export interface Nameable {
  readonly schema: Artifact<SchemaArtifactText>;
  readonly transform: Artifact<TransformText>;
  readonly effect: Artifact<EffectText>;
  readonly workflow: Artifact<WorkflowText>;
  readonly intent: Artifact<IntentText>;
  readonly policy: Artifact<PolicyText>;
  readonly decisions: Artifact<DecisionsText>;
  readonly invariant: Artifact<InvariantText>;
  readonly test: Artifact<TestText>;
}

export interface Known {
  readonly kind: keyof Nameable;
  readonly artifact: Nameable[keyof Nameable];
}

export interface NameParts {
  readonly domain: string;
  readonly code: string;
}
