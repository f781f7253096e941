/**
 * The committed domains, changed in one place by an author who is not careful: what must not happen
 * does not compile.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile, protocolFilesIn, protocolFilesOf } from "../../compiler/index.ts";
import { capabilities } from "../capabilities/built.ts";
import { DOMAINS } from "./compiled.ts";

const texts = new Map(
  readdirSync(DOMAINS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml") && !file.startsWith("platform"))
    .map((file) => [file, readFileSync(join(DOMAINS, file), "utf8")]),
);

/** The codes that are found when one file has `after` where it had `before`. */
async function codesWhen(file: string, before: string, after: string): Promise<readonly string[]> {
  const text = texts.get(file) ?? "";
  expect(text.split(before)).toHaveLength(2);
  const changed = new Map(texts).set(
    file,
    text.replace(before, () => after),
  );
  const { diagnostics } = await compile({
    workspace: protocolFilesOf(Object.fromEntries(changed)),
    program: protocolFilesIn(DOMAINS, "program"),
    capabilities,
  });
  return diagnostics.map(({ code }) => code);
}

describe("secrets and personal data", () => {
  it.each([
    [
      "entropy into a store that is not cleared for it",
      "blockchain/wallet/create-wallet.yaml",
      "value: { status: ACTIVE, currency: $.nodes.choose_options.currency, balance: 0 }",
      "value: { status: ACTIVE, currency: $.payload.entropy, balance: 0 }",
      "typecheck/label-flow",
    ],
    [
      "a private key in place of the public one",
      "blockchain/wallet/derive-wallet-keys.yaml",
      "public_key_hex: $.nodes.publish_eoa.public_key",
      "public_key_hex: $.nodes.derive_eoa.private_key",
      "typecheck/label-flow",
    ],
    [
      "an address of e-mail as a key",
      "blockchain/identity/resolve-actor-id.yaml",
      "key: $.nodes.generate_kyc_key.id",
      "key: $.payload.actor_record.email_registration",
      "typecheck/labelled-key",
    ],
    [
      "a name into a store whose clearance was forgotten",
      "blockchain/identity/actors.yaml",
      "value: { $ref: SC_ACTOR_RECORD_V0 }\nclearance: [pii]",
      "value: { $ref: SC_ACTOR_RECORD_V0 }",
      "typecheck/label-flow",
    ],
  ])("%s does not compile", async (_, file, before, after, code) => {
    expect(await codesWhen(file, before, after)).toContain(code);
  });
});

describe("the originals' defects", () => {
  it.each([
    [
      "an outcome without an edge",
      "blockchain/wallet/create-wallet.yaml",
      "on: { SUCCESS: register_wallet, KEYS_NOT_DERIVED: not_derived }",
      "on: { SUCCESS: register_wallet }",
      "routing/unrouted-outcome",
    ],
    [
      "an optional value that would become null",
      "blockchain/wallet/create-wallet.yaml",
      "wallet_type: $.nodes.choose_options.wallet_type\n    on: { SUCCESS: check_wallet_exists }",
      "wallet_type: $.payload.wallet_type\n    on: { SUCCESS: check_wallet_exists }",
      "typecheck/optional-property",
    ],
    [
      "an output that not every path has written",
      "ai_governance/govern-agent-action.yaml",
      "intent_hash: $.nodes.normalize_request.id\n      denial_reason: UNDECLARED_TOOL",
      "intent_hash: $.nodes.generate_action_id.id\n      denial_reason: UNDECLARED_TOOL",
      "typecheck/unassigned",
    ],
    [
      "a denial whose reason nobody declared",
      "ai_governance/govern-agent-action.yaml",
      "denial_reason: PARAMETER_VIOLATION",
      "denial_reason: SOMETHING_ELSE",
      "typecheck/literal-mismatch",
    ],
  ])("%s does not compile", async (_, file, before, after, code) => {
    expect(await codesWhen(file, before, after)).toEqual([code]);
  });
});
