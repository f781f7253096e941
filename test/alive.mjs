/**
 * The last thing that CI does: the built program comes to life, through all gates, on a workspace
 * where nothing has run, and on one whose writer was killed in the middle of work. Prints both.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const program = join(root, "bin/pgs.cjs");
const WORKFLOW = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
const LINES = 20_000;
const KILLED_AT_BYTES = 2_000_000;

const workspace = mkdtempSync(join(tmpdir(), "pgs-alive-"));
const at = ["--workspace", workspace];

function pgs(...args) {
  const { status } = spawnSync(process.execPath, [program, ...args, ...at], { stdio: "inherit" });
  if (status !== 0) throw new Error(`\`pgs ${args[0]}\` ended with ${status}`);
}

function ledgerBytes() {
  const file = join(workspace, "data/ledger/00000001.jsonl");
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Begins a batch, and kills its process when some of it is on the disk. */
async function killInTheMiddle() {
  const actor = (index) => ({
    first_name: `N${index}`,
    last_name: "B",
    email_registration: "a@b.example",
  });
  const line = (_, index) => JSON.stringify({ actor_record: actor(index) });
  const batch = join(workspace, "batch.jsonl");
  writeFileSync(batch, `${Array.from({ length: LINES }, line).join("\n")}\n`);
  const args = ["run", "--wf", WORKFLOW, "--batch", batch, ...at];
  const child = spawn(process.execPath, [program, ...args], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (ledgerBytes() < KILLED_AT_BYTES && child.exitCode === null) await sleep(5);
  if (child.exitCode !== null) throw new Error("the batch had ended before it was killed");
  child.kill("SIGKILL");
  await ended;
}

try {
  for (const domain of ["blockchain", "ai_governance"]) {
    const folder = join("protocol/domains", domain);
    cpSync(join(root, folder), join(workspace, folder), { recursive: true });
  }
  pgs("compile");
  pgs("genesis", "--until", "Φ5");
  await killInTheMiddle();
  pgs("genesis", "--until", "Φ5");
  pgs("verify", "--state");
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
