/**
 * An examination for a person at a terminal. Every text that comes from the evidence is made
 * visible first: nothing in a trace can move the cursor, colour or reorder what is read.
 */
import type { Json } from "../../protocol/language/json.ts";
import { visible, visibleJson } from "../traces/escape.ts";
import { withoutSealed } from "../traces/markdown-text.ts";
import type {
  CallStep,
  EffectStep,
  Examination,
  PathStep,
  Standing,
  StoreStep,
} from "./examination.ts";
import type { Finding } from "./findings.ts";
import { gateLines } from "./gate-text.ts";
import {
  askedLines,
  cancelledLines,
  decidedLines,
  loneSection,
  row,
  rows,
} from "./governed-text.ts";
import type { EvidenceProblem } from "./problem.ts";
import type { Stood } from "./stood-before.ts";
import { PLAIN, type Style } from "./text-style.ts";
import { standingLines, waitSections } from "./waits-text.ts";

const VALUE_CHARS_MAX = 100;

export function examinationText(examined: Examination, style: Style = PLAIN): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Integrity", integrity(examined, style)],
    ...(examined.lone === null ? [] : [loneSection(examined.lone, style)]),
    ["Asked", asked(examined)],
    [
      examined.lone?.type === "refused" ? "Who denied it" : "Who allowed it",
      decided(examined, style),
    ],
    ["Gates", examined.opened === null ? [] : gateLines(examined.opened)],
    ["Path", path(examined.path, style)],
    ["Effects", effects(examined, style)],
    ...waitSections(examined, style),
    ["Cancelled", examined.cancelled === null ? [] : cancelledLines(examined.cancelled, style)],
    ["End", end(examined)],
    ["Findings", examined.findings.flatMap((one) => findingLines(one, style))],
  ];
  const title = `trace ${visible(examined.trace_id ?? "unknown")}`;
  return [
    style.title(title),
    ...sections.flatMap(([name, lines]) =>
      lines.length === 0 ? [] : ["", style.title(name), ...lines.map((line) => `  ${line}`)],
    ),
    "",
  ].join("\n");
}

/** A problem as one line: place, code, message. */
export function problemLine({ code, file, line, position, message }: EvidenceProblem): string {
  const place = [file, line, position === null ? null : `byte ${position}`];
  const at = place.filter((part) => part !== null).join(":");
  return visible(`${at === "" ? "" : `${at}: `}${code}: ${message}`);
}

function integrity({ integrity: found }: Examination, style: Style): readonly string[] {
  const against = [
    "its own chain",
    ...(found.checked.snapshot ? ["the edges of the sealed graph"] : []),
    ...(found.checked.policies ? ["the sealed policies"] : []),
    ...(found.checked.ledger ? ["the ledger"] : []),
  ].join(", ");
  const records = `${found.records} ${found.records === 1 ? "record" : "records"}`;
  if (found.ok) return [`${style.good("holds")}: ${records}, held against ${against}`];
  return [
    `${style.bad("does not hold")}: ${records}, held against ${against}`,
    ...found.problems.map(problemLine),
  ];
}

function asked({ asked, opened }: Examination): readonly string[] {
  const who = asked === null ? [] : askedLines(asked);
  if (opened === null) return who;
  const { cause } = opened;
  return [
    ...rows([["workflow", opened.workflow]]),
    ...who,
    ...rows([
      ["begun for", cause === undefined ? null : `event ${cause.position} of \`${cause.store}\``],
      ["idempotency", opened.idempotency_key],
      ["started", opened.started_at],
      ["clock", clock(opened.clock_behind_ms)],
      ["snapshot", opened.snapshot],
      ["engine", opened.engine],
      ["capabilities", opened.changed_capabilities?.join(", ") ?? null],
    ]),
    row("payload", short(opened.payload)),
  ];
}

function decided({ decided }: Examination, style: Style): readonly string[] {
  return decided === null ? [] : decidedLines(decided, style);
}

function clock(behindMs: number | undefined): string | null {
  return behindMs === undefined ? null : `${behindMs} ms behind the record before`;
}

/** Steps bear the numbers that they have in the picture. */
function path(steps: readonly PathStep[], style: Style): readonly string[] {
  const width = Math.max(0, ...steps.map(({ node }) => visible(node).length));
  return steps.map((step, index) => {
    const faulty = step.reason !== null;
    const outcome = faulty ? style.bad(visible(step.outcome)) : visible(step.outcome);
    const matched =
      step.row === null ? "" : step.row < 0 ? " (otherwise)" : ` (row ${step.row + 1})`;
    const data = step.output === null ? "" : `  ${style.faint(short(step.output))}`;
    const node = visible(step.node).padEnd(width);
    return `${numbered(index + 1)}${node}  ${outcome}${matched} → ${visible(step.to)}${data}`;
  });
}

function numbered(step: number): string {
  return `${String(step).padStart(3)}  `;
}

function effects({ effects, path }: Examination, style: Style): readonly string[] {
  const numbers = new Map(path.map(({ seq }, index) => [seq, index + 1]));
  return effects.map(
    // A call without an answer stands where the path stops.
    (effect) => numbered(numbers.get(effect.seq) ?? path.length + 1) + effectLine(effect, style),
  );
}

function effectLine(effect: EffectStep, style: Style): string {
  return effect.kind === "external" ? callLine(effect, style) : storeLine(effect, style);
}

function callLine(call: CallStep, style: Style): string {
  const what = `${visible(call.operation)} ${visible(call.effect)} ${short(call.input)}`;
  const outcome = call.outcome === null ? "no answer is recorded" : visible(call.outcome);
  const tries = call.attempts === 1 ? "1 attempt" : `${call.attempts} attempts`;
  const key = call.idempotency_key === null ? "" : ` under ${visible(call.idempotency_key)}`;
  return `${what}: ${outcome}; ${style.faint(`${tries}${key}`)}`;
}

function storeLine(effect: StoreStep, style: Style): string {
  const key = effect.key === null ? "" : ` ${visibleJson(effect.key)}`;
  const value = effect.value === null ? "" : ` = ${short(effect.value)}`;
  const what = `${visible(effect.operation)} ${visible(effect.store)}${key}${value}`;
  const before = style.faint(`before: ${stood(effect.before)}`);
  return `${what}: ${visible(effect.outcome)}; ${before}`;
}

function stood(before: Stood): string {
  const from = before.source === "ledger" ? "" : ", by the effect's own record";
  if (before.state === "unknown") return `not known${from}`;
  if (before.state === "nothing") return `nothing stood there${from}`;
  const parts = [
    ...(before.events === undefined ? [] : [`${before.events} events`]),
    ...(before.version === undefined ? [] : [`version ${before.version}`]),
    ...(before.value === undefined ? [] : [short(before.value)]),
    ...(before.revoked ? ["revoked"] : []),
    ...(before.by ? [`put there by ${visible(before.by.trace)} at ${before.by.n}`] : []),
  ];
  return parts.join(", ") + from;
}

function end(examined: Examination): readonly string[] {
  const { closed, open, lone, standing: stands } = examined;
  if (lone !== null) return [];
  if (closed === null && open !== null && stands.length > 0) return standingLines(stands);
  if (closed === null) return [open === null ? "the trace has no end" : standing(open)];
  const fault = closed.fault ? ", on the fault route" : "";
  return [
    row("exit", visible(`${closed.exit} with ${closed.outcome}${fault}`)),
    row("because", visible(because(examined))),
    row("result", short(closed.result)),
    row("fingerprint", visible(closed.fingerprint)),
  ];
}

function because({ closed, cancelled }: Examination): string {
  if (cancelled !== null) return `it was cancelled at ${cancelled.node}`;
  const settled = closed?.because ?? null;
  if (settled === null) return "no step of this path declares another outcome";
  const other = settled.instead_of.length > 0 ? `, not ${settled.instead_of.join(" or ")}` : "";
  return `${settled.node} gave ${settled.outcome}${other}`;
}

function standing({ node }: Standing): string {
  if (node === null) return "open: it has begun, and not ended";
  return `open: \`${visible(node)}\` comes next, and nothing of it is recorded`;
}

function findingLines(found: Finding, style: Style): readonly string[] {
  const place = found.file === null ? [] : [`at ${found.file}:${found.line ?? 1}`];
  const artifact = found.artifact === null ? [] : [`in ${found.artifact}`];
  return [
    `${style.bad(visible(found.code))}: ${visible(found.message)}`,
    ...[...artifact, ...place, ...(found.hint === null ? [] : [found.hint])].map(
      (line) => `  ${visible(line)}`,
    ),
  ];
}

function short(value: Json): string {
  const text = visibleJson(withoutSealed(value));
  const letters = text.length > VALUE_CHARS_MAX ? [...text] : [];
  return letters.length > VALUE_CHARS_MAX
    ? `${letters.slice(0, VALUE_CHARS_MAX).join("")} …`
    : text;
}
