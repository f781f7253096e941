/**
 * What a policy asks for with `has` and can never see. Cedar's checker takes such a question for
 * false and is content, so a `forbid` that asks it never holds, and a `permit` with `unless` always
 * does: what looks like a protection is none. Refused is a member that some intent of the statement
 * may bring along unseen, and one that none of them has; one that some have, and the others cannot,
 * is a question with two answers.
 */
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import { withoutComments } from "../../../protocol/language/cedar-text.ts";
import type { CedarSchema, CedarType } from "../../../protocol/language/governance.ts";
import { placeAt } from "../../types/place.ts";
import type { Type } from "../../types/type.ts";
import type { Subject } from "./acts.ts";
import { expressionsIn } from "./expressions-in.ts";
import { pathOf } from "./member-path.ts";
import type { Range } from "./place-in-text.ts";

export interface UnseenMember {
  /** As one would read it: `context.payload.note`. */
  readonly member: string;
  readonly name: string;
  /** The intents or acts of which that is so, where it is not so of all. */
  readonly types: readonly string[];
  /** Names that are seen beside it. */
  readonly beside: readonly string[];
  /** In the text of the statement. */
  readonly at: Range;
}

/** What the statement can be about by its head, whatever its conditions say. */
export interface Scope {
  readonly subjects: readonly Subject[];
  readonly schema: CedarSchema;
}

export function unseenMembers(
  cedar: string,
  conditions: readonly CedarExpression[],
  scope: Scope,
): readonly UnseenMember[] {
  const found: UnseenMember[] = [];
  for (const condition of conditions) {
    for (const asked of expressionsIn(condition)) {
      if (asked.op !== "has") continue;
      const unseen = unseenIn(asked, scope);
      if (unseen !== undefined) found.push({ ...unseen, at: placeOf(cedar, asked.names) });
    }
  }
  return found;
}

type Has = Extract<CedarExpression, { readonly op: "has" }>;

function unseenIn({ of, names }: Has, scope: Scope): Omit<UnseenMember, "at"> | undefined {
  let stood = scope.subjects.flatMap((subject) =>
    seatsOf(of, { subject, schema: scope.schema }).map((seat) => ({ type: subject.type, seat })),
  );
  for (const [index, name] of names.entries()) {
    const next = stood.map(({ type, seat }) => ({ type, seat: seat.member(name) }));
    const hidden = next.filter(({ seat }) => seat === "unseen").map(({ type }) => type);
    const isAbsent = next.length > 0 && next.every(({ seat }) => seat === "absent");
    if (hidden.length > 0 || isAbsent) {
      const types = hidden.length === next.length ? [] : [...new Set(hidden)];
      const beside = [...new Set(stood.flatMap(({ seat }) => seat.names))];
      return { name, member: memberText(of, names.slice(0, index + 1)), types, beside };
    }
    stood = next.flatMap(({ type, seat }) => (typeof seat === "object" ? [{ type, seat }] : []));
  }
  return undefined;
}

/** A value and its members, as far as a policy gets at them. */
interface Seat {
  /** Of what is seen. */
  readonly names: readonly string[];
  readonly member: (name: string) => Found;
}

/** `unseen`: it may be there, and no policy sees it. `absent`: it is not there. */
type Found = Seat | "unseen" | "absent";

interface At {
  readonly subject: Subject;
  readonly schema: CedarSchema;
}

/** What is seen of a type; `inner` and `beyond` say what its members are, and all others. */
function seatOf(
  type: CedarType,
  inner: (seen: CedarType, name: string) => Seat,
  beyond: (name: string) => "unseen" | "absent",
): Seat {
  if (type.type !== "Record") return { names: [], member: beyond };
  const { attributes } = type;
  const member = (name: string) => {
    const seen = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return seen === undefined ? beyond(name) : inner(seen, name);
  };
  return { names: Object.keys(attributes), member };
}

/** What the compiler itself lays out: all of it is seen. */
function laidOut(type: CedarType): Seat {
  return seatOf(type, laidOut, () => "absent");
}

/** A caller may bring along whatever it likes; what intents require is seen. */
function brought(type: CedarType): Seat {
  return seatOf(type, brought, () => "unseen");
}

/** What is tried, held against all that its JSON Schema lets it have. */
function tried(seen: CedarType, type: Type): Seat {
  return seatOf(
    seen,
    (inner, name) => tried(inner, placeAt(type, name).type),
    (name) => (placeAt(type, name).presence === "never" ? "absent" : "unseen"),
  );
}

function contextOf({ context, takes }: Subject): Seat {
  if (takes === undefined) return laidOut(context);
  return seatOf(
    context,
    (inner, name) => (name === "payload" ? tried(inner, takes) : laidOut(inner)),
    (name) => (name === "payload" ? "unseen" : "absent"),
  );
}

const BARE: Seat = { names: [], member: () => "absent" };

/** All that an expression can be; nothing for what has no members, which Cedar itself refuses. */
function seatsOf(expression: CedarExpression, at: At): readonly Seat[] {
  switch (expression.op) {
    case "principal":
      return [brought(at.schema[""].entityTypes.Principal.shape)];
    case "entity":
      return expression.type === "Principal" ? seatsOf({ op: "principal" }, at) : [BARE];
    case "action":
    case "resource":
      return [BARE];
    case "context":
      return [contextOf(at.subject)];
    case "get":
      return seatsOf(expression.of, at)
        .map((seat) => seat.member(expression.name))
        .filter((seat) => typeof seat === "object");
    case "if":
      return [expression.yes, expression.no].flatMap((part) => seatsOf(part, at));
    case "record":
      return [writtenOut(expression.members, at)];
    default:
      return [];
  }
}

/** A record that the statement itself writes: what it does not name is not there. */
function writtenOut(
  members: Extract<CedarExpression, { readonly op: "record" }>["members"],
  at: At,
): Seat {
  const seats = new Map(members.map(([name, inner]) => [name, seatsOf(inner, at)[0] ?? BARE]));
  return { names: [...seats.keys()], member: (name) => seats.get(name) ?? "absent" };
}

function memberText(of: CedarExpression, names: readonly string[]): string {
  return [...pathOf(of), ...names].join(".");
}

/** Texts, in which nothing is asked, and what stands behind `has`. */
const ASKED = /\bhas\s*("(?:\\.|[^"\\])*"|\w+(?:\s*\.\s*\w+)*)|"(?:\\.|[^"\\])*"/gs;

/** The first such question; all of the statement where none is found as it was written. */
function placeOf(cedar: string, names: readonly string[]): Range {
  const wanted = names.join(".");
  for (const { 0: text, 1: asked, index } of withoutComments(cedar).matchAll(ASKED)) {
    if (asked === undefined) continue;
    const isQuoted = asked.startsWith('"');
    const written = isQuoted ? asked.slice(1, -1) : asked.replace(/\s/g, "");
    const end = index + text.length;
    if (written === wanted) return { start: end - asked.length, end };
  }
  return { start: 0, end: cedar.length };
}
