/**
 * Nothing that a run leaves behind holds a labelled value in the clear: every file of the data root,
 * the snapshot, the traces and their pictures is searched, byte for byte.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run as transform } from "../capabilities/built.ts";
import { compileDomains, DOMAINS, openWorld } from "./compiled.ts";

const RECORD = {
  first_name: "Canaryfirst",
  last_name: "Canarylast",
  email_registration: "canary@canary.example",
};
const NOTES = "Canarynotes: passport seen";
const ENTROPY = "0x9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863";

/** What must not be found: the values as they came in, and what was derived from them. */
function canaries(): readonly string[] {
  const step = (name: string, input: Record<string, string>) =>
    transform(name, input).output as Record<string, string>;
  const { mnemonic = "" } = step("bip39-mnemonic", { entropy: ENTROPY });
  const { seed = "" } = step("bip39-seed", { mnemonic, passphrase: "" });
  const { private_key = "", chain_code = "" } = step("bip32-master-key", { seed });
  const children = ["m/44'/66'/0'/0/0", "m/44'/66'/0'/1/0"].flatMap((path) =>
    Object.values(step("bip32-child-key", { private_key, chain_code, path })),
  );
  const hex = [ENTROPY, seed, private_key, chain_code, ...children].map((text) => text.slice(2));
  const words = mnemonic.split(" ").slice(0, 2).join(" ");
  return [...hex, words, "Canaryfirst", "Canarylast", "canary@canary", "Canarynotes"];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}

it("a wallet's secrets and an actor's data stand in the clear nowhere", async () => {
  const world = await openWorld(await compileDomains(DOMAINS), { pictured: true });
  const person = { actor_record: RECORD };
  await world.run("blockchain::WF_REGISTER_ACTOR_UNVERIFIED_V0", person);
  await world.run("blockchain::WF_VERIFY_ACTOR_V0", {
    ...person,
    verifier_id: "AC_SYSTEM_001",
    decision: "VERIFIED",
    notes: NOTES,
  });
  const created = await world.run("blockchain::WF_CREATE_WALLET_V0", {
    ...person,
    entropy: ENTROPY,
  });
  await world.close();
  expect(created.outcome).toBe("SUCCESS");

  const files = filesBelow(world.folder);
  expect(files.filter((file) => file.endsWith(".md"))).toHaveLength(3);
  const found = files.flatMap((file) => {
    const text = readFileSync(file, "latin1").toLowerCase();
    const clear = canaries().filter((canary) => text.includes(canary.toLowerCase()));
    return clear.map((canary) => `${file}: ${canary}`);
  });
  expect(found).toEqual([]);
});
