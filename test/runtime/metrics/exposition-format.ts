/**
 * A small reader of the Prometheus text exposition format 0.0.4, strict where the format is: one
 * HELP and one TYPE before the samples of a family, each family in one piece, names and labels as
 * the format has them, each combination of labels once, histograms whole and cumulative.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

export function readExposition(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, { -readonly [K in keyof ReadFamily]: ReadFamily[K] }>();
  let name = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    if (help !== null) {
      name = help[1] ?? "";
      if (families.has(name)) throw new Error(`${name} stands in two pieces`);
      families.set(name, { name, help: unescaped(help[2] ?? ""), type: "", samples: [] });
      continue;
    }
    const family = families.get(name);
    if (family === undefined) throw new Error(`a line without a family: ${line}`);
    if (type !== null) {
      if (type[1] !== name || family.type !== "" || family.samples.length > 0) {
        throw new Error(`TYPE is not where it belongs: ${line}`);
      }
      family.type = type[2] ?? "";
      continue;
    }
    family.samples = [...family.samples, sampleOf(line, family)];
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function sampleOf(line: string, { name, type }: ReadFamily): Sample {
  const found = SAMPLE.exec(line);
  if (found === null) throw new Error(`not a sample: ${line}`);
  const [, own = "", labels = "", value = ""] = found;
  const suffix = own.slice(name.length);
  const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!own.startsWith(name) || !suffixes.includes(suffix)) throw new Error(`another's: ${line}`);
  const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`);
  return { name: own, labels: labelsIn(labels), value: number };
}

/** Character by character: a quoted value may hold commas, braces, quotes and backslashes. */
function labelsIn(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(text.slice(at))?.[0];
    if (name === undefined || name in labels) throw new Error(`no label at ${at}: ${text}`);
    at += name.length;
    if (text.slice(at, at + 2) !== '="') throw new Error(`no value at ${at}: ${text}`);
    at += 2;
    let value = "";
    for (; text[at] !== '"'; at += 1) {
      const character = text[at];
      if (character === undefined) throw new Error(`a value does not end: ${text}`);
      if (character !== "\\") value += character;
      else {
        at += 1;
        const escaped = text[at] ?? "";
        if (!["\\", '"', "n"].includes(escaped)) throw new Error(`a wrong escape: ${text}`);
        value += escaped === "n" ? "\n" : escaped;
      }
    }
    labels[name] = value;
    at += 1;
    if (at < text.length && text[at] !== ",") throw new Error(`no comma at ${at}: ${text}`);
    at += 1;
  }
  return labels;
}

function unescaped(help: string): string {
  return help.replace(/\\(\\|n)/g, (_, escaped) => (escaped === "n" ? "\n" : "\\"));
}

function checkFamily({ name, type, samples }: ReadFamily): void {
  if (type === "") throw new Error(`${name} has no TYPE`);
  if ((type === "counter") !== name.endsWith("_total"))
    throw new Error(`${name} is no name of a ${type}`);
  const seen = new Set(samples.map(({ name: own, labels }) => own + JSON.stringify(labels)));
  if (seen.size !== samples.length) throw new Error(`${name} says the same labels twice`);
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, all] of series) {
    const buckets = all.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) =>
      labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le),
    );
    const counts = buckets.map(({ value }) => value);
    const rises = (numbers: readonly number[]) =>
      numbers.every((number, at) => at === 0 || number >= (numbers[at - 1] ?? 0));
    if (!rises(bounds) || !rises(counts)) throw new Error(`${name}${key} is not cumulative`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name}${key} has no +Inf`);
    const count = all.find((one) => one.name === `${name}_count`)?.value;
    if (count !== counts.at(-1)) throw new Error(`${name}${key} counts otherwise than +Inf`);
    if (!all.some((one) => one.name === `${name}_sum`)) throw new Error(`${name}${key} has no sum`);
  }
}

/** The value of one sample; undefined where there is none with just these labels. */
export function valueIn(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = name.replace(/_(bucket|sum|count)$/, "");
  const samples = (families.get(name) ?? families.get(family))?.samples ?? [];
  const wanted = JSON.stringify(Object.entries(labels).toSorted());
  return samples.find(
    (one) => one.name === name && JSON.stringify(Object.entries(one.labels).toSorted()) === wanted,
  )?.value;
}
