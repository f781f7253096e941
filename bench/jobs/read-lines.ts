/**
 * The job behind the floor of the verify section: reads the ledger's files as lines, and hashes and
 * parses each. It compares nothing: what it does is what any check at all must do.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NEWLINE = 0x0a;

export interface ReadLinesAnswer {
  readonly lines: number;
  readonly cpuSeconds: number;
}

export function readLines({ dataRoot }: { readonly dataRoot: string }): ReadLinesAnswer {
  const folder = join(dataRoot, "ledger");
  const before = process.cpuUsage();
  let lines = 0;
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = bytes.subarray(start, end + 1);
      createHash("sha256").update(line).digest("hex");
      JSON.parse(line.toString("utf8"));
      lines += 1;
      start = end + 1;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { lines, cpuSeconds: (user + system) / 1_000_000 };
}
