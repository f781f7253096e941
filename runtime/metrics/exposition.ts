/**
 * The Prometheus text exposition format, version 0.0.4:
 *
 *   # HELP name What it is.          \ and line feed escaped
 *   # TYPE name counter              counter | gauge | histogram
 *   name{label="value",...} 1        \ " and line feed escaped
 *
 * A histogram has `name_bucket{le="…"}` with counts up to each bound, the last one `+Inf`, then
 * `name_sum` and `name_count`. Each family stands in one piece; every line ends with a line feed.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import type { Labelled } from "./counter.ts";
import { BOUNDS_SECONDS, type Distribution } from "./histogram.ts";

interface Described {
  readonly name: string;
  readonly help: string;
}

export type Family =
  | (Described & { readonly type: "counter" | "gauge"; readonly samples: readonly Labelled[] })
  | (Described & { readonly type: "histogram"; readonly samples: readonly Distribution[] });

export function exposition(families: readonly Family[]): string {
  return families.map(familyText).join("");
}

const NAME = /^[a-z][a-z0-9_]*$/;

function familyText(family: Family): string {
  const { name, help, type } = family;
  invariant(NAME.test(name), "a metric has a name that every reader takes");
  invariant((type === "counter") === name.endsWith("_total"), "a counter ends in `_total`");
  const head = `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`;
  const samples =
    family.type === "histogram"
      ? family.samples.map((one) => distributionText(name, one))
      : family.samples.map(({ labels, value }) => sample(name, labels, value));
  return head + samples.join("");
}

function distributionText(name: string, { labels, upTo, count, sum }: Distribution): string {
  const bucket = (le: string, value: number) => sample(`${name}_bucket`, { ...labels, le }, value);
  return [
    ...upTo.map((value, at) => bucket(String(BOUNDS_SECONDS[at]), value)),
    bucket("+Inf", count),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ].join("");
}

function sample(name: string, labels: Labelled["labels"], value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${braces} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n");
}

function escapedHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}
