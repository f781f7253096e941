/**
 * What the gates found when a runtime was opened for work, for the record of a start that goes
 * through the last gate: only what was looked at on the way. A start for work flushes nothing of its
 * own and starts no thread; `pgs genesis` does.
 */
import { type Gate, phaseBehind } from "../../protocol/language/gates.ts";
import type { Snapshot } from "../ports.ts";
import type { Recovery } from "../runtime-options.ts";
import { type Check, held, type PhaseReport } from "./check.ts";
import { settingsFound } from "./kernel.ts";
import { recoveryFound } from "./reality.ts";
import type { Settings } from "./start.ts";

export interface Opened {
  readonly workspace: string;
  readonly settings: Settings;
  readonly snapshot: Snapshot;
  readonly recovery: Recovery;
  /** Records that were on the disk. */
  readonly durable: number;
}

export function gatesOf(opened: Opened): readonly PhaseReport[] {
  const { workspace, settings, snapshot, recovery, durable } = opened;
  const governance = snapshot.governance();
  return [
    report("G1", [
      held("workspace", "a folder that can be read, and no link", `\`${workspace}\``),
      held("data-root", "a folder of its own, of this user", `\`${settings.dataRoot}\``),
      held("lock", "a data root that no other process holds", "free"),
    ]),
    report("G2", [held("configuration", "settings that fit", settingsFound(settings))]),
    report("G3", [
      held("snapshot", "sealed files, each read as it was sealed", snapshot.id),
      held("capabilities", "the sealed sources", `${snapshot.capabilities.length} bound`),
      held("registries", "intents", `${governance?.intents.intents.length ?? 0} intents`),
      held("ledger", "a ledger that holds, from what the state has on", `${durable} records`),
      held("recovery", "what a former writer left open is taken up", recoveryFound(recovery)),
    ]),
    report("G4", [held("listeners", "no port is asked for", "nothing listens in this version")]),
  ];
}

function report(gate: Gate, checks: readonly Check[]): PhaseReport {
  return { phase: phaseBehind(gate), gate, ok: true, ms: 0, checks };
}
