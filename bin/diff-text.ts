/** What changed between two snapshots, as text for people: the verdict first, then why, then all. */
import type { ChalkInstance } from "chalk";
import {
  type Bounds,
  type BoundsDiff,
  type ChangedNames,
  hasChanges,
  type PartDiff,
  type Range,
  type SnapshotDiff,
  timeText,
  type WorkflowDiff,
} from "../compiler/index.ts";
import { count, safe } from "./print.ts";

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
    namesText("intents", intents, paint),
    namesText("policies", policies, paint),
    namesText("capabilities", capabilities, paint),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function verdictText({ verdict, breaking }: SnapshotDiff, paint: ChalkInstance): string {
  if (verdict === "compatible") return `${paint.green.bold("compatible")}\n`;
  const lines = breaking.map(
    ({ of, reason, code }) => `  ${paint.bold(safe(of))}: ${safe(reason)} (${code})\n`,
  );
  return `${paint.red.bold("breaking")}: ${count(breaking.length, "reason")}\n${lines.join("")}`;
}

function namesText(title: string, names: ChangedNames, paint: ChalkInstance): string {
  if (!hasChanges(names)) return "";
  return `${paint.bold(title)}\n${marked(names)
    .map((line) => `  ${line}\n`)
    .join("")}`;
}

/** One line a name: what came, what went, what is another. */
function marked({ added, removed, changed = [] }: Partial<ChangedNames>): readonly string[] {
  return [
    ...(added ?? []).map((name) => `+ ${safe(name)}`),
    ...(removed ?? []).map((name) => `- ${safe(name)}`),
    ...changed.map((name) => `~ ${safe(name)}`),
  ];
}

function workflowText(title: string, diff: WorkflowDiff, paint: ChalkInstance): string {
  const lines = [
    ...listed("outcomes", diff.outcomes),
    ...listed("nodes", diff.nodes),
    ...listed("effects", diff.effects),
    ...listed("flows", diff.flows),
    ...diff.paths.flatMap(pathsText),
    ...diff.bounds.map(boundsText).filter((line) => line !== ""),
  ];
  return `${paint.bold(safe(title))}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function listed(title: string, names: Partial<ChangedNames>): readonly string[] {
  return hasChanges(names) ? [title, ...marked(names).map((line) => `  ${line}`)] : [];
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
