/**
 * Exactly one thing is broken, in real files and a real process: the start stops at its gate and
 * names the check that is to blame, and why. The last gate has a file of its own.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import { freshFolder, pgs } from "./cli.ts";
import {
  copyOf,
  genesis,
  greet,
  type How,
  programCopy,
  type Stop,
  stoppedAt,
  uncompiled,
  workspace,
} from "./genesis-place.ts";

/** What is broken, in a workspace of its own or around it, and where the start stops. */
type Case = readonly [what: string, broken: (folder: string) => How | undefined, stop: Stop];

function check(cases: readonly Case[]): void {
  test.each(cases)("%s", (_, broken, stop) => {
    const folder = workspace();
    const how = broken(folder);
    stoppedAt(genesis(folder, how ?? {}), stop);
  });
}

/** With a data root in which something has run, left cleanly. */
let ran: string | undefined;
function lived(): string {
  if (ran === undefined) {
    ran = workspace();
    expect(greet(ran, "Ada").code).toBe(0);
  }
  return copyOf(ran);
}

const isRoot = process.getuid?.() === 0;
const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted.splice(0)) execFileSync("umount", ["-l", folder]);
});

function disk(size: string): string | undefined {
  const folder = freshFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], {
      stdio: "ignore",
    });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const canMount = disk("64k") !== undefined;

describe("G1, physical viability: a start stops where", () => {
  check([
    [
      "the workspace is not there",
      (folder) => void rmSync(folder, { recursive: true }),
      ["G1", "workspace", "workspace/not-a-folder"],
    ],
    [
      "the workspace is a link",
      (folder) => {
        renameSync(folder, `${folder}.away`);
        symlinkSync(`${folder}.away`, folder);
        return undefined;
      },
      ["G1", "workspace", "workspace/not-a-folder"],
    ],
    [
      "a file stands in place of the data root",
      (folder) => void writeFileSync(join(folder, "data"), ""),
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "the data root is a link",
      (folder) => void symlinkSync(freshFolder(), join(folder, "data")),
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "a file stands in place of the ledger's folder",
      (folder) => {
        mkdirSync(join(folder, "data"));
        writeFileSync(join(folder, "data/ledger"), "");
        return undefined;
      },
      ["G1", "data-root", "data-root/not-a-file"],
    ],
    [
      "a FIFO stands in place of the state",
      (folder) => {
        mkdirSync(join(folder, "data"));
        execFileSync("mkfifo", [join(folder, "data/state.db")]);
        return undefined;
      },
      ["G1", "data-root", "data-root/not-a-file"],
    ],
  ]);

  test.skipIf(!isRoot)("the data root is owned by somebody else", () => {
    const folder = lived();
    chownSync(join(folder, "data"), 12_345, 12_345);
    stoppedAt(genesis(folder), ["G1", "data-root-owner", "data-root/other-owner"]);
    const refused = greet(folder, "Bob", "--json");
    expect(refused.code).toBe(11);
    expect(refused.json()).toMatchObject({
      refused: { code: "data-root/other-owner", phase: "Φ1", gate: "G1" },
    });
  });

  test.skipIf(!canMount)("the disk is read-only", () => {
    const small = disk("16m") ?? "";
    const folder = workspace();
    const args = ["--data-root", join(small, "data")];
    expect(genesis(folder, { args }).code).toBe(0);
    execFileSync("mount", ["-o", "remount,ro", small]);
    stoppedAt(genesis(folder, { args }), ["G1", "flush", "data-root/not-writable"]);
    const fresh = { args: ["--data-root", join(small, "other")] };
    stoppedAt(genesis(folder, fresh), ["G1", "data-root", "data-root/not-writable"]);
  });

  test.skipIf(!canMount)("the disk is full: what follows from that is not looked at", () => {
    const small = disk("16m") ?? "";
    writeFileSync(join(small, "fill"), Buffer.alloc(12 * 1024 * 1024));
    const report = genesis(workspace(), { args: ["--data-root", join(small, "data")] });
    stoppedAt(report, ["G1", "room", "data-root/no-room"]);
    const rest = report.phases.at(-1)?.checks.slice(1, 3);
    expect(rest).toMatchObject([
      { name: "flush", ok: false, found: "not looked at", cause: "room" },
      { name: "lock", ok: false, found: "not looked at", cause: "room" },
    ]);
  });

  test("another process holds the data root", async () => {
    const folder = lived();
    const database = createRequire(import.meta.url)("libsql") as new (path: string) => Lockable;
    const held = new database(join(folder, "data/owner.db"));
    held.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;");
    try {
      stoppedAt(genesis(folder), ["G1", "lock", "data-root/held"]);
    } finally {
      held.close();
    }
    expect(genesis(folder).code).toBe(0);
  });
});

interface Lockable {
  readonly exec: (sql: string) => void;
  readonly close: () => void;
}

describe("G2, kernel: a start stops where", () => {
  const settings = (text: string) => (folder: string) =>
    void writeFileSync(join(folder, "pgs.config.yaml"), text);
  check([
    [
      "a key of the configuration is unknown",
      settings("data_rot: data\n"),
      ["G2", "configuration", "config/unknown-key"],
    ],
    [
      "a value has the wrong type",
      settings("wait_seconds: soon\n"),
      ["G2", "configuration", "config/wrong-type"],
    ],
    [
      "a value is out of bounds",
      settings("batch: { concurrency: 100000 }\n"),
      ["G2", "configuration", "config/bad-value"],
    ],
    [
      "a variable is unknown",
      () => ({ env: { PGS_DATA_ROT: "x" } }),
      ["G2", "configuration", "config/unknown-variable"],
    ],
    [
      "the configuration is no file",
      (folder) => void mkdirSync(join(folder, "pgs.config.yaml")),
      ["G2", "configuration", "config/not-a-file"],
    ],
    [
      "the clock was never set",
      () => ({ before: "Date.now = () => 0;" }),
      ["G2", "clock", "clock/unset"],
    ],
    [
      "randomness repeats itself",
      () => ({
        before: 'require("node:crypto").randomBytes = (bytes) => Buffer.alloc(bytes);',
      }),
      ["G2", "entropy", "entropy/predictable"],
    ],
  ]);

  test("the clock stands hours behind the ledger", () => {
    const before = "const now = Date.now; Date.now = () => now() - 2 * 60 * 60 * 1000;";
    stoppedAt(genesis(lived(), { before }), ["G2", "clock", "clock/behind"]);
  });
});

/** The folder of the snapshot that is current. */
function sealed(folder: string): string {
  const id = readFileSync(join(folder, "snapshots/current"), "utf8").trim();
  return join(folder, "snapshots", id);
}

/** Seals what stands there again, with another manifest: as an older or newer program would have. */
function resealed(folder: string, change: (manifest: Manifest) => Manifest): void {
  const before = sealed(folder);
  const manifest = JSON.parse(readFileSync(join(before, "manifest.json"), "utf8")) as Manifest;
  const text = `${canonical(change(manifest) as never)}\n`;
  writeFileSync(join(before, "manifest.json"), text);
  const id = sha256(text);
  renameSync(before, join(folder, "snapshots", id));
  writeFileSync(join(folder, "snapshots/current"), `${id}\n`);
}

interface Manifest {
  readonly format: number;
  readonly files: readonly { readonly path: string }[];
}

const broken = (change: (copy: string) => void) => (): How => {
  const program = programCopy();
  change(program);
  return { program };
};

describe("G3, operational reality: a start stops where", () => {
  check([
    [
      "nothing was compiled",
      (folder) => void rmSync(join(folder, "snapshots"), { recursive: true }),
      ["G3", "snapshot", "snapshot/not-found"],
    ],
    [
      "a byte of the snapshot was changed",
      (folder) => {
        const graphs = join(sealed(folder), "graphs");
        const path = join(graphs, readdirSync(graphs)[0] ?? "");
        writeFileSync(path, readFileSync(path, "utf8").replace('"format":', '"Format":'));
        appendFileSync(path, " ");
        return undefined;
      },
      ["G3", "snapshot", "snapshot/changed-file"],
    ],
    [
      "a file of the snapshot is missing",
      (folder) => void rmSync(join(sealed(folder), "policies.json")),
      ["G3", "snapshot", "snapshot/missing-file"],
    ],
    [
      "a file stands beside the snapshot's own",
      (folder) => void writeFileSync(join(sealed(folder), "more.json"), "{}"),
      ["G3", "snapshot", "snapshot/additional-file"],
    ],
    [
      "the snapshot is of a newer format",
      (folder) =>
        resealed(folder, (manifest) => ({ ...manifest, format: manifest.format + 1 })) ?? undefined,
      ["G3", "snapshot", "snapshot/newer-format"],
    ],
    [
      "a capability is missing",
      broken((copy) => rmSync(join(copy, "dist/capabilities/compare.js"))),
      ["G3", "capabilities", "capability/missing"],
    ],
    [
      "a capability was changed",
      broken((copy) => appendFileSync(join(copy, "dist/capabilities/compare.js"), "\n")),
      ["G3", "capabilities", "capability/changed"],
    ],
    [
      "a capability throws when it is loaded",
      () => {
        const program = programCopy();
        writeFileSync(join(program, "dist/capabilities/compare.js"), 'throw new Error("no");\n');
        return { program, args: ["--allow-changed-capabilities"] };
      },
      ["G3", "capabilities-load", "capability/throws"],
    ],
  ]);

  test("the snapshot was sealed before there were policies", () => {
    const folder = workspace();
    for (const file of ["intents.json", "policies.json"]) rmSync(join(sealed(folder), file));
    resealed(folder, (manifest) => ({
      ...manifest,
      files: manifest.files.filter(({ path }) => path.includes("/")),
    }));
    stoppedAt(genesis(folder), ["G3", "registries", "snapshot/no-boot"]);
  });

  const ledger = (folder: string) => join(folder, "data/ledger/00000001.jsonl");

  test("a line of the ledger was changed", () => {
    const folder = lived();
    writeFileSync(ledger(folder), readFileSync(ledger(folder), "utf8").replace("Ada", "Eve"));
    stoppedAt(genesis(folder), ["G3", "ledger", "line/hash-differs"]);
  });

  test("the ledger lost its last line", () => {
    const folder = lived();
    const lines = readFileSync(ledger(folder), "utf8").trim().split("\n");
    writeFileSync(ledger(folder), `${lines.slice(0, -1).join("\n")}\n`);
    stoppedAt(genesis(folder), ["G3", "ledger", "ledger/truncated"]);
  });

  test("the state is another ledger's", () => {
    const [folder, other] = [lived(), lived()];
    expect(greet(other, "Bob").code).toBe(0);
    // As long as the other one, so that only what stands there tells them apart.
    expect(greet(folder, "Cyd").code).toBe(0);
    cpSync(join(other, "data/state.db"), join(folder, "data/state.db"));
    stoppedAt(genesis(folder), ["G3", "state", "state/other-ledger"]);
  });

  test("a torn tail is no reason to stop: it is cut off, and told", () => {
    const folder = lived();
    appendFileSync(ledger(folder), '{"n":');
    const { code, phases } = genesis(folder);
    expect(code).toBe(0);
    const recovery = phases[2]?.checks.find(({ name }) => name === "recovery");
    expect(recovery).toMatchObject({ ok: true, found: "a torn tail of 5 bytes was cut off" });
  });
});

describe("G4, activation: a start stops where", () => {
  check([
    [
      "the store worker is missing",
      broken((copy) => rmSync(join(copy, "dist/store-worker.cjs"))),
      ["G4", "store-worker", "program/no-store-worker"],
    ],
    [
      "the store worker does not come to life",
      broken((copy) =>
        writeFileSync(join(copy, "dist/store-worker.cjs"), 'throw new Error("no");'),
      ),
      ["G4", "store-worker", "program/no-store-worker"],
    ],
    [
      "a timer never rings",
      () => ({
        before:
          "const set = setTimeout; setTimeout = (ring, ms) => (ms === 1 ? {} : set(ring, ms));",
      }),
      ["G4", "timers", "clock/no-timer"],
    ],
  ]);
});

test("a gate that is not asked for is not looked at", () => {
  const folder = workspace();
  rmSync(join(folder, "snapshots"), { recursive: true });
  for (const until of ["Φ2", "phi2", "2"]) {
    const { code, reached, phases } = genesis(folder, { args: ["--until", until] });
    expect({ code, reached }).toEqual({ code: 0, reached: "Φ2" });
    expect(phases.map(({ gate }) => gate)).toEqual(["G1", "G2"]);
  }
});

test.each(["0", "6", "Φ", "three"])("%s is no phase: wrong use", (until) => {
  const refused = pgs(["genesis", "--workspace", uncompiled(), "--until", until]);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("expected Φ1 to Φ5, or 1 to 5");
});
