/**
 * Each payload file gives the decision that its name says, in the order of these tables: what a row
 * changes, the rows after it find.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { member } from "../../protocol/language/json.ts";
import { compileDomains, DOMAINS, openWorld, payload, type World } from "./compiled.ts";

const compilation = await compileDomains(DOMAINS);

function useWorld(): () => World {
  let world: World | undefined;
  beforeAll(async () => {
    world = await openWorld(compilation);
  });
  afterAll(() => world?.close());
  return () => {
    if (world === undefined) throw new Error("the world is open");
    return world;
  };
}

it("the domains compile without a finding", () => {
  expect(compilation.diagnostics).toEqual([]);
});

it("a request has the same fingerprint on every data root and on every day", async () => {
  const fingerprints = new Set<string>();
  for (const _ of ["one", "another"]) {
    const world = await openWorld(compilation);
    const workflow = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
    const answer = await world.run(workflow, payload("blockchain", "register-actor"));
    fingerprints.add(answer.fingerprint);
    await world.close();
  }
  expect(fingerprints.size).toBe(1);
});

describe("blockchain", () => {
  const world = useWorld();
  const REGISTER = "blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0";
  const VERIFY = "blockchain::WF_VERIFY_ACTOR_V0";
  const CREATE = "blockchain::WF_CREATE_WALLET_V0";

  it.each([
    ["verify-actor", VERIFY, "unknown_actor", "NOT_FOUND"],
    ["create-wallet", CREATE, "unknown_actor", "NOT_FOUND"],
    ["register-actor", REGISTER, "registered", "SUCCESS"],
    ["register-actor", REGISTER, "already_registered", "ALREADY_EXISTS"],
    ["create-wallet", CREATE, "not_verified", "NOT_VERIFIED"],
    ["verify-actor", VERIFY, "verified", "VERIFIED"],
    ["verify-actor", VERIFY, "already_verified", "ALREADY_EXISTS"],
    ["create-wallet", CREATE, "created", "SUCCESS"],
    ["create-wallet", CREATE, "already_created", "ALREADY_EXISTS"],
    ["create-staking-wallet", CREATE, "created", "SUCCESS"],
    ["register-actor-with-preferences", REGISTER, "registered", "SUCCESS"],
    ["reject-actor", VERIFY, "rejected", "REJECTED"],
    ["create-wallet-rejected-actor", CREATE, "not_verified", "NOT_VERIFIED"],
    ["reject-actor", VERIFY, "rejected", "REJECTED"],
    ["verify-unknown-actor", VERIFY, "unknown_actor", "NOT_FOUND"],
  ])("%s by %s ends in %s with %s", async (name, workflow, exit, outcome) => {
    const answer = await world().run(workflow, payload("blockchain", name));
    expect(answer).toMatchObject({ exit, outcome, fault: false });
  });

  it("a person who registers again with other preferences is the same actor", async () => {
    const [first] = world().closed.filter(({ records }) => records[0]?.type === "opened");
    const actor = { first_name: "Ada", last_name: "King", email_registration: "ada@example.org" };
    const before = await world().run(REGISTER, { actor_record: actor });
    const after = await world().run(REGISTER, { actor_record: { ...actor, language: "en" } });
    expect(first).toBeDefined();
    expect(after.outcome).toBe("ALREADY_EXISTS");
    expect(member(after.result, "actor_id")).toBe(member(before.result, "actor_id"));
  });

  it("a rejected actor may be verified later, and then stays verified", async () => {
    const record = { first_name: "G", last_name: "H", email_registration: "gh@example.org" };
    const decide = (decision: string) =>
      world().run(VERIFY, { actor_record: record, verifier_id: "AC_SYSTEM_001", decision });
    await world().run(REGISTER, { actor_record: record });
    expect((await decide("REJECTED")).outcome).toBe("REJECTED");
    expect((await decide("VERIFIED")).outcome).toBe("VERIFIED");
    expect(await decide("REJECTED")).toMatchObject({
      outcome: "ALREADY_EXISTS",
      result: { kyc_status: "VERIFIED" },
    });
  });

  it("a wallet's keys are those that BIP-39, BIP-32 and BIP-44 derive from its entropy", async () => {
    const record = { first_name: "W", last_name: "V", email_registration: "wv@example.org" };
    await world().run(REGISTER, { actor_record: record });
    await world().run(VERIFY, { actor_record: record, verifier_id: "S", decision: "VERIFIED" });
    // `abandon … about` without a passphrase: the master fingerprint is published with BIP-84.
    const entropy = `0x${"0".repeat(32)}`;
    const answer = await world().run(CREATE, { actor_record: record, entropy });
    expect(answer.result).toMatchObject({
      wallet_type: "STANDARD",
      keys: {
        master_fingerprint: "0x73c5da0a",
        eoa: { derivation_path: "m/44'/66'/0'/0/0" },
        utxo: { derivation_path: "m/44'/66'/0'/1/0" },
      },
    });
  });
});

describe("ai_governance", () => {
  const world = useWorld();
  const GOVERN = "ai_governance::WF_GOVERN_AGENT_ACTION_V0";
  const LOAD = "ai_governance::WF_LOAD_LICENSE_FACT_V0";

  it.each(["license-emp-std-001", "license-emp-ent-001", "license-emp-sus-001"])(
    "%s is loaded",
    async (name) => {
      const answer = await world().run(LOAD, payload("ai_governance", name));
      expect(answer).toMatchObject({ outcome: "SUCCESS", result: { version: 1 } });
    },
  );

  const decisions = [
    ["01-valid-standard-action", "AUTHORIZED"],
    ["02-no-license", "UNAUTHORIZED_ACTOR"],
    ["03-standard-requests-premium", "UNAUTHORIZED_TOOL"],
    ["04-enterprise-premium-allowed", "AUTHORIZED"],
    ["05-undeclared-tool", "UNDECLARED_TOOL"],
    ["06-parameter-violation", "PARAMETER_VIOLATION"],
    ["07-shell-command-absent", "UNDECLARED_TOOL"],
    ["08-suspended-license", "UNAUTHORIZED_ACTOR"],
    ["09-parameter-missing", "PARAMETER_VIOLATION"],
    ["01-valid-standard-action", "AUTHORIZED"],
  ] as const;

  it.each(decisions.map((row, at) => [...row, at + 1] as const))(
    "%s gives %s, and position %i of the audit stream says so",
    async (name, outcome, position) => {
      const answer = await world().run(GOVERN, payload("ai_governance", name));
      const decision = outcome === "AUTHORIZED" ? "AUTHORIZED" : "DENIED";
      expect(answer).toMatchObject({ outcome, fault: false, result: { decision, position } });
      const events = world()
        .closed.at(-1)
        ?.records.filter((record) => record.type === "effect" && record.operation === "APPEND");
      expect(events).toHaveLength(1);
      expect(events?.[0]).toMatchObject({
        store: "ai_governance/governance_audit",
        value: { decision, ...(decision === "DENIED" ? { denial_reason: outcome } : {}) },
      });
    },
  );

  it("an action asked for again keeps its id; other parameters are another action", async () => {
    const ask = (quantity: number) =>
      world().run(GOVERN, {
        tool_name: "PROVISION_STANDARD_LICENSE",
        parameters: { tier: "standard", quantity },
        requesting_user_id: "EMP_STD_001",
        domain_context: "ai_licensing",
      });
    const [first, again, other] = [await ask(7), await ask(7), await ask(8)];
    expect(member(again.result, "action_id")).toBe(member(first.result, "action_id"));
    expect(member(other.result, "action_id")).not.toBe(member(first.result, "action_id"));
  });
});
