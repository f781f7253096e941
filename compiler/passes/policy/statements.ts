/**
 * One policy: its statements, checked against the intents that it is about and no others. A
 * statement that can be about none of them is refused: a `forbid` that never applies looks like a
 * protection and is none.
 */
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import { cedarExcess } from "../../../protocol/language/cedar-text.ts";
import type { CedarSchema, SealedPolicy } from "../../../protocol/language/governance.ts";
import { append } from "../../append.ts";
import type { Cedar, CedarFault, Statement } from "../../cedar.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import type { ResolvedPolicy } from "../../model.ts";
import { type Range, spanInText } from "./place-in-text.ts";

export interface CheckedPolicy {
  readonly policy: ResolvedPolicy;
  readonly sealed: SealedPolicy;
  /** The types of intents that each statement can be about. */
  readonly about: readonly { readonly statement: Statement; readonly types: ReadonlySet<string> }[];
}

/** Null where it is faulty. `schema` has the actions of the policy's intents only. */
export function checkPolicy(
  policy: ResolvedPolicy,
  { cedar, schema }: { readonly cedar: Cedar; readonly schema: CedarSchema },
  found: Diagnostic[],
): CheckedPolicy | null {
  const { text, document, name } = policy.artifact;
  const span = (range?: Range): Span =>
    spanInText(document, ["cedar"], { text: text.cedar, range });
  const excess = cedarExcess(text.cedar);
  if (excess !== undefined) {
    const { what, limit, at } = excess;
    const words = { what, limit: String(limit) };
    found.push(diagnose("policy/too-large", span({ start: at, end: at + 1 }), words));
    return null;
  }
  const statements = cedar.statements(text.cedar);
  if ("message" in statements) {
    const { message: problem, hint, at } = statements;
    found.push(diagnose("policy/bad-syntax", span(at), { problem }, { hint }));
    return null;
  }
  if (statements.length === 0) {
    found.push(diagnose("policy/no-statement", span(), {}));
    return null;
  }
  const checked = cedar.check(text.cedar, schema);
  const told = (code: "policy/ill-typed" | "policy/misleading-text", of: readonly CedarFault[]) =>
    distinct(
      of.map(({ message: problem, hint, at }) => diagnose(code, span(at), { problem }, { hint })),
    );
  append(found, told("policy/misleading-text", checked.misleading));
  const faults = told("policy/ill-typed", checked.faults);
  const about = statements.map((statement) => ({
    statement,
    types: cedar.actionsOf(statement, schema),
  }));
  if (faults.length === 0) {
    for (const { statement, types } of about) {
      const { effect } = statement;
      if (types.size === 0)
        faults.push(diagnose("policy/idle-statement", span(statement), { effect }));
    }
  }
  append(found, faults);
  if (faults.length > 0) return null;
  return {
    policy,
    about,
    sealed: {
      policy: name,
      summary: text.summary,
      role: text.role,
      intents: Object.keys(schema[""].actions).sort(byCodeUnits),
      statements: statements.map(({ effect, cedar: statement }, at) => ({
        id: `${name}#${at + 1}`,
        effect,
        cedar: statement,
      })),
    },
  };
}

/** The same fault is found once for every intent that it is about. */
function distinct(faults: readonly Diagnostic[]): Diagnostic[] {
  const known = new Map<string, Diagnostic>();
  for (const fault of faults) {
    const { span, message } = fault;
    const key = JSON.stringify([span.line, span.column, message]);
    if (!known.has(key)) known.set(key, fault);
  }
  return [...known.values()];
}
