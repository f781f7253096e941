/**
 * The third gate, operational reality: the snapshot to its last byte, the capabilities that it was
 * sealed with, the registries of who may try what, the ledger as it was written and the state that
 * follows it. What a former writer left open is brought to its end here, as by any start.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import { governorOf } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";
import { programsOf } from "../programs.ts";
import type { Recovery } from "../runtime-options.ts";
import type { OpenedSnapshot } from "../snapshot.ts";
import { requireBootIntent } from "./boot.ts";
import { type Check, checked, held, refused } from "./check.ts";
import type { Start } from "./start.ts";

export async function snapshotChecks({ openSnapshot, alive }: Start): Promise<readonly Check[]> {
  const expected = { name: "snapshot", expected: "every file as it was sealed, and no other" };
  const check = await checked(expected, () => {
    const snapshot = openSnapshot();
    alive.snapshot = snapshot;
    const { id, workflows, manifest } = snapshot;
    return `${id}: ${workflows.length} workflows in ${manifest.files.length} files`;
  });
  return [check];
}

export async function capabilityChecks(start: Start): Promise<readonly Check[]> {
  const { capabilities, allowChangedCapabilities } = start;
  const snapshot = openedOf(start);
  const bound = {
    name: "capabilities",
    expected: "every sealed capability, with the sealed source",
  };
  const binding = await checked(bound, () => {
    const { changed } = programsOf(snapshot, capabilities, {
      allowChanged: allowChangedCapabilities,
    });
    const passed = changed.length === 0 ? "" : `, let pass though changed: ${changed.join(", ")}`;
    return `${snapshot.capabilities.length} bound${passed}`;
  });
  if (!binding.ok) return [binding];
  const loaded = { name: "capabilities-load", expected: "every one of them loads" };
  return [binding, await checked(loaded, () => loadAll(capabilities, snapshot))];
}

/** Evaluates each, so that one that cannot be is found before work needs it. */
function loadAll(capabilities: Capabilities, snapshot: Snapshot): string {
  for (const { implementation } of snapshot.capabilities) {
    try {
      if (capabilities.kindOf(implementation) === "external") capabilities.external(implementation);
      else capabilities.transform(implementation);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const message = `\`${implementation}\` throws when it is loaded: ${String(error)}`;
      throw new Refusal("viability", "capability/throws", message, {
        hint: "Mend it, or run the program that the protocol was compiled with.",
      });
    }
  }
  return `${snapshot.capabilities.length} loaded`;
}

export async function registryChecks(start: Start): Promise<readonly Check[]> {
  const text = "intents and policies, with the one that the runtime itself boots by";
  const expected = { name: "registries", expected: text };
  return [await checked(expected, () => requireRegistries(openedOf(start)))];
}

/** Builds what decides, and refuses a snapshot that lets nobody do anything, the runtime included. */
function requireRegistries(snapshot: Snapshot): string {
  requireBootIntent(snapshot);
  const { types } = governorOf(snapshot.governance());
  const policies = snapshot.governance()?.policies.policies ?? [];
  return `${types.length} intents, ${policies.length} policies`;
}

/** What says that the state is at fault, where the ledger is not. */
const STATE = /^state\//;
const LEDGER = { name: "ledger", expected: "a ledger that holds, from what the state has on" };
const AT_MARK = { name: "state", expected: "the state of this ledger, as far as it says" };

export async function ledgerChecks(start: Start): Promise<readonly Check[]> {
  try {
    const runtime = await start.openRuntime(openedOf(start));
    start.alive.runtime = runtime;
    const { durable, applied } = runtime.reach;
    return [
      held(LEDGER.name, LEDGER.expected, `${durable.toLocaleString("en-US")} records`),
      held(AT_MARK.name, AT_MARK.expected, `at record ${applied} when it was opened`),
      held(
        "recovery",
        "what a former writer left open is taken up",
        recoveryFound(runtime.recovery),
      ),
    ];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [refused(STATE.test(error.code) ? AT_MARK : LEDGER, error)];
  }
}

export function recoveryFound({ continued, calling, stuck, cuts }: Recovery): string {
  const found = [
    ...cuts.map(({ bytes }) => `a torn tail of ${bytes} bytes was cut off`),
    ...(continued.length === 0 ? [] : [`${continued.length} brought to their end`]),
    ...(calling.length === 0 ? [] : [`${calling.length} go on with a call to the outside`]),
    ...stuck.map(({ trace, code }) => `\`${trace}\` stays open: ${code}`),
  ];
  return found.length === 0 ? "nothing was left open" : found.join("; ");
}

function openedOf({ alive: { snapshot } }: Start): OpenedSnapshot {
  invariant(snapshot !== undefined, "what needs the snapshot requires it");
  return snapshot;
}
