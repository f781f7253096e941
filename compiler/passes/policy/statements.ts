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
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { didYouMean, hintAt, type Suggest } from "../../did-you-mean.ts";
import type { ResolvedPolicy } from "../../model.ts";
import type { Subject } from "./acts.ts";
import { impossibleNames } from "./impossible-names.ts";
import { lowerStatement, type Unsealed } from "./lower-statement.ts";
import { type Range, spanInText } from "./place-in-text.ts";
import { placeOf } from "./place-of-word.ts";
import { unknownWords, type Words } from "./unknown-words.ts";
import { unseenMembers } from "./unseen-members.ts";

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
  /** These intents and acts. */
  readonly subjects: readonly Subject[];
  readonly words: Words;
  readonly suggest: Suggest;
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
  if (faults.length > 0) {
    append(found, told("policy/ill-typed", faults, span));
    return null;
  }
  const lowered = statements.map(({ json }) => lowerStatement(json));
  const wrong = about.flatMap(({ statement, types }, at) => {
    const { unsealed = [], conditions = [] } = lowered[at] ?? {};
    const beyond = [
      ...unsealable(statement, unsealed, span),
      ...misnamed(statement, conditions, span),
      ...unseen(statement, conditions, { against, span }),
      ...unknown(statement, conditions, { against, span }),
    ];
    if (beyond.length > 0 || types.size > 0) return beyond;
    return [diagnose("policy/idle-statement", span(statement), { effect: statement.effect })];
  });
  append(found, wrong);
  if (wrong.length > 0) return null;
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
function typesOf(statement: Statement, against: Against): ReadonlySet<string> {
  const { cedar, schema } = against;
  const named = scopedTypes(statement, against);
  // Asking Cedar again takes as long as checking all of the text.
  const isSure = named.length === 1 || statement.unconditional;
  return isSure ? new Set(named) : cedar.actionsOf(statement, schema);
}

/** What its scope lets it be about. */
function scopedTypes(statement: Statement, { schema }: Against): readonly string[] {
  return namedActions(statement) ?? Object.keys(schema[""].actions);
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

/** What a statement asks for and never sees. */
function unseen(
  statement: Statement,
  conditions: SealedStatement["conditions"],
  { against, span }: { readonly against: Against; readonly span: SpanOf },
): readonly Diagnostic[] {
  const { cedar, start } = statement;
  const named = scopedTypes(statement, against);
  const subjects = against.subjects.filter(({ type }) => named.includes(type));
  const scope = { subjects, schema: against.schema };
  const all = unseenMembers(cedar, conditions, scope).map(({ member, name, types, beside, at }) => {
    const place = span({ start: start + at.start, end: start + at.end });
    const whose = types.length === 0 ? "" : ` of ${quoteAll(types)}`;
    const hint = didYouMean(name, beside);
    return diagnose("policy/unseen-member", place, { member, whose }, { hint });
  });
  return distinct(all);
}

/** What a statement compares with something that it can never be. */
function unknown(
  { cedar, start }: Statement,
  conditions: SealedStatement["conditions"],
  { against, span }: { readonly against: Against; readonly span: SpanOf },
): readonly Diagnostic[] {
  const all = unknownWords(cedar, conditions, against.words).map(({ place, word, known, at }) => {
    const where = span({ start: start + at.start, end: start + at.end });
    const few = known.length > SHOWN_MAX ? undefined : `It is one of ${quoteAll(known)}.`;
    const hint = hintAt(against.suggest(word, known)) ?? few;
    return diagnose("policy/unknown-word", where, { place, word }, { hint });
  });
  return distinct(all);
}

/** More names than this are not listed in a hint. */
const SHOWN_MAX = 5;

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
