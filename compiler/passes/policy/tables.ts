/**
 * Tables of decisions: each case tries something that its intent takes, or an act as policies see
 * it. What is decided is not asked here; a payload that no intent takes would be refused before any
 * policy saw it.
 */
import type { Verdict } from "../../../protocol/language/artifacts.ts";
import type { DecisionCase } from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import { validatorOf } from "../../json-schema.ts";
import type { ResolvedDecisions } from "../../model.ts";
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
  { subjects, roles: known, suggest }: Known,
  found: Diagnostic[],
): readonly ExpectedDecision[] {
  return artifact.text.cases.map(({ principal, tenant, payload, expect }, at) => {
    const subject = subjects.get(intents[at] ?? "");
    invariant(subject !== undefined, "what every case is about was found");
    const { type } = subject;
    const problem = validatorOf(subject.payload)(payload);
    if (problem !== null) {
      const path = ["cases", at, "payload", ...problem.path];
      const place = artifact.document.spanOf(path);
      found.push(diagnose("policy/case-payload", place, { type, problem: problem.message }));
    }
    for (const [index, role] of (principal.roles ?? []).entries()) {
      if (known.includes(role)) continue;
      const place = artifact.document.spanOf(["cases", at, "principal", "roles", index]);
      const hint = hintAt(suggest(role, known));
      found.push(diagnose("policy/unseen-role", place, { role }, { hint }));
    }
    const { identity = "token", roles = [], attributes = {} } = principal;
    if (Object.hasOwn(attributes, IDENTITY)) {
      const path = ["cases", at, "principal", "attributes", IDENTITY];
      found.push(diagnose("policy/reserved-attribute", artifact.document.spanOf(path, "key"), {}));
    }
    return {
      table: artifact.name,
      case: {
        principal: { name: principal.name, identity, roles, attributes },
        tenant,
        intent: type,
        payload,
      },
      expect,
      span: artifact.document.spanOf(["cases", at]),
    };
  });
}
