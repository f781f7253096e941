/**
 * The committed policies: every case of their tables is decided as it expects, every rule decides
 * some case, and whoever is denied stands in the ledger as refused, by the role that the table says.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExpectedDecision } from "../../compiler/index.ts";
import { ACTS } from "../../protocol/language/acts.ts";
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import type { Decision, RefusedBody } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { decideCase, governorOf } from "../../runtime/index.ts";
import { freshFolder } from "../capabilities/built.ts";
import { compileDomains, DOMAINS, openWorld } from "./compiled.ts";

const compilation = await compileDomains(DOMAINS);
const sealed = (file: string) => JSON.parse(compilation.snapshot?.files.get(file) ?? "null");
const governance: SealedGovernance = {
  intents: sealed("intents.json"),
  policies: sealed("policies.json"),
};
const governor = governorOf(governance);

interface Tried {
  readonly expected: ExpectedDecision;
  readonly decided: Decision;
}

const tried: readonly Tried[] = await Promise.all(
  compilation.expected.map(async (expected) => ({
    expected,
    decided: await decideCase(governor, expected.case),
  })),
);

it("every case is decided as its table expects", () => {
  const differing = tried.filter(({ expected, decided }) => expected.expect !== decided.decision);
  expect(differing).toEqual([]);
  expect(tried.length).toBeGreaterThan(80);
});

it("every statement decides some case, as it is meant to", () => {
  const deciding = new Set(tried.flatMap(({ decided }) => decided.rulings.flatMap(determining)));
  const statements = governance.policies.policies.flatMap((policy) => policy.statements);
  expect(statements.map(({ id }) => id).filter((id) => !deciding.has(id))).toEqual([]);
});

function determining({ determining: ids }: Decision["rulings"][number]): readonly string[] {
  return ids;
}

it("every intent and every act is allowed to somebody, and denied to somebody by each who can", () => {
  const types = governance.intents.intents.map(({ type }) => type);
  const all = [...types, ...ACTS.map(({ type }) => type)];
  const cases = (type: string) => tried.filter(({ expected }) => expected.case.intent === type);
  const of = (type: string, verdict: string) =>
    cases(type).filter(({ decided }) => decided.decision === verdict);
  expect(all.filter((type) => of(type, "allow").length === 0)).toEqual([]);
  expect(all.filter((type) => of(type, "deny").length === 0)).toEqual([]);
  const denying = new Set(
    tried.flatMap(({ expected, decided: { rulings, decision } }) =>
      decision === "deny" ? [`${rulings.at(-1)?.role} ${expected.case.intent}`] : [],
    ),
  );
  // Whose roles all have something to object to; elsewhere one role may let everybody through.
  const authored = types.filter((type) => /^(ai_governance|blockchain)\./.test(type));
  const silent = DECIDING_ROLES.flatMap((role) =>
    authored.map((type) => `${role} ${type}`).filter((one) => !denying.has(one)),
  );
  // Nothing that an agent asks for carries a label: there the Data Steward has nothing to object to.
  expect(silent).toEqual(["data_steward ai_governance.govern_agent_action"]);
});

describe("what was denied", () => {
  const denied = tried.filter(
    ({ expected: { expect: verdict, case: one } }) =>
      verdict === "deny" && one.intent.includes("_") && one.principal.identity !== "runtime",
  );
  const isAct = (type: string) => ACTS.some((act) => act.type === type);

  it("stands in the ledger as refused, with the role that denied it and what it saw", async () => {
    const folder = freshFolder();
    const asked = denied.filter(({ expected }) => !isAct(expected.case.intent));
    expect(asked.length).toBeGreaterThan(25);
    for (const { expected } of asked) {
      const { principal, tenant, intent, payload } = expected.case;
      const { name, roles, attributes } = principal;
      const operator = { tenant, principal: name, roles, attributes };
      const world = await openWorld(compilation, { folder, operator });
      await expect(world.submit({ intent, payload })).rejects.toBeInstanceOf(Refusal);
      expect(world.closed).toEqual([]);
      await world.close();
    }
    const records = recordsIn(join(folder, "data", "ledger"));
    expect(new Set(records.map(({ type }) => type))).toEqual(new Set(["refused"]));
    expect(records.map(told)).toEqual(
      asked.map(({ expected, decided }) => wanted(expected, decided)),
    );
  });

  function told({ intent, principal, tenant, policy }: RefusedBody) {
    return { intent, principal, tenant, unmet: policy?.unmet, rulings: policy?.rulings };
  }

  function wanted({ case: one }: ExpectedDecision, { unmet, rulings }: Decision) {
    const { intent, principal, tenant } = one;
    return { intent, principal: principal.name, tenant, unmet, rulings };
  }

  function recordsIn(ledger: string): readonly RefusedBody[] {
    return readdirSync(ledger)
      .sort()
      .flatMap((file) => readFileSync(join(ledger, file), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }
});

it("no record of a refusal shows what is labelled", async () => {
  const folder = freshFolder();
  const world = await openWorld(compilation, { folder });
  const payload = { entropy: `0x${"7f".repeat(16)}` };
  await expect(world.submit({ intent: "blockchain.derive_wallet_keys", payload })).rejects.toThrow(
    "custodian",
  );
  await world.close();
  const [file = ""] = readdirSync(join(folder, "data", "ledger"));
  const text = readFileSync(join(folder, "data", "ledger", file), "utf8");
  expect(text).toContain('"type":"refused"');
  expect(text).not.toContain("7f7f");
});
