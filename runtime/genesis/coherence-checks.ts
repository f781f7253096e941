/**
 * The fifth gate, coherence, as checks: an execution that writes, reads back and compares; what was
 * stored of it against what was recorded; what is declared against what is there; and the record that
 * ends the start.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { type Check, checked } from "./check.ts";
import { COHERENT } from "./coherence.ts";
import {
  requireImplementations,
  requirePolicies,
  requireSchemas,
  requireStores,
} from "./declared.ts";
import type { Start } from "./start.ts";

export async function declaredChecks(start: Start): Promise<readonly Check[]> {
  const { capabilities, alive } = start;
  const { snapshot } = alive;
  invariant(snapshot !== undefined, "what needs the snapshot requires it");
  const check = (name: string, expected: string, find: () => string | Promise<string>) =>
    checked({ name, expected }, find);
  return [
    await check("declared-capabilities", "what nodes name is sealed and bound", () =>
      requireImplementations(snapshot, capabilities),
    ),
    await check("declared-stores", "one semantics a store", () => requireStores(snapshot)),
    await check("declared-policies", "what intents and policies name is there", () =>
      requirePolicies(snapshot),
    ),
    await check("declared-schemas", "schemas that values can be held against", () =>
      requireSchemas(snapshot),
    ),
  ];
}

export async function coherenceChecks(start: Start): Promise<readonly Check[]> {
  const { settings, passed, alive } = start;
  const { runtime } = alive;
  invariant(runtime !== undefined, "what needs the runtime requires it");
  invariant(!(settings instanceof Refusal), "the gate of the configuration was passed");
  const expected = { name: "coherence", expected: "what is read back is what was written" };
  const cohered = await checked(expected, async () => {
    const options = { configuration: settings.digest, gates: () => passed, whole: true };
    alive.booted = await runtime.boot(options);
    return `\`${alive.booted.like}\` ended in \`${COHERENT}\``;
  });
  const { booted } = alive;
  if (booted === undefined) return [cohered];
  const stored = { name: "reconciliation", expected: "the stored state says what the ledger says" };
  const recorded = { name: "boot-record", expected: "the record that ends the start, durable" };
  const reconciled = await checked(stored, async () => {
    const compared = await runtime.reconcile(booted);
    return `${compared} effects of \`${booted.like}\` stand as they were recorded`;
  });
  if (!reconciled.ok) return [cohered, reconciled];
  return [
    cohered,
    reconciled,
    await checked(recorded, () => `\`${booted.trace}\`, start ${booted.epoch} of this data root`),
  ];
}
