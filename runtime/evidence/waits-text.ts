/**
 * What an execution waited for, who told it what, what was tried again, undone and moved, as lines
 * for a person at a terminal. Every text that comes from the evidence is made visible first.
 */
import type { Json } from "../../protocol/language/json.ts";
import { visible, visibleJson } from "../traces/escape.ts";
import { withoutSealed } from "../traces/markdown-text.ts";
import type { Examination, StandingAt } from "./examination.ts";
import { KNOWN_AS } from "./governed-text.ts";
import type { SagaStep } from "./saga.ts";
import type { Style } from "./text-style.ts";

type Section = readonly [title: string, lines: readonly string[]];

/** More lines than a person reads at once: `--json` has all of them. */
const LINES_MAX = 200;

export function waitSections(examined: Examination, style: Style): readonly Section[] {
  return [
    ["Waits", examined.waits.map((wait) => waitLine(wait))],
    ["Signals", examined.signals.flatMap((signal) => signalLines(signal, style))],
    ["Tried again", examined.retries.map(retryLine)],
    ["Undone", undoneLines(examined, style)],
    ["Moved", examined.moves.map(moveLine)],
  ].map(([title, lines]) => [title as string, cut(lines as readonly string[])]);
}

function cut(lines: readonly string[]): readonly string[] {
  const more = lines.length - LINES_MAX;
  return more <= 0 ? lines : [...lines.slice(0, LINES_MAX), `… and ${more} more lines`];
}

function waitLine({ node, signals, since, until, outcome, at }: Examination["waits"][number]) {
  const whom = signals.length === 0 ? "the time" : signals.join(" or ");
  const end = outcome === null ? "has not ended" : `${outcome} at ${at}`;
  return visible(`${node}: for ${whom}, from ${since} until ${until}: ${end}`);
}

function signalLines(signal: Examination["signals"][number], style: Style): readonly string[] {
  const { at, node, signal: name, asked, decided, payload } = signal;
  const session = asked.session === null ? "" : `, session ${asked.session.id}`;
  const who = `${asked.principal}, known as ${KNOWN_AS[asked.identity]}${session}`;
  const ids = (decided?.rulings ?? []).flatMap(({ determining }) =>
    determining.map(({ id }) => id),
  );
  const allowed = ids.length === 0 ? [] : [`  allowed by ${visible(ids.join(", "))}`];
  return [
    visible(`${at}  ${node}  ${name}  by ${who}`),
    `  ${style.faint(short(payload))}`,
    ...allowed,
  ];
}

function retryLine({ node, attempt, outcome, reason, until }: Examination["retries"][number]) {
  const why = reason === undefined ? "" : ` (${reason.message})`;
  return visible(`${node}: attempt ${attempt} came to ${outcome}${why}; next not before ${until}`);
}

function undoneLines({ saga }: Examination, style: Style): readonly string[] {
  return saga === null ? [] : saga.steps.map((step) => undoneLine(step, style));
}

function undoneLine(step: SagaStep, style: Style): string {
  const { node, effect, operation, standing, why, compensation } = step;
  const by =
    compensation === null
      ? ""
      : `, by ${compensation.node}${compensation.outcome === null ? "" : `: ${compensation.outcome}`}`;
  const reason = why === null ? "" : ` (${why})`;
  const now = standing === "stands" ? style.bad("stands") : standing;
  return `${visible(node)}  ${visible(`${operation} ${effect}`)}: ${now}${visible(by + reason)}`;
}

function moveLine({ at, from, to_snapshot, asked }: Examination["moves"][number]): string {
  const who = `${asked.principal}, known as ${KNOWN_AS[asked.identity]}`;
  return visible(`${at}  from ${from} to ${to_snapshot}, by ${who}`);
}

/** Where an execution stands, one line each. */
export function standingLines(standing: readonly StandingAt[]): readonly string[] {
  return cut(standing.map(standingLine));
}

export function standingLine({ kind, node, until, signals }: StandingAt): string {
  switch (kind) {
    case "waiting": {
      const whom = signals.length === 0 ? "" : ` for ${signals.join(" or ")}`;
      return visible(`waiting: \`${node}\` waits${whom} until ${until}`);
    }
    case "calling":
      return visible(`open: \`${node}\` was called, and no answer is recorded`);
    case "retrying":
      return visible(`waiting: \`${node}\` is tried again, not before ${until}`);
  }
}

const VALUE_CHARS_MAX = 100;

function short(value: Json): string {
  const letters = [...visibleJson(withoutSealed(value))];
  return letters.length > VALUE_CHARS_MAX
    ? `${letters.slice(0, VALUE_CHARS_MAX).join("")} …`
    : letters.join("");
}
