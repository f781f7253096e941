/**
 * A trace as a page for a person: what was asked, who asked, under which rules, the path taken, the
 * data, the effects, why it ended, and how to check all of it. It is a function of the records and
 * the graph alone and says nothing that they do not.
 */
import { captionOf } from "../../protocol/language/drawing.ts";
import type { SealedPolicy } from "../../protocol/language/governance.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import {
  type Caller,
  type CancelledBody,
  type EffectBody,
  isStep,
  type LedgerRecord,
  type OpenedBody,
  type StepRecord,
} from "../../protocol/language/records.ts";
import { type Call, callsOf } from "./calls.ts";
import { toldDecision } from "./decided.ts";
import { type Ending, endingOf, rowText } from "./ending.ts";
import { decidedPart } from "./markdown-decided.ts";
import { code, inlineJson, jsonBlock, prose, table } from "./markdown-text.ts";
import {
  IDENTITY,
  longTable,
  movesPart,
  retriesPart,
  standingPart,
  undonePart,
  waitsPart,
} from "./markdown-waits.ts";
import { type Standing, standingOf } from "./standing.ts";
import { placesOf } from "./told-name.ts";

type Opened = LedgerRecord & OpenedBody;

/** What a trace was made under: the graph of its workflow, and the policies that were asked. */
export interface Under {
  readonly graph: Graph;
  readonly policies: readonly SealedPolicy[];
}

/** The page of one trace; its first record is `opened`. */
export function markdownOf({ graph, policies }: Under, records: readonly LedgerRecord[]): string {
  const opened = records.find((record): record is Opened => record.type === "opened");
  if (opened === undefined) return "";
  const ending = endingOf(records, graph);
  const steps = records.filter(isStep);
  const calls = callsOf(records);
  const standing = ending === undefined ? standingOf(records) : [];
  const { trace } = opened;
  return [
    heading(opened, ending, standing),
    `${prose(graph.summary)}\n`,
    facts(opened, ending),
    standingPart(standing, trace),
    "## What was asked\n",
    jsonBlock(opened.payload, lineOf(opened)),
    decidedPart(toldDecision(opened.policy, policies)),
    "## The path taken\n",
    `![The graph of the workflow with the path taken](${opened.trace}.svg)\n`,
    pathTable(graph, steps, trace),
    ending === undefined ? "" : why(ending),
    ending?.cancelled === undefined ? "" : cancelledPart(ending.cancelled, opened, policies),
    undonePart(records, trace),
    waitsPart(records, trace),
    movesPart(records),
    steps.length === 0 ? "" : "## Step by step\n",
    ...steps.slice(0, DETAILS_MAX).map((step, index) => detail(step, index + 1)),
    steps.length <= DETAILS_MAX
      ? ""
      : `_${steps.length - DETAILS_MAX} more steps: ${code(`${trace}.jsonl`)} has all of them._\n`,
    effects(steps, calls, { records, trace }),
    ending === undefined ? "" : result(ending),
    howToVerify(trace),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** So many steps are told in full. */
const DETAILS_MAX = 300;

function heading(
  { workflow }: Opened,
  ending: Ending | undefined,
  standing: readonly Standing[],
): string {
  const waits = standing.some(({ kind }) => kind === "waiting");
  const open = waits ? "waits" : "is open";
  const end = ending === undefined ? open : `ended in ${code(ending.closed.outcome)}`;
  return `# ${code(workflow)} ${end}\n`;
}

function lineOf({ trace, seq }: LedgerRecord): string {
  return `line ${seq} of ${code(`${trace}.jsonl`)}`;
}

function facts(opened: Opened, ending: Ending | undefined): string {
  const closed = ending?.closed;
  const orNone = (text: string | null): string => (text === null ? "none" : code(text));
  const changed = opened.changed_capabilities ?? [];
  const rows: (readonly [string, string])[] = [
    ["Trace", code(opened.trace)],
    [
      "Ended",
      closed === undefined
        ? "not yet"
        : `${code(closed.at)}, at ${code(closed.exit)}${closed.fault ? ", on the fault route" : ""}`,
    ],
    ["Started", code(opened.started_at)],
    ...clock(opened),
    ["Tenant", code(opened.tenant)],
    ["Principal", `${code(opened.principal)}, known as ${IDENTITY[opened.caller.identity]}`],
    ["Session", orNone(opened.session)],
    ["Roles", allOf(opened.caller.roles)],
    ["Attributes", attributesOf(opened.caller)],
    ["Intent", code(opened.intent)],
    ...cause(opened),
    ["Idempotency key", orNone(opened.idempotency_key)],
    ["Snapshot", code(opened.snapshot)],
    ["Engine", code(opened.engine)],
    ["Ledger positions", `${opened.n} to ${closed?.n ?? "open"}`],
    ["Fingerprint", closed === undefined ? "not yet" : code(closed.fingerprint)],
  ];
  const warning =
    changed.length === 0
      ? ""
      : `\n**Capabilities differed from the sealed ones and were let pass:** ${changed.map(code).join(", ")}.\n`;
  return table(["", ""], rows) + warning;
}

function clock({ clock_behind_ms }: Opened): readonly (readonly [string, string])[] {
  if (clock_behind_ms === undefined) return [];
  return [["Clock", `${clock_behind_ms} ms behind the record before; times go on from there`]];
}

function allOf(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map(code).join(", ");
}

function attributesOf({ attributes }: Caller): string {
  return Object.keys(attributes).length === 0 ? "none" : inlineJson(attributes);
}

function cause({ cause }: Opened): readonly (readonly [string, string])[] {
  if (cause === undefined) return [];
  return [["Begun for", `event ${cause.position} of the stream ${code(cause.store)}`]];
}

function pathTable(graph: Graph, steps: readonly StepRecord[], trace: string): string {
  const places = placesOf(graph);
  const does = (told: string): string => {
    const place = places.find(told);
    return place === undefined ? "not in the graph" : captionOf(place.node).subtitle;
  };
  return longTable(
    ["#", "Node", "Does", "Outcome", "Led to"],
    {
      of: steps,
      row: (step, index) => [
        String(index + 1),
        code(step.node),
        code(does(step.node)),
        code(step.outcome),
        code(step.to),
      ],
    },
    trace,
  );
}

function why({ closed, settledBy, alternatives, cancelled }: Ending): string {
  const at = `It ended at ${code(closed.exit)} with ${code(closed.outcome)}`;
  if (cancelled !== undefined) {
    return `## Why it ended there\n\n${at}: it was cancelled at ${code(cancelled.node)}.\n`;
  }
  if (settledBy === undefined) {
    return `## Why it ended there\n\n${at}: no step of this path declares another outcome.\n`;
  }
  const row = rowText(settledBy);
  const key = settledBy.type === "effect" ? settledBy.key : undefined;
  const about = [
    ...(row === undefined ? [] : [row]),
    ...(key === undefined ? [] : [`key ${code(key)}`]),
  ];
  const note = about.length === 0 ? "" : ` (${about.join("; ")})`;
  const other = alternatives.length === 0 ? "" : `, not ${oneOf(alternatives)}`;
  return `## Why it ended there\n\n${at}, because ${code(settledBy.node)} gave ${code(settledBy.outcome)}${note}${other}.\n${reasonOf(settledBy)}`;
}

function cancelledPart(
  { principal, session, caller, reason, in_doubt, policy, snapshot }: CancelledBody,
  opened: OpenedBody,
  policies: readonly SealedPolicy[],
): string {
  // Statements of another snapshot may have the same ids, and say something else.
  const told = toldDecision(policy, snapshot === opened.snapshot ? policies : []);
  const rows: (readonly [string, string])[] = [
    ["Cancelled by", `${code(principal)}, known as ${IDENTITY[caller.identity]}`],
    ["Session", session === null ? "none" : code(session)],
    ["Reason", reason === null ? "none was given" : prose(reason)],
    ["Snapshot", code(snapshot)],
    ["In doubt", in_doubt ? "yes: a call had been begun there, and may have arrived" : "nothing"],
  ];
  const decided = decidedPart(told, "Who allowed to cancel it");
  return `## Who cancelled it\n\n${table(["", ""], rows)}\n${decided}`;
}

/** A few outcomes by name; of many, that there are others. */
function oneOf(outcomes: readonly string[]): string {
  if (outcomes.length > ALTERNATIVES_MAX) return `one of ${outcomes.length} other outcomes`;
  return outcomes.map(code).join(" or ");
}

const ALTERNATIVES_MAX = 4;

function reasonOf({ reason }: StepRecord): string {
  if (reason === undefined) return "";
  const problems = (reason.problems ?? []).map(
    ({ pointer, message }) => `- at ${code(pointer)}: ${prose(message)}\n`,
  );
  return `\n${code(reason.code)}: ${prose(reason.message)}\n${problems.length === 0 ? "" : `\n${problems.join("")}`}`;
}

function detail(step: StepRecord, number: number): string {
  const row = rowText(step);
  return [
    `### ${number}. ${code(step.node)} gave ${code(step.outcome)}\n`,
    row === undefined ? "" : `${row[0]?.toUpperCase()}${row.slice(1)}.\n`,
    step.reason === undefined ? "" : reasonOf(step).trimStart(),
    step.output === undefined ? "No output.\n" : jsonBlock(step.output, lineOf(step)),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

type EffectRecord = LedgerRecord & EffectBody;

interface Of {
  readonly records: readonly LedgerRecord[];
  readonly trace: string;
}

function effects(
  steps: readonly StepRecord[],
  calls: readonly Call[],
  { records, trace }: Of,
): string {
  const retries = retriesPart(records, trace);
  const rows = steps.filter((step): step is EffectRecord => step.type === "effect");
  const tables = [
    ...(rows.length === 0 ? [] : [storeTable(rows, trace)]),
    ...(calls.length === 0 ? [] : [`To the outside:\n\n${callTable(calls, trace)}`]),
    ...(retries === "" ? [] : [retries]),
  ];
  return `## Effects\n\n${tables.length === 0 ? "None.\n" : tables.join("\n")}`;
}

function storeTable(rows: readonly EffectRecord[], trace: string): string {
  return longTable(
    ["Node", "Store", "Operation", "Key", "Value", "Outcome"],
    {
      of: rows,
      row: (row) => [
        code(row.node),
        code(row.store),
        code(row.operation),
        row.key === undefined ? "" : code(row.key),
        row.value === undefined ? "" : inlineJson(row.value),
        code(row.outcome),
      ],
    },
    trace,
  );
}

function callTable(calls: readonly Call[], trace: string): string {
  return longTable(
    ["Node", "Effect", "Operation", "Input", "Idempotency key", "Attempts", "Outcome"],
    {
      of: calls,
      row: ({ node, effect, operation, input, idempotencyKey, attempts, last }) => [
        code(node),
        code(effect),
        code(operation),
        inlineJson(input),
        idempotencyKey === null ? "not recorded" : code(idempotencyKey),
        String(attempts),
        answerText(last),
      ],
    },
    trace,
  );
}

function answerText(last: Call["last"]): string {
  if (last.type === "external") return code(last.outcome);
  return last.type === "retry"
    ? `${code(last.outcome)}, to be tried again`
    : "no answer is recorded";
}

function result({ closed }: Ending): string {
  return `## The result\n\n${jsonBlock(closed.result, lineOf(closed))}`;
}

function howToVerify(trace: string): string {
  const file = `${trace}.jsonl`;
  return `## How to verify this

A line's hash is the SHA-256 of the line without the member \`hash\`; \`prev\` is the hash of the line
before it. This prints the hash of line 1, which the line itself must say:

\`\`\`sh
sed -n 1p ${file} | sed 's/,"hash":"[0-9a-f]*"}$/}/' | sha256sum
\`\`\`

\`pgs examine ${file}\` checks every line, the chain, the fingerprint and the path against the sealed
graph; \`pgs replay ${file} --mode full\` runs it again and compares.
`;
}
