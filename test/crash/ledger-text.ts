/**
 * A ledger read by other eyes than the program's: lines, hashes, positions and what they say happened,
 * from the format's description alone. It shares no code with what it judges.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Line {
  readonly n: number;
  readonly trace: string;
  readonly seq: number;
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface LedgerText {
  readonly lines: readonly Line[];
  readonly complaints: readonly string[];
}

const HASH = /,"hash":"([0-9a-f]{64})"\}\n$/;

/** Every line of every segment, and what does not hold in them. */
export function readLedgerText(data: string): LedgerText {
  const folder = join(data, "ledger");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const segments = names.filter((name) => name.endsWith(".jsonl")).sort();
  const text = segments.map((name) => readFileSync(join(folder, name), "utf8")).join("");
  const complaints: string[] = [];
  const lines: Line[] = [];
  const last = new Map<string, { readonly seq: number; readonly hash: string }>();
  for (const line of text.split(/(?<=\n)/)) {
    const hash = HASH.exec(line)?.[1];
    const place = `line ${lines.length + 1}`;
    if (hash === undefined) {
      complaints.push(`${place} is no record: ${JSON.stringify(line.slice(0, 60))}`);
      continue;
    }
    if (digest(line.replace(HASH, "}\n")) !== hash) complaints.push(`${place} has a wrong hash`);
    const record = JSON.parse(line) as Line;
    const before = last.get(record.trace) ?? { seq: 0, hash: "0".repeat(64) };
    if (record.n !== lines.length + 1) complaints.push(`${place} says that it is ${record.n}`);
    if (record.seq !== before.seq + 1) complaints.push(`${place} is out of its trace's order`);
    if (record.prev !== before.hash) complaints.push(`${place} breaks its trace's chain`);
    last.set(record.trace, { seq: record.seq, hash });
    lines.push(record);
  }
  return { lines, complaints };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What the lines say must follow from the lines before: each key once, each position once. */
export function foldText(lines: readonly Line[]): {
  readonly complaints: readonly string[];
  readonly names: ReadonlyMap<string, string>;
  readonly events: readonly string[];
} {
  const names = new Map<string, string>();
  const events: string[] = [];
  const complaints: string[] = [];
  for (const line of lines) {
    // A start tries itself out in a tenant of its own: nobody waits for that.
    if (line.type !== "effect" || line.tenant === "_genesis") continue;
    const place = `record ${line.n} of ${line.trace}`;
    if (line.operation === "REGISTER") {
      const key = String(line.key);
      const stands = names.has(key);
      if (stands !== (line.outcome === "ALREADY_EXISTS")) {
        complaints.push(
          `${place}: ${line.outcome} for \`${key}\`, which ${stands ? "" : "not "}stands`,
        );
      }
      if (!stands) names.set(key, (line.value as { by: string }).by);
    }
    if (line.operation === "APPEND") {
      events.push((line.value as { name: string }).name);
      const { position } = line.output as { position: number };
      if (position !== events.length) {
        complaints.push(`${place}: position ${position}, expected ${events.length}`);
      }
    }
  }
  return { complaints, names, events };
}
