/**
 * The report as Markdown: the machine, a table a section, and what the numbers leave out. It adds
 * nothing to the rows and leaves none out.
 */
import type { Host } from "./host.ts";
import type { Row } from "./row.ts";

export interface Report {
  readonly host: Host;
  /** One-minute load average a core, before and after. */
  readonly load: readonly [before: number, after: number];
  readonly quick: boolean;
  readonly sections: readonly { readonly title: string; readonly rows: readonly Row[] }[];
}

/** Above this load a core, other work shared the processor when the run began. */
const BUSY = 0.3;

export function markdownOf(report: Report): string {
  const parts = [hostText(report), ...report.sections.map(sectionText)];
  return `${parts.join("\n\n")}\n`;
}

function hostText({ host, load: [before, after], quick }: Report): string {
  const lines = [
    `Measured on ${host.cores} cores of ${host.processor}, ${host.memoryGib} GiB, ` +
      `${host.system}, Node ${host.node} (V8 ${host.v8}), ${host.fileSystem}` +
      `${host.commit === null ? "" : `, commit ${host.commit}`}. ` +
      `Load a core before ${before.toFixed(2)}, after ${after.toFixed(2)}.`,
  ];
  if (before > BUSY)
    lines.push("**Other work was running: times and rates are worse than alone.**");
  if (quick) lines.push("**Few samples (`--quick`): good for trying, not for quoting.**");
  return lines.join("\n\n");
}

function sectionText({ title, rows }: Report["sections"][number]): string {
  const head = [
    `### ${title}`,
    "",
    "| what | median | quartiles | n | budget | |",
    "| --- | ---: | ---: | ---: | --- | --- |",
  ];
  return [...head, ...rows.map(rowText)].join("\n");
}

function rowText(row: Row): string {
  const { budget } = row;
  const asked =
    budget === undefined
      ? ""
      : `${budget.at} ${numberText(budget.limit)} ${row.unit}: ${budget.within ? "kept" : "**missed**"}`;
  return `| ${[
    row.what,
    `${numberText(row.median)} ${row.unit}`,
    `${numberText(row.low)} – ${numberText(row.high)}`,
    String(row.samples),
    asked.replace(/^most /, "at most ").replace(/^least /, "at least "),
    row.note ?? "",
  ].join(" | ")} |`;
}

/** Three significant digits; thousands with a comma. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
