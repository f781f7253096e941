/**
 * The jobs that run in a process of their own, so that no measurement inherits another's heap or
 * compiled code. A job prints one JSON document on standard output and nothing else.
 */
import process from "node:process";

const JOBS: Readonly<Record<string, () => Promise<(argument: never) => unknown>>> = {
  alone: async () => (await import("./jobs/alone.ts")).alone,
  boot: async () => (await import("./jobs/boot.ts")).boot,
  decisions: async () => (await import("./jobs/decisions.ts")).decisions,
  executions: async () => (await import("./jobs/executions.ts")).executions,
  machine: async () => (await import("./jobs/machine.ts")).machine,
  "make-ledger": async () => (await import("./jobs/make-ledger.ts")).makeLedger,
  map: async () => (await import("./jobs/map.ts")).map,
  memory: async () => (await import("./jobs/memory.ts")).memory,
  "open-executions": async () => (await import("./jobs/open-executions.ts")).openExecutions,
  passes: async () => (await import("./jobs/passes.ts")).passes,
  "read-lines": async () => (await import("./jobs/read-lines.ts")).readLines,
  "read-yaml": async () => (await import("./jobs/read-yaml.ts")).readYaml,
  start: async () => (await import("./jobs/start.ts")).start,
  waiting: async () => (await import("./jobs/waiting.ts")).waiting,
};

const [job, argument] = process.argv.slice(2);
const load = JOBS[job ?? ""];
if (load === undefined || argument === undefined) {
  throw new Error(`there is no job \`${job}\`; jobs are ${Object.keys(JOBS).join(", ")}`);
}
const run = await load();
process.stdout.write(`${JSON.stringify(await run(JSON.parse(argument) as never))}\n`);
