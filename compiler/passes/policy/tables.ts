/**
 * Tables of decisions: each case tries something that its intent takes, or an act as policies see
 * it. What is decided is not asked here; a payload that no intent takes would be refused before any
 * policy saw it.
 */
import type { DecisionsText, Verdict } from "../../../protocol/language/artifacts.ts";
import type { DecisionCase } from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { append } from "../../append.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import { validatorOf } from "../../json-schema.ts";
import type { Artifact, ResolvedDecisions } from "../../model.ts";
import { accepts } from "../../types/accepts.ts";
import type { Subject } from "./acts.ts";
import { IDENTITY } from "./intents.ts";

export interface ExpectedDecision {
  readonly table: FullName;
  readonly case: DecisionCase;
  readonly expect: Verdict;
  readonly span: Span;
}

/** What cases can be about, and as whom. */
export interface Known {
  readonly subjects: ReadonlyMap<string, Subject>;
  /** Those that some policy could name. */
  readonly roles: readonly string[];
  readonly suggest: Suggest;
}

export function expectedDecisions(
  { artifact, intents }: ResolvedDecisions,
  known: Known,
  found: Diagnostic[],
): readonly ExpectedDecision[] {
  return artifact.text.cases.map(({ principal, tenant, payload, expect }, at) => {
    const subject = known.subjects.get(intents[at] ?? "");
    invariant(subject !== undefined, "what every case is about was found");
    append(found, payloadFaults(artifact, at, subject));
    append(found, principalFaults(artifact, at, known));
    const { name, identity = "token", roles = [], attributes = {} } = principal;
    return {
      table: artifact.name,
      case: {
        principal: { name, identity, roles, attributes },
        tenant,
        intent: subject.type,
        payload,
      },
      expect,
      span: artifact.document.spanOf(["cases", at]),
    };
  });
}

function payloadFaults(
  { text, document }: Artifact<DecisionsText>,
  at: number,
  { type, payload: takes }: Subject,
): readonly Diagnostic[] {
  const payload = text.cases[at]?.payload ?? null;
  // Most cases fit: the validator, which is long to make, only says why one does not.
  if (accepts(takes, payload)) return [];
  const problem = validatorOf(takes)(payload);
  invariant(problem !== null, "what does not fit has a fault");
  const place = document.spanOf(["cases", at, "payload", ...problem.path]);
  return [diagnose("policy/case-payload", place, { type, problem: problem.message })];
}

function principalFaults(
  { text, document }: Artifact<DecisionsText>,
  at: number,
  { roles: known, suggest }: Known,
): readonly Diagnostic[] {
  const { roles = [], attributes = {} } = text.cases[at]?.principal ?? {};
  const place = ["cases", at, "principal"] as const;
  const unseen = roles.flatMap((role, index) => {
    if (known.includes(role)) return [];
    const hint = hintAt(suggest(role, known));
    return diagnose(
      "policy/unseen-role",
      document.spanOf([...place, "roles", index]),
      { role },
      { hint },
    );
  });
  if (!Object.hasOwn(attributes, IDENTITY)) return unseen;
  const span = document.spanOf([...place, "attributes", IDENTITY], "key");
  return [...unseen, diagnose("policy/reserved-attribute", span, {})];
}
