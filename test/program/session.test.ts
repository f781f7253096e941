/** Sessions as a person meets them, with the built program: opened with real tokens, used, ended. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { protocolText } from "../compiler/policy/protocol.ts";
import {
  claims,
  ED,
  encoded,
  goodToken,
  jwkOf,
  pemOf,
  RSA,
  tokenOf,
} from "../runtime/identity/tokens.ts";
import { contents, filesIn, freshFolder, pgs, type Ran, root } from "./cli.ts";

const NOW = Math.floor(Date.now() / 1_000);
const REFUSED = 4;
const BAD_USE = 2;
const BAD_CONFIG = 12;

const CONFIG = `identity:
  issuer: https://issuer.example
  audience: pgs
  jwks_file: keys.json
`;

/** A workspace with one intent, `club.join`, for porters, and an issuer of tokens. */
function workspace(): string {
  const folder = freshFolder();
  mkdirSync(join(folder, "protocol/domains/example"), { recursive: true });
  const intent = "requires: { roles: [porter] }";
  writeFileSync(join(folder, "protocol/domains/example/example.yaml"), protocolText({ intent }));
  const keys = [jwkOf(ED, { kid: "ed" }), jwkOf(RSA, { kid: "rsa" })];
  writeFileSync(join(folder, "keys.json"), JSON.stringify({ keys }));
  writeFileSync(join(folder, "pgs.config.yaml"), CONFIG);
  const compiled = pgs(["compile", folder]);
  expect(compiled.code, compiled.out + compiled.err).toBe(0);
  return folder;
}

let folder: string;
beforeAll(() => {
  folder = workspace();
});

let made = 0;
function tokenFile(more: object = {}): string {
  made += 1;
  const file = join(folder, `token-${made}.jwt`);
  writeFileSync(file, `${goodToken({ jti: made, roles: ["porter"], ...more }, NOW)}\n`);
  return file;
}

interface Said {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

function session(args: readonly string[], said: Said = {}): Ran {
  return pgs(["session", ...args], { cwd: folder, ...said });
}

function opened(args: readonly string[], said: Said = {}): Record<string, string> {
  const ran = session(["create", "--json", ...args], said);
  expect(ran.code, ran.out + ran.err).toBe(0);
  return ran.json() as Record<string, string>;
}

const join_ = ["run", "--intent", "club.join", "--payload", "-", "--json"];

function joined(credential: string, more: readonly string[] = []): Ran {
  const input = JSON.stringify({ name: "n", age: 20 });
  const env: Record<string, string> = credential === "" ? {} : { PGS_SESSION: credential };
  return pgs([...join_, ...more], { cwd: folder, env, input });
}

/** What was written, but for what a start writes of itself. */
function records(): readonly LedgerRecord[] {
  const file = join(folder, "data/ledger/00000001.jsonl");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const all = lines.map((line) => JSON.parse(line) as LedgerRecord);
  const starts = all.filter((one) => one.type === "opened" && one.tenant === "_genesis");
  const own = new Set(starts.map(({ trace }) => trace));
  return all.filter(({ type, trace }) => type !== "boot" && !own.has(trace));
}

test("a session is opened with a token, used, shown and ended", () => {
  const ran = session(["create", "--token", tokenFile(), "--seconds", "120"]);
  expect(ran.code, ran.err).toBe(0);
  // What a shell puts into a variable is the credential, and nothing else.
  expect(ran.out).toMatch(/^session-[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}\n$/);
  const credential = ran.out.trim();
  const [id = "", secret = ""] = credential.split(".");
  expect(ran.err).toContain(`opened ${id} for ada of tenant acme, until `);
  expect(ran.err).not.toContain(secret);
  expect(joined(credential).code).toBe(0);
  const env = { PGS_SESSION: credential };
  const shown = session(["show", "--json"], { env });
  expect(shown.json()).toMatchObject({
    session: id,
    status: "open",
    tenant: "acme",
    principal: "ada",
    identity: "token",
    roles: ["porter"],
  });
  expect(session(["show", id], { env }).out).toMatch(/^status +open$/m);
  expect(session(["list"], { env }).out).toContain(`${id}  open    ada`);
  const ended = session(["end", "--json"], { env });
  expect(ended.json()).toEqual({ session: id, ended_at: expect.any(String) });
  const refused = joined(credential);
  expect(refused.code).toBe(REFUSED);
  expect(refused.json()).toMatchObject({
    refused: { code: "session/ended", trace_id: expect.stringMatching(/^refused-/) },
  });
  expect(pgs(["verify", "--state"], { cwd: folder }).code).toBe(0);
});

test("the credential and the token stand nowhere but where they were given", () => {
  const file = tokenFile();
  const { credential = "" } = opened(["--token", file]);
  const token = readFileSync(file, "utf8").trim();
  const ran = joined("", ["--session", credential]);
  expect(ran.code, ran.err).toBe(0);
  expect(readFileSync(join(folder, "data/owner.json"), "utf8")).toContain("--session [secret]");
  expect(joined("", [`--session=${credential}`]).code).toBe(0);
  const shown = pgs(["config", "show", "--session", credential], { cwd: folder });
  expect(shown.out).toMatch(/^session +\[secret\] +--session$/m);
  const secrets = [credential.split(".")[1] ?? "", token.split(".")[2] ?? ""];
  for (const name of filesIn(folder).filter((one) => !one.endsWith(".jwt"))) {
    const bytes = readFileSync(join(folder, name));
    for (const secret of secrets) expect(bytes.includes(secret), name).toBe(false);
  }
});

test("a token comes from standard input, too, and opens one session", () => {
  const input = readFileSync(tokenFile(), "utf8").trimEnd();
  expect(opened(["--token", "-"], { input })).toMatchObject({ principal: "ada" });
  const again = session(["create", "--token", "-", "--json"], { input });
  expect(again.code).toBe(REFUSED);
  expect(again.json()).toMatchObject({ refused: { code: "token/replayed" } });
});

test("the operator has a session without a token", () => {
  const env = { PGS_OPERATOR_ROLES: "porter", PGS_OPERATOR_PRINCIPAL: "grace" };
  const { credential = "", principal, identity } = opened([], { env });
  expect([principal, identity]).toEqual(["grace", "operator"]);
  expect(joined(credential).code).toBe(0);
});

test("a tenant sees and ends its own sessions alone", () => {
  const ours = opened(["--token", tokenFile()]);
  const theirs = opened(["--token", tokenFile({ tenant: "globex", sub: "eve" })]);
  const env = { PGS_SESSION: theirs.credential ?? "" };
  const listed = session(["list", "--json"], { env }).json() as { sessions: { tenant: string }[] };
  expect(listed.sessions.map(({ tenant }) => tenant)).toEqual(["globex"]);
  for (const act of ["show", "end"]) {
    const told = session([act, ours.session ?? "", "--json"], { env });
    expect(told.code).toBe(REFUSED);
    const nobodys = session([act, "session-nobodys", "--json"], { env });
    expect(told.json()).toEqual(nobodys.json());
  }
});

interface Case extends Said {
  readonly args: () => readonly string[];
  readonly exit: number;
  readonly code: string;
  readonly says: string;
}

const created = (token: string) => {
  made += 1;
  const file = join(folder, `bad-${made}.jwt`);
  writeFileSync(file, token);
  return ["create", "--token", file];
};

const CASES: Readonly<Record<string, Case>> = {
  "a token that has expired": {
    args: () => ["create", "--token", tokenFile({ exp: NOW - 3_600 })],
    exit: REFUSED,
    code: "token/expired",
    says: "found one that expired at",
  },
  "a token of another issuer": {
    args: () => ["create", "--token", tokenFile({ iss: "https://evil.example" })],
    exit: REFUSED,
    code: "token/issuer",
    says: "found `https://evil.example`",
  },
  "a token that says that it needs no signature": {
    args: () => created(`${encoded({ alg: "none" })}.${encoded(claims({}, NOW))}.`),
    exit: REFUSED,
    code: "token/algorithm",
    says: "found `none`",
  },
  "a token whose secret is the issuer's public key": {
    args: () => created(tokenOf({ alg: "HS256", kid: "rsa" }, claims({}, NOW), pemOf(RSA))),
    exit: REFUSED,
    code: "token/algorithm",
    says: "found `HS256`",
  },
  "a token with something around it": {
    args: () => created(`Bearer ${goodToken({}, NOW)}`),
    exit: REFUSED,
    code: "token/malformed",
    says: "expected parts in base64url",
  },
  "no token's file": {
    args: () => ["create", "--token", "nowhere.jwt"],
    exit: BAD_USE,
    code: "token/not-readable",
    says: "found ENOENT",
  },
  "a folder for a token": {
    args: () => ["create", "--token", "protocol"],
    exit: BAD_USE,
    code: "token/not-readable",
    says: "found something else",
  },
  "a session of no time": {
    args: () => ["create", "--seconds", "0"],
    exit: BAD_USE,
    code: "config/bad-value",
    says: "expected an integer from 1 to 2592000, found `0`",
  },
  "a session that opens another": {
    args: () => ["create"],
    env: { PGS_SESSION: "session-a.b" },
    exit: BAD_USE,
    code: "session/unclear",
    says: "found a session",
  },
  "no session to show": {
    args: () => ["show"],
    exit: BAD_USE,
    code: "session/no-id",
    says: "expected the id of a session",
  },
  "a credential that is none": {
    args: () => ["list"],
    env: { PGS_SESSION: "s3cret" },
    exit: REFUSED,
    code: "session/bad-credential",
    says: "expected a session's credential",
  },
  "where nobody's tokens are taken": {
    args: () => {
      const config = join(freshFolder(), "ws");
      return ["create", "--token", tokenFile(), "--workspace", bare(config)];
    },
    exit: BAD_CONFIG,
    code: "identity/not-configured",
    says: "found none",
  },
  "a file of keys that is not there": {
    args: () => ["create", "--token", tokenFile()],
    env: { PGS_IDENTITY_JWKS_FILE: "gone.json" },
    exit: BAD_CONFIG,
    code: "identity/unreadable-keys",
    says: "found ENOENT",
  },
  "a folder for a file of keys": {
    args: () => ["create", "--token", tokenFile()],
    env: { PGS_IDENTITY_JWKS_FILE: "protocol" },
    exit: BAD_CONFIG,
    code: "identity/unreadable-keys",
    says: "found something else",
  },
  "a file of keys that holds none": {
    args: () => ["create", "--token", tokenFile()],
    env: { PGS_IDENTITY_JWKS_FILE: "pgs.config.yaml" },
    exit: BAD_CONFIG,
    code: "identity/bad-keys",
    says: "pgs.config.yaml`: expected a value",
  },
  "two files of keys": {
    args: () => ["list"],
    env: { PGS_IDENTITY_KEY_FILE: "keys.json" },
    exit: BAD_CONFIG,
    code: "config/either-or",
    says: "found both",
  },
};

/** The same protocol, of which nobody says whose tokens are taken. */
function bare(at: string): string {
  mkdirSync(at);
  for (const name of ["protocol", "snapshots"]) symlinkSync(join(folder, name), join(at, name));
  return at;
}

describe("what is refused tells why, and leaves nothing behind", () => {
  for (const [what, { args, exit, code, says, ...said }] of Object.entries(CASES)) {
    test(what, () => {
      // So that there is a ledger to leave something in.
      opened([]);
      const before = records();
      const ran = session([...args(), "--json"], said);
      expect([ran.code, ran.err]).toEqual([exit, expect.any(String)]);
      const { refused } = ran.json() as { refused: { code: string; message: string } };
      expect(refused.code).toBe(code);
      expect(refused.message).toContain(says);
      expect(ran.out + ran.err).not.toContain("s3cret");
      expect(records()).toEqual(before);
    });
  }
});

test("what verifies tokens is loaded for a token, and not before", () => {
  const { "dist/parts/jwt.cjs": part, ...others } = Object.fromEntries(
    ["commands/run.js", "commands/session.js", "parts/jwt.cjs"].map((name) => {
      const text = readFileSync(join(root, "dist", name), "utf8");
      return [`dist/${name}`, text.includes("ERR_JWS_SIGNATURE_VERIFICATION_FAILED")];
    }),
  );
  expect(part).toBe(true);
  expect(Object.values(others)).toEqual([false, false]);
});

test("to look at sessions writes nothing", () => {
  opened([]);
  const before = contents(join(folder, "data"));
  expect(session(["list"]).code).toBe(0);
  expect(contents(join(folder, "data"))).toEqual(before);
});
