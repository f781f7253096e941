/**
 * Everything that comes to life when a process starts, in plain sight: its phase, what it requires,
 * and what is expected of it. In which order is computed from that, and checked when this is loaded.
 */

import { listenerChecks, timerChecks, workerChecks } from "./activation.ts";
import { coherenceChecks, declaredChecks } from "./coherence-checks.ts";
import { clockChecks, configurationChecks, entropyChecks } from "./kernel.ts";
import { ordered } from "./order.ts";
import { capabilityChecks, ledgerChecks, registryChecks, snapshotChecks } from "./reality.ts";
import type { Subsystem } from "./rise.ts";
import type { Start } from "./start.ts";
import { dataRootChecks, lockChecks, roomChecks, workspaceChecks } from "./viability.ts";

export const SUBSYSTEMS: readonly Subsystem<Start>[] = /* @__PURE__ */ ordered<Subsystem<Start>>([
  {
    name: "workspace",
    phase: "Φ1",
    requires: [],
    expected: "a folder that can be read",
    rise: workspaceChecks,
  },
  {
    name: "data-root",
    phase: "Φ1",
    // It is made where there is none: never beside a workspace that nobody meant.
    requires: ["workspace"],
    expected: "a folder of its own, of this user",
    rise: dataRootChecks,
  },
  {
    name: "room",
    phase: "Φ1",
    requires: ["data-root"],
    expected: "room for a largest record",
    rise: roomChecks,
  },
  {
    name: "lock",
    phase: "Φ1",
    requires: ["room"],
    expected: "a data root that no other process holds, on a disk that keeps what it flushed",
    rise: lockChecks,
  },
  {
    name: "configuration",
    phase: "Φ2",
    requires: [],
    expected: "known settings, each with a value that fits",
    rise: configurationChecks,
  },
  {
    name: "clock",
    phase: "Φ2",
    requires: ["configuration"],
    expected: "a clock that a ledger can be written by",
    rise: clockChecks,
  },
  {
    name: "entropy",
    phase: "Φ2",
    requires: [],
    expected: "bytes that nobody can guess",
    rise: entropyChecks,
  },
  {
    name: "snapshot",
    phase: "Φ3",
    requires: ["configuration"],
    expected: "every file as it was sealed",
    rise: snapshotChecks,
  },
  {
    name: "capabilities",
    phase: "Φ3",
    requires: ["snapshot"],
    expected: "every sealed capability, with the sealed source",
    rise: capabilityChecks,
  },
  {
    name: "registries",
    phase: "Φ3",
    requires: ["snapshot"],
    expected: "intents and policies",
    rise: registryChecks,
  },
  {
    name: "ledger",
    phase: "Φ3",
    requires: ["lock", "clock", "entropy", "capabilities", "registries"],
    expected: "a ledger that holds, and the state that follows it",
    rise: ledgerChecks,
  },
  {
    name: "timers",
    phase: "Φ4",
    requires: ["clock"],
    expected: "a timer that rings",
    rise: timerChecks,
  },
  {
    name: "store-worker",
    phase: "Φ4",
    requires: ["ledger"],
    expected: "the thread that stores the state",
    rise: workerChecks,
  },
  {
    name: "listeners",
    phase: "Φ4",
    requires: ["ledger"],
    expected: "no port is asked for",
    rise: listenerChecks,
  },
  {
    name: "declared",
    phase: "Φ5",
    requires: ["capabilities", "registries"],
    expected: "what is declared is there",
    rise: declaredChecks,
  },
  {
    name: "coherence",
    phase: "Φ5",
    requires: ["ledger", "declared"],
    expected: "what is read back is what was written",
    rise: coherenceChecks,
  },
]);
