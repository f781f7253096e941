/**
 * Tables of decisions: each case tries something that its intent takes. What is decided is not asked
 * here; a payload that no intent takes would be refused before any policy saw it.
 */
import type { Verdict } from "../../../protocol/language/artifacts.ts";
import type { DecisionCase } from "../../../protocol/language/governance.ts";
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { validatorOf } from "../../json-schema.ts";
import type { ResolvedDecisions } from "../../model.ts";
import type { TypedIntent } from "./intents.ts";

export interface ExpectedDecision {
  readonly table: FullName;
  readonly case: DecisionCase;
  readonly expect: Verdict;
  readonly span: Span;
}

export function expectedDecisions(
  { artifact, intents }: ResolvedDecisions,
  byName: ReadonlyMap<FullName, TypedIntent>,
  found: Diagnostic[],
): readonly ExpectedDecision[] {
  return artifact.text.cases.map(({ principal, tenant, payload, expect }, at) => {
    const name = intents[at];
    const intent = name === undefined ? undefined : byName.get(name);
    invariant(intent !== undefined, "the intent of every case was found");
    const problem = validatorOf(intent.sealed.payload)(payload);
    if (problem !== null) {
      const { type } = intent.sealed;
      const path = ["cases", at, "payload", ...problem.path];
      const place = artifact.document.spanOf(path);
      found.push(diagnose("policy/case-payload", place, { type, problem: problem.message }));
    }
    const { roles = [], attributes = {} } = principal;
    return {
      table: artifact.name,
      case: {
        principal: { name: principal.name, roles, attributes },
        tenant,
        intent: intent.sealed.type,
        payload,
      },
      expect,
      span: artifact.document.spanOf(["cases", at]),
    };
  });
}
