/** What changed between two snapshots, as text for people: the verdict first, then why, then all. */
import type { ChalkInstance } from "chalk";
import {
  type Bounds,
  type BoundsDiff,
  type ChangedNames,
  hasChanges,
  type MemberChange,
  type PartDiff,
  type Range,
  type SnapshotDiff,
  timeText,
  type WorkflowDiff,
} from "../compiler/index.ts";
import { count, safe, valueText } from "./print.ts";

export function diffText(diff: SnapshotDiff, paint: ChalkInstance): string {
  const { workflows, intents, policies, capabilities } = diff;
  const sections = [
    verdictText(diff, paint),
    namesText("workflows", { ...workflows, changed: [] }, paint),
    ...workflows.changed.map((one) => workflowText(`workflow ${one.workflow}`, one, paint)),
    ...workflows.replaced.map((one) =>
      workflowText(
        `intent ${one.intent}: ${one.workflow} instead of ${one.instead_of}`,
        one,
        paint,
      ),
    ),
    namesText("intents", intents, paint, intents.members),
    namesText("policies", policies, paint),
    namesText("invariants", diff.invariants, paint),
    namesText("capabilities", capabilities, paint),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function verdictText({ verdict, breaking }: SnapshotDiff, paint: ChalkInstance): string {
  if (verdict === "compatible") return `${paint.green.bold("compatible")}\n`;
  const told = (all: SnapshotDiff["breaking"]) =>
    all.map(({ of, reason, code }) => `  ${paint.bold(safe(of))}: ${safe(reason)} (${code})\n`);
  const weakened = breaking.filter(({ code }) => code === "safeguard");
  const others = breaking.filter(({ code }) => code !== "safeguard");
  return [
    `${paint.red.bold("breaking")}: ${count(breaking.length, "reason")}\n`,
    ...told(others),
    ...(weakened.length === 0 ? [] : [`${paint.red.bold("weaker safeguards")}\n`]),
    ...told(weakened),
  ].join("");
}

type Members = WorkflowDiff["members"];

function namesText(
  title: string,
  names: ChangedNames,
  paint: ChalkInstance,
  members: Members = {},
): string {
  if (!hasChanges(names)) return "";
  return `${paint.bold(title)}\n${marked(names, members)
    .map((line) => `  ${line}\n`)
    .join("")}`;
}

/** One line a name: what came, what went, what is another, and what is other in it. */
function marked(
  { added, removed, changed = [] }: Partial<ChangedNames>,
  members: Members = {},
): readonly string[] {
  return [
    ...(added ?? []).map((name) => `+ ${safe(name)}`),
    ...(removed ?? []).map((name) => `- ${safe(name)}`),
    ...changed.flatMap((name) => [
      `~ ${safe(name)}`,
      ...membersText(members[name] ?? []).map((line) => `    ${line}`),
    ]),
  ];
}

/** Members of one node that are shown. */
const MEMBERS_MAX = 20;

function membersText(changes: readonly MemberChange[]): readonly string[] {
  const shown = changes.slice(0, MEMBERS_MAX).map(({ member, before, after }) => {
    return `${safe(member)}: ${amountText(member, before)} before, ${amountText(member, after)} now`;
  });
  const left = changes.length - shown.length;
  return left > 0 ? [...shown, `… ${left} more`] : shown;
}

const VALUE_CHARS_MAX = 120;

/** Lengths of time as authors write them. */
function amountText(member: string, value: MemberChange["before"]): string {
  if (value === undefined) return "none";
  if (typeof value === "number" && /(Ms|_ms)$/.test(member)) return timeText(value);
  const text = valueText(value);
  return text.length <= VALUE_CHARS_MAX ? text : `${text.slice(0, VALUE_CHARS_MAX)} …`;
}

function workflowText(title: string, diff: WorkflowDiff, paint: ChalkInstance): string {
  const lines = [
    ...listed("outcomes", diff.outcomes),
    ...listed("nodes", diff.nodes, diff.members),
    ...listed("effects", diff.effects),
    ...listed("flows", diff.flows),
    ...diff.paths.flatMap(pathsText),
    ...diff.bounds.map(boundsText).filter((line) => line !== ""),
  ];
  return `${paint.bold(safe(title))}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function listed(
  title: string,
  names: Partial<ChangedNames>,
  members: Members = {},
): readonly string[] {
  return hasChanges(names) ? [title, ...marked(names, members).map((line) => `  ${line}`)] : [];
}

function pathsText({ part, before, after, added, removed }: PartDiff): readonly string[] {
  const where = part === "" ? "paths" : `paths of ${safe(part)}`;
  const numbers = `${before?.declared ?? "none"} before, ${after?.declared ?? "none"} now`;
  return [
    `${where}: ${numbers}: ${added.count} added, ${removed.count} removed`,
    ...shortest("+", added),
    ...shortest("-", removed),
  ];
}

/** Steps of one path that are shown. */
const STEPS_MAX = 24;

function shortest(mark: string, { shortest: path }: PartDiff["added"]): readonly string[] {
  if (path === undefined) return [];
  const steps = path.steps.slice(0, STEPS_MAX).map(({ node, outcome }) => `${node} ${outcome}`);
  const left = path.steps.length - steps.length;
  const more = left > 0 ? [`… ${left} more …`] : [];
  return [`  ${mark} ${safe([...steps, ...more, path.outcome].join(" → "))}`];
}

function boundsText({ outcome, before, after }: BoundsDiff): string {
  const changed = MEASURES.flatMap(([measure, name]) => {
    const [old, now] = [before[measure], after[measure]].map(measureText);
    return old === now ? [] : [`${name} ${old}, now ${now}`];
  });
  return changed.length === 0 ? "" : `bounds of ${safe(outcome)}: ${changed.join("; ")}`;
}

const MEASURES = [
  ["writes", "writes"],
  ["external_calls", "calls"],
  ["attempts", "attempts"],
  ["waits", "waits"],
  ["time_ms", "longest"],
] as const satisfies readonly (readonly [keyof Bounds, string])[];

function measureText(measure: Range | number | null): string {
  if (measure === null) return timeText(Number.POSITIVE_INFINITY);
  if (typeof measure === "number") return timeText(measure);
  const { least, most } = measure;
  return least === most ? String(most) : `${least} to ${most}`;
}
