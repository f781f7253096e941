/*
 * Part of the build: runs the program once on an example, in this process, and keeps what V8
 * compiled on the way beside each bundle, so that the next start need not compile it again. The
 * cache holds nothing but compiled code; a Node that does not take it compiles anew.
 */
"use strict";
const { existsSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { load } = require("./pgs.cjs");

const root = join(__dirname, "..");
const scripts = new Map();
const keep = (name, script) => void scripts.set(name, script);

/** A run on the committed snapshot warms what every run needs; without a snapshot, only the start. */
async function warm() {
  const folder = mkdtempSync(join(tmpdir(), "pgs-warm-"));
  const { main, quietIo } = load("main", keep);
  const loadCommand = (name) => load(`commands/${name}`, keep);
  const run = async (...args) => {
    const code = await main(args, quietIo(root), loadCommand);
    if (code !== 0) console.error(`note: \`pgs ${args[0]}\` ended with ${code} while warming up`);
  };
  try {
    if (existsSync(join(root, "snapshots", "current"))) {
      const payload = join(root, "protocol/domains/blockchain/payloads/register-actor.json");
      const workflow = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
      const place = ["--workspace", root, "--data-root", join(folder, "data")];
      const traces = ["--traces-dir", join(folder, "traces")];
      const once = ["run", "--wf", workflow, "--payload", payload, ...place, ...traces];
      await run(...once, "--trace-id", "warm");
      await run(...once, "--json");
      await run("examine", "warm", ...place, ...traces);
      await run("verify", ...place, ...traces);
      await run("compile", "--check");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // V8 takes a cache under the flags only that it was made under: those of a start.
  for (const flag of ["turbo-inline-js-wasm-calls", "wasm-tier-up", "wasm-dynamic-tiering"]) {
    setFlagsFromString(`--${flag}`);
  }
  for (const [name, script] of scripts) {
    writeFileSync(join(root, "dist", `${name}.cache`), script.createCachedData());
  }
}

void warm();
