/**
 * Who asked and who allowed it, as lines for a person at a terminal. Every text that comes from the
 * evidence or from a policy is made visible first.
 */
import { unreachable } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import type { ToldDecision, ToldRuling, ToldStatement } from "../traces/decided.ts";
import { visible, visibleJson } from "../traces/escape.ts";
import type { Examination, ShownLone } from "./examination.ts";
import type { AskedBy, ShownSession } from "./governed.ts";
import type { Style } from "./text-style.ts";

const NAME_CHARS = 13;

/** A name, and what stands for it, in two columns. */
export function row(name: string, text: string): string {
  return `${name.padEnd(NAME_CHARS)}${text}`;
}

/** Rows of names and texts, without those that have none. */
export function rows(all: readonly (readonly [string, string | null])[]): readonly string[] {
  return all.flatMap(([name, text]) => (text === null ? [] : [row(name, visible(text))]));
}

export const KNOWN_AS: Readonly<Record<AskedBy["identity"], string>> = {
  operator: "the local operator",
  token: "who a verified token names",
  runtime: "the runtime itself",
};

/** Who asked, and for which intent. */
export function askedLines(asked: AskedBy): readonly string[] {
  const { identity, tenant, principal, roles, attributes, session, intent, summary } = asked;
  return rows([
    ["intent", summary === null ? intent : `${intent}: ${summary}`],
    ["principal", `${principal}, known as ${KNOWN_AS[identity]}`],
    ["tenant", tenant],
    ["session", session === null ? null : sessionText(session)],
    ["roles", roles.length === 0 ? null : roles.join(", ")],
    ["attributes", Object.keys(attributes).length === 0 ? null : visibleJson(attributes)],
  ]);
}

function sessionText({ id, opened_at, expires_at, issuer }: ShownSession): string {
  if (opened_at === null) return id;
  const by = issuer === null ? "by the operator" : `by a token of ${issuer}`;
  return `${id}, opened at ${opened_at} ${by}, until ${expires_at}`;
}

/** Role by role: what made the decision, what it says, and what it saw. */
export function decidedLines(decided: ToldDecision, style: Style): readonly string[] {
  const { unmet, rulings, seen } = decided;
  if (unmet !== null) {
    return [`${style.bad("denied")} before any policy was asked: ${visible(unmet)}`];
  }
  const saw = Object.entries(seen).map(([path, value]) => `  ${seenText(path, value)}`);
  return [
    ...rulings.flatMap((ruling) => rulingLines(ruling, style)),
    saw.length === 0 ? "nothing of what was asked was looked at" : "they saw",
    ...saw,
  ];
}

function seenText(path: string, value: Json): string {
  return `${visible(path)} = ${visibleJson(value)}`;
}

function rulingLines(
  { role, decision, determining, errors }: ToldRuling,
  style: Style,
): readonly string[] {
  const verdict = decision === "allow" ? style.good("allows") : style.bad("denies");
  const why = determining.length + errors.length === 0 ? ": nothing permits it" : "";
  return [
    `${role} ${verdict}${why}`,
    ...determining.flatMap((one) => statementLines(one, style)),
    ...errors.map((error) => `  an error: ${visible(error)}`),
  ];
}

function statementLines(
  { id, effect, summary, cedar }: ToldStatement,
  style: Style,
): readonly string[] {
  const says = summary === null ? "" : `: ${summary}`;
  const text = cedar === null ? [] : cedar.trim().split("\n");
  return [
    `  ${effect === null ? "" : `${effect} `}${visible(id)}${visible(says)}`,
    ...text.map((line) => `    ${style.faint(visible(line))}`),
  ];
}

/** Who ended an execution before its time. */
export function cancelledLines(
  cancelled: NonNullable<Examination["cancelled"]>,
  style: Style,
): readonly string[] {
  const { at, node, reason, in_doubt, asked, decided } = cancelled;
  return [
    ...rows([
      ["at", `${at}, where \`${node}\` was waited for`],
      ["in doubt", in_doubt ? "a call had been begun there, and may have arrived" : null],
      ["reason", reason],
    ]),
    ...askedLines(asked),
    ...(decided === null ? [] : decidedLines(decided, style)),
  ];
}

/** What a trace of one record is about: a title, and its lines. */
export function loneSection(
  lone: ShownLone,
  style: Style,
): readonly [title: string, lines: readonly string[]] {
  switch (lone.type) {
    case "refused":
      return [
        "Refused",
        [`${style.bad(visible(lone.code))}: ${visible(lone.message)}`, ...refused(lone)],
      ];
    case "session":
      return ["Session opened", sessionRows(lone)];
    case "session-ended":
      return [
        "Session ended",
        rows([
          ["session", lone.ended],
          ["at", lone.at],
        ]),
      ];
    case "boot":
      return ["Start", bootRows(lone)];
    case "cut":
      return ["Torn tail cut off", cutRows(lone)];
    default:
      return unreachable(lone);
  }
}

function refused(lone: ShownLone & { readonly type: "refused" }): readonly string[] {
  return rows([
    ["at", lone.at],
    ["workflow", lone.workflow],
    ["idempotency", lone.idempotency_key],
    ["snapshot", lone.snapshot],
    ["visible", lone.context === null ? null : visibleJson(lone.context)],
  ]);
}

function sessionRows(lone: ShownLone & { readonly type: "session" }): readonly string[] {
  const { trace, at, expires_at, token, snapshot } = lone;
  return rows([
    ["session", trace],
    ["from", at],
    ["until", expires_at],
    ["token of", token === null ? "nobody: the operator opened it" : token.issuer],
    ["snapshot", snapshot],
  ]);
}

function bootRows(lone: ShownLone & { readonly type: "boot" }): readonly string[] {
  const { epoch, at, like, snapshot, configuration, engine } = lone;
  return rows([
    ["writer", `start ${epoch} of this data root`],
    ["at", at],
    ["gates", `as \`${like}\` went through them`],
    ["snapshot", snapshot],
    ["settings", configuration],
    ["engine", engine],
  ]);
}

function cutRows(lone: ShownLone & { readonly type: "cut" }): readonly string[] {
  const { segment, offset, bytes, sha256, aside } = lone;
  return rows([
    ["from", `${segment}, byte ${offset}`],
    ["bytes", `${bytes}, which nobody had been told of`],
    ["kept in", aside],
    ["sha256", sha256],
  ]);
}
