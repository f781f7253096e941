/**
 * One policy: its statements, checked against the intents that it is about and no others. A
 * statement that can be about none of them is refused: a `forbid` that never applies looks like a
 * protection and is none.
 */
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import { cedarExcess } from "../../../protocol/language/cedar-text.ts";
import type {
  CedarSchema,
  SealedPolicy,
  SealedStatement,
} from "../../../protocol/language/governance.ts";
import { member } from "../../../protocol/language/json.ts";
import { append } from "../../append.ts";
import type { Cedar, CedarFault, Statement } from "../../cedar.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import type { ResolvedPolicy } from "../../model.ts";
import { impossibleNames } from "./impossible-names.ts";
import { lowerStatement, type Unsealed } from "./lower-statement.ts";
import { type Range, spanInText } from "./place-in-text.ts";
import { placeOf } from "./place-of-word.ts";

export interface CheckedPolicy {
  readonly policy: ResolvedPolicy;
  readonly sealed: SealedPolicy;
  /** The types of intents that each statement can be about. */
  readonly about: readonly { readonly statement: Statement; readonly types: ReadonlySet<string> }[];
}

interface Against {
  readonly cedar: Cedar;
  /** With the actions of the policy's intents only. */
  readonly schema: CedarSchema;
}

/** Null where it is faulty. */
export function checkPolicy(
  policy: ResolvedPolicy,
  against: Against,
  found: Diagnostic[],
): CheckedPolicy | null {
  const { text, document, name } = policy.artifact;
  const span: SpanOf = (range) => spanInText(document, ["cedar"], { text: text.cedar, range });
  const statements = statementsOf(text.cedar, against.cedar, span);
  if ("code" in statements) {
    found.push(statements);
    return null;
  }
  const { cedar, schema } = against;
  const { faults, misleading, impossible } = cedar.check(text.cedar, schema);
  append(found, told("policy/misleading-text", misleading, span));
  const about = statements.map((statement, at) => ({
    statement,
    types: impossible.has(at) ? NO_TYPES : typesOf(statement, against),
  }));
  const wrong =
    faults.length > 0
      ? told("policy/ill-typed", faults, span)
      : about
          .filter(({ types }) => types.size === 0)
          .map(({ statement }) =>
            diagnose("policy/idle-statement", span(statement), { effect: statement.effect }),
          );
  append(found, wrong);
  if (wrong.length > 0) return null;
  const lowered = statements.map(({ json }) => lowerStatement(json));
  const beyond = statements.flatMap((statement, at) => [
    ...unsealable(statement, lowered[at]?.unsealed ?? [], span),
    ...misnamed(statement, lowered[at]?.conditions ?? [], span),
  ]);
  append(found, beyond);
  if (beyond.length > 0) return null;
  const sealed: SealedPolicy = {
    policy: name,
    summary: text.summary,
    role: text.role,
    intents: Object.keys(schema[""].actions).sort(byCodeUnits),
    statements: statements.map(({ effect, cedar: statement }, at) => ({
      id: `${name}#${at + 1}`,
      effect,
      cedar: statement,
      conditions: lowered[at]?.conditions ?? [],
    })),
  };
  return { policy, about, sealed };
}

const NO_TYPES: ReadonlySet<string> = new Set();

/** The types that a statement can be about, which is about some. */
function typesOf(statement: Statement, { cedar, schema }: Against): ReadonlySet<string> {
  const named = namedActions(statement) ?? Object.keys(schema[""].actions);
  // Asking Cedar again takes as long as checking all of the text.
  const isSure = named.length === 1 || statement.unconditional;
  return isSure ? new Set(named) : cedar.actionsOf(statement, schema);
}

/** The actions that its scope names, as Cedar tells it in JSON; undefined where it names none. */
function namedActions({ json }: Statement): readonly string[] | undefined {
  const scope = member(json, "action");
  const one = member(scope, "entity");
  const several = member(scope, "entities");
  const entities = Array.isArray(several) ? several : one === undefined ? undefined : [one];
  return entities?.map((entity) => String(member(entity, "id")));
}

type SpanOf = (range?: Range) => Span;

/** The statements of a text, or why there are none to check. */
function statementsOf(text: string, cedar: Cedar, span: SpanOf): readonly Statement[] | Diagnostic {
  const excess = cedarExcess(text);
  if (excess !== undefined) {
    const { what, limit, at } = excess;
    const place = span({ start: at, end: at + 1 });
    return diagnose("policy/too-large", place, { what, limit: String(limit) });
  }
  const statements = cedar.statements(text);
  if ("message" in statements) {
    const { message: problem, hint, at } = statements;
    return diagnose("policy/bad-syntax", span(at), { problem }, { hint });
  }
  return statements.length > 0 ? statements : diagnose("policy/no-statement", span(), {});
}

function told(
  code: "policy/ill-typed" | "policy/misleading-text",
  faults: readonly CedarFault[],
  span: SpanOf,
): Diagnostic[] {
  return distinct(
    faults.map(({ message: problem, hint, at }) => diagnose(code, span(at), { problem }, { hint })),
  );
}

/** What a statement says that nothing evaluates. */
function unsealable(
  { cedar, start }: Statement,
  unsealed: readonly Unsealed[],
  span: SpanOf,
): readonly Diagnostic[] {
  const all = unsealed.map((one) => {
    const at = placeOf(cedar, one);
    const place = span({ start: start + at.start, end: start + at.end });
    return "word" in one
      ? diagnose("policy/no-such-word", place, { word: one.word })
      : diagnose("policy/inexact-number", place, { number: cedar.slice(at.start, at.end) });
  });
  return distinct(all);
}

/** Whom a statement names and nobody can be. */
function misnamed(
  { cedar, start }: Statement,
  conditions: SealedStatement["conditions"],
  span: SpanOf,
): readonly Diagnostic[] {
  const all = impossibleNames(cedar, conditions).map(({ type, name, at }) => {
    const place = span({ start: start + at.start, end: start + at.end });
    return diagnose("policy/impossible-name", place, { type, name });
  });
  return distinct(all);
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
