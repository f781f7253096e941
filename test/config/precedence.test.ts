/**
 * Which source wins, by property, with the built program: any subset of the file, the environment
 * and the flags may say any of the settings, and each has the value and the origin of the strongest
 * that says it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CONFIG_FILE } from "../../bin/config/config.ts";
import type { Origin } from "../../bin/config/origin.ts";
import { SETTINGS, type Setting, typed } from "../../bin/config/settings.ts";
import type { Json } from "../../protocol/language/json.ts";
import { freshFolder, pgs } from "../program/cli.ts";

const SOURCES = ["file", "environment", "flag"] as const;
type Source = (typeof SOURCES)[number];

/** What a setting may say: one text a source, so that each tells where it came from. */
const TEXTS: Readonly<Record<string, readonly [file: string, environment: string, flag: string]>> =
  {
    data_root: ["a", "b/c", "/tmp/pgs-nowhere"],
    traces_dir: ["x", "../y", "z z"],
    snapshot: ["snapshots/one", "two", "a".repeat(64)],
    wait_seconds: ["0", "1.5", "86400"],
    "batch.concurrency": ["1", "2", "1024"],
    "batch.traces": ["all", "failed", "none"],
    "batch.room_wait_seconds": ["3", "4", ""],
    "operator.tenant": ["acme", "globex-2", ""],
    "operator.principal": ["Ada", "ada@acme.example", ""],
    "operator.roles": ["clerk", "clerk,auditor", ""],
    "operator.attributes": ['{"floor":1}', '{"team":{"name":"é"},"x":[true]}', ""],
    session: ["a.b", "c.d", "e.f"],
    "identity.issuer": ["https://a.example", "b", ""],
    "identity.audience": ["pgs", "other", ""],
    "identity.jwks_file": ["keys/a.json", "../b.json", ""],
    "identity.key_file": ["a.pem", "/b.pem", ""],
    "identity.clock_skew_seconds": ["0", "300", ""],
    "identity.principal_claim": ["email", "https://a.example/user", ""],
    "identity.tenant_claim": ["org", "https://a.example/tenant", ""],
    "identity.roles_claim": ["groups", "role s", ""],
    "identity.attributes_claim": ["more", "x", ""],
    "identity.session_seconds": ["1", "60", "2592000"],
  };

type Said = ReadonlyMap<Setting, readonly Source[]>;

const anySaid: fc.Arbitrary<Said> = fc
  .tuple(
    ...SETTINGS.map((setting) => {
      const from = SOURCES.filter((source) => source !== "flag" || setting.flag !== undefined);
      return fc.subarray(from).map((sources) => [setting, sources] as const);
    }),
  )
  .map((entries) => whole(new Map(entries)));

/** Some settings are of use together only: whoever says one of them says the others. */
function whole(said: Map<Setting, readonly Source[]>): Said {
  const setting = (name: string) => SETTINGS.find(({ key }) => key === `identity.${name}`);
  const [issuer, audience, set, key] = ["issuer", "audience", "jwks_file", "key_file"].map(setting);
  if (!issuer || !audience || !set || !key) throw new Error("they are settings");
  const isSaid = (one: Setting) => (said.get(one)?.length ?? 0) > 0;
  if (![issuer, audience, set, key].some(isSaid)) return said;
  for (const one of [issuer, audience]) if (!isSaid(one)) said.set(one, ["file"]);
  if (isSaid(set)) said.set(key, []);
  else if (!isSaid(key)) said.set(set, ["environment"]);
  return said;
}

function textOf({ key }: Setting, source: Source): string {
  return TEXTS[key]?.[SOURCES.indexOf(source)] ?? "";
}

/** The file's text, with the line of each setting in it. */
function fileOf(said: Said): {
  readonly text: string;
  readonly lines: ReadonlyMap<string, number>;
} {
  const lines = ["# what this workspace says"];
  const places = new Map<string, number>();
  const above = new Set<string>();
  for (const setting of SETTINGS) {
    if (said.get(setting)?.includes("file") !== true) continue;
    const [first = "", second] = setting.path;
    if (second !== undefined && !above.has(first)) lines.push(`${first}:`);
    if (second !== undefined) above.add(first);
    const value = JSON.stringify(typed(textOf(setting, "file"), setting));
    lines.push(second === undefined ? `${first}: ${value}` : `  ${second}: ${value}`);
    places.set(setting.key, lines.length);
  }
  return { text: `${lines.join("\n")}\n`, lines: places };
}

function environmentOf(said: Said): Readonly<Record<string, string>> {
  const given = [...said].filter(([, sources]) => sources.includes("environment"));
  return Object.fromEntries(given.map(([one]) => [one.variable, textOf(one, "environment")]));
}

function flagsOf(said: Said): readonly string[] {
  const given = [...said].filter(([, sources]) => sources.includes("flag"));
  return given.flatMap(([one]) => [one.flag ?? "", textOf(one, "flag")]);
}

interface Shown {
  readonly setting: string;
  readonly value: Json;
  readonly origin: Origin;
}

const PLACES = ["data_root", "traces_dir", "snapshot", "identity.jwks_file", "identity.key_file"];

function check(said: Said): void {
  const cwd = freshFolder();
  const folder = join(cwd, "ws");
  const { text, lines } = fileOf(said);
  mkdirSync(folder);
  writeFileSync(join(folder, CONFIG_FILE), text);
  const args = ["config", "show", "--json", "--workspace", "ws", ...flagsOf(said)];
  const ran = pgs(args, { cwd, env: environmentOf(said) });
  expect(ran.code, ran.err + ran.out).toBe(0);
  const [workspace, ...shown] = (ran.json() as unknown as { settings: readonly Shown[] }).settings;
  const flag = { kind: "flag", flag: "--workspace" };
  expect(workspace).toEqual({ setting: "workspace", value: folder, origin: flag });
  expect(shown.map(({ setting }) => setting)).toEqual(SETTINGS.map(({ key }) => key));
  for (const [at, setting] of SETTINGS.entries()) {
    const { value, origin } = shown[at] ?? { value: null, origin: { kind: "default" } };
    const strongest = said.get(setting)?.at(-1);
    const where = { file: folder, environment: cwd, flag: cwd, default: folder };
    expect(origin.kind, setting.key).toBe(strongest ?? "default");
    const raw =
      strongest === undefined
        ? (setting.schema.default ?? null)
        : typed(textOf(setting, strongest), setting);
    const isPlace = PLACES.includes(setting.key) && raw !== "a".repeat(64) && raw !== null;
    const base = where[strongest ?? "default"];
    const text = String(raw);
    const settled = isPlace ? (text.startsWith("/") ? text : join(base, text)) : raw;
    expect(value).toEqual(setting.secret && raw !== null ? "[secret]" : settled);
    if (origin.kind === "file") {
      expect(origin).toMatchObject({ file: `ws/${CONFIG_FILE}`, line: lines.get(setting.key) });
    }
    if (origin.kind === "environment") expect(origin.variable).toBe(setting.variable);
    if (origin.kind === "flag") expect(origin.flag).toBe(setting.flag);
  }
}

test("each setting has the value and the origin of the strongest source that says it", () => {
  fc.assert(fc.property(anySaid, check), { numRuns: 25 });
});

test("with nothing said, each setting is its default", () => {
  check(new Map());
});
