/**
 * Runs the sections one after another and prints the report: Markdown, or one JSON document with
 * `--json`. It never judges: the exit code is 0 whenever everything could be measured.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchOf, type Section } from "./bench.ts";
import { describeHost, loadPerCore } from "./host.ts";
import { markdownOf, type Report } from "./report.ts";
import { alone } from "./sections/alone.ts";
import { batch } from "./sections/batch.ts";
import { coldStart } from "./sections/cold-start.ts";
import { compile } from "./sections/compile.ts";
import { durable, durableSmall, slowDisk } from "./sections/durable.ts";
import { genesis } from "./sections/genesis.ts";
import { machine } from "./sections/machine.ts";
import { map } from "./sections/map.ts";
import { memory } from "./sections/memory.ts";
import { policy } from "./sections/policy.ts";
import { proofs } from "./sections/proofs.ts";
import { recovery } from "./sections/recovery.ts";
import { verify } from "./sections/verify.ts";
import { waiting } from "./sections/waiting.ts";
import { waves } from "./sections/waves.ts";

const SECTIONS: readonly Section[] = [
  coldStart,
  machine,
  compile,
  verify,
  durable,
  durableSmall,
  slowDisk,
  alone,
  memory,
  recovery,
  batch,
  policy,
  genesis,
  waiting,
  map,
  proofs,
  waves,
];

const HELP = `npm start -- [options]

  --json            one JSON document instead of Markdown
  --quick           few samples, for trying the measurements themselves
  --million         a million executions in the memory section: minutes, and gigabytes of disk
  --only <names>    sections by name, with commas:
                    ${SECTIONS.map(({ name }) => name).join(", ")}
`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    million: { type: "boolean", default: false },
    only: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function chosen(only: string | undefined): readonly Section[] {
  if (only === undefined) return SECTIONS;
  return only.split(",").map((name) => {
    const section = SECTIONS.find((known) => known.name === name);
    if (section === undefined) throw new Error(`there is no section \`${name}\`\n${HELP}`);
    return section;
  });
}

function measure(): Report {
  const built = dirname(fileURLToPath(import.meta.url));
  const root = join(built, "..", "..");
  const scratch = join(built, "scratch");
  mkdirSync(scratch, { recursive: true });
  const places = {
    root,
    scratch,
    childFile: join(built, "child.mjs"),
    cpuFile: join(built, "..", "cpu-at-exit.cjs"),
  };
  const bench = benchOf(places, { quick: values.quick, million: values.million });
  const host = describeHost(root);
  const before = loadPerCore();
  const sections = chosen(values.only).map(({ title, run }) => ({ title, rows: run(bench) }));
  const load = [before, loadPerCore()] as const;
  rmSync(scratch, { recursive: true, force: true });
  return { host, load, quick: values.quick, sections };
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  const report = measure();
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : markdownOf(report));
}
