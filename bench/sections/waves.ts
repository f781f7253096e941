/**
 * An insurer's whole book, moved from one registry to another in waves of a thousand policies: the
 * domain that comes with the program, `pgs run --batch` in a fresh process, its intent and its
 * policies asked as anybody's. What stands in the new book is counted afterwards.
 */
import { closeSync, cpSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { policiesOf } from "../../test/domains/old-book.ts";
import type { Bench, Section } from "../bench.ts";
import { numberText } from "../report.ts";
import { rowOf } from "../row.ts";
import { storedIn } from "../stored-orders.ts";

const SECTION = "waves";
const WAVES = { full: 350, quick: 5 };
const POLICIES_A_WAVE = 1_000;
/** One of seventeen was cancelled before, and is left behind. */
const LEFT_BEHIND_EVERY = 17;
const AT_ONCE = 2;
const MIB = 1024 ** 2;

export const waves: Section = {
  name: SECTION,
  title: "An insurer's book, migrated in waves",
  run: (bench) => {
    const count = WAVES[bench.quick ? "quick" : "full"];
    const policies = count * POLICIES_A_WAVE;
    bench.progress(`waves: ${numberText(policies)} policies`);
    const workspace = insurerWorkspace(bench);
    const file = join(workspace, "waves.jsonl");
    writeWaves(file, count);
    const data = join(workspace, "data");
    const work = ["--intent", "insurance.migrate_wave", "--batch", file, "--traces", "none"];
    const places = ["--workspace", workspace, "--data-root", data];
    const args = [join(bench.root, "bin", "pgs.cjs"), "run", ...work, ...places];
    const { ms, cpuMs, peakBytes } = bench.spent([...args, "--concurrency", String(AT_ONCE)], {
      PGS_OPERATOR_ROLES: "migration_lead",
    });
    const ledgerBytes = bytesIn(join(data, "ledger"));
    const expected = policies - Math.floor(policies / LEFT_BEHIND_EVERY);
    const stored = storedIn(data, "insurance/new_book");
    if (stored !== expected) throw new Error(`${expected} are to be stored, ${stored} are`);
    rmSync(workspace, { recursive: true });
    const row = (what: string, unit: string, value: number) =>
      rowOf({ section: SECTION, what, unit }, [value]);
    return [
      row(`${numberText(policies)} policies, start-up included`, "s", ms / 1_000),
      row("policies a second", "1/s", (policies / ms) * 1_000),
      row("processor time a policy", "µs", (cpuMs / policies) * 1_000),
      row("most resident memory", "MiB", peakBytes / MIB),
      row("the ledger", "MiB", ledgerBytes / MIB),
      row("the ledger, a policy", "B", ledgerBytes / policies),
    ];
  },
};

function insurerWorkspace(bench: Bench): string {
  const workspace = bench.folder("insurer");
  const domain = ["protocol", "domains", "insurance"];
  cpSync(join(bench.root, ...domain), join(workspace, ...domain), { recursive: true });
  bench.output([join(bench.root, "bin", "pgs.cjs"), "compile", "--workspace", workspace]);
  return workspace;
}

function writeWaves(file: string, count: number): void {
  const to = openSync(file, "w");
  for (let at = 0; at < count; at += 1) {
    const policies = policiesOf({ from: 1 + at * POLICIES_A_WAVE, count: POLICIES_A_WAVE });
    writeSync(to, `${JSON.stringify({ wave: `w${at}`, policies })}\n`);
  }
  closeSync(to);
}

/** All that stands there, compressed or not. */
function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
