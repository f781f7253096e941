import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonical } from "../../protocol/language/canonical.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import { pgs } from "./cli.ts";
import {
  check,
  genesis,
  greet,
  type How,
  lived,
  programCopy,
  recordsIn,
  stoppedAt,
  uncompiled,
  workspace,
} from "./genesis-place.ts";

const issuer = (file: string) =>
  `identity: { issuer: "https://issuer.example", audience: pgs, jwks_file: ${file} }\n`;

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
      "the file of keys that tokens are signed with cannot be read",
      settings(issuer("gone.json")),
      ["G2", "issuer-keys", "identity/unreadable-keys"],
    ],
    [
      "the file of keys holds none",
      settings(issuer("pgs.config.yaml")),
      ["G2", "issuer-keys", "identity/bad-keys"],
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

  test("where the data root lies, nobody knows: it is not looked at, and no phase is claimed", () => {
    const folder = workspace();
    settings("data_rot: elsewhere\n")(folder);
    writeFileSync(join(folder, "data"), "");
    const report = genesis(folder);
    stoppedAt(report, ["G2", "configuration", "config/unknown-key"]);
    const [first] = report.phases;
    expect(first).toMatchObject({ gate: "G1", ok: false });
    const unseen = { ok: false, looked: false, found: "not looked at", cause: "configuration" };
    expect(first?.checks).toEqual([
      ...["data-root", "room", "lock"].map((name) => expect.objectContaining({ name, ...unseen })),
      expect.objectContaining({ name: "workspace", ok: true }),
    ]);
    const alone = genesis(folder, { args: ["--until", "1"] });
    expect({ code: alone.code, reached: alone.reached }).toEqual({ code: 11, reached: "Φ0" });
  });

  test("work stops at the same gate where the file of keys cannot be read", () => {
    const folder = workspace();
    settings(issuer("gone.json"))(folder);
    const ran = greet(folder, "n", "--json");
    expect(ran.code).toBe(12);
    expect(ran.json()).toMatchObject({
      refused: { code: "identity/unreadable-keys", gate: "G2" },
    });
    expect(recordsIn(folder)).toEqual([]);
  });

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
    for (const file of ["intents.json", "policies.json", "proofs.json"])
      rmSync(join(sealed(folder), file));
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
