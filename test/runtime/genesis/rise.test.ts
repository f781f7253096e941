/** Coming to life, gate by gate, with subsystems made by hand. */
import { expect, test } from "vitest";
import type { Phase } from "../../../protocol/language/gates.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import {
  atGate,
  type Check,
  checked,
  failed,
  held,
  type PhaseReport,
  unseen,
} from "../../../runtime/genesis/check.ts";
import { rise, type Subsystem } from "../../../runtime/genesis/rise.ts";

interface World {
  readonly risen: string[];
}

function subsystem(
  name: string,
  phase: Phase,
  { requires = [], checks = [held(name, "all well", "all well")] }: Partial<Made> = {},
): Subsystem<World> {
  return {
    name,
    phase,
    requires,
    expected: `${name} to live`,
    rise(world) {
      world.risen.push(name);
      return checks;
    },
  };
}

interface Made {
  readonly requires: readonly string[];
  readonly checks: readonly Check[];
}

function broken(name: string): Check {
  return failed({ name, expected: "all well" }, { cause: "test/broken", found: "a crack" });
}

interface Ran {
  readonly reports: readonly PhaseReport[];
  readonly risen: readonly string[];
}

async function ran(subsystems: readonly Subsystem<World>[], until: Phase = "Φ5"): Promise<Ran> {
  const world: World = { risen: [] };
  const reports: PhaseReport[] = [];
  let ms = 0;
  const elapsedMs = () => {
    ms += 1.5;
    return ms;
  };
  for await (const report of rise({ subsystems, world, until, elapsedMs })) reports.push(report);
  return { reports, risen: world.risen };
}

test("each gate is told when it is passed, up to the phase that was asked for", async () => {
  const { reports, risen } = await ran(
    [subsystem("a", "Φ1"), subsystem("b", "Φ2"), subsystem("c", "Φ3")],
    "Φ2",
  );
  expect(reports.map(({ phase, gate, ok, ms }) => [phase, gate, ok, ms])).toEqual([
    ["Φ1", "G1", true, 1.5],
    ["Φ2", "G2", true, 1.5],
  ]);
  expect(risen).toEqual(["a", "b"]);
});

test("the first gate that does not hold is the last that is tried", async () => {
  const { reports, risen } = await ran([
    subsystem("a", "Φ1"),
    subsystem("b", "Φ2", { checks: [broken("b")] }),
    subsystem("c", "Φ3"),
  ]);
  expect(reports.map(({ gate, ok }) => [gate, ok])).toEqual([
    ["G1", true],
    ["G2", false],
  ]);
  expect(risen).toEqual(["a", "b"]);
});

test("root causes come first, then what follows from them, then what holds", async () => {
  const { reports, risen } = await ran([
    subsystem("well", "Φ1"),
    subsystem("leaf", "Φ1", { requires: ["stem"] }),
    subsystem("stem", "Φ1", { requires: ["root"] }),
    subsystem("root", "Φ1", { checks: [held("soil", "wet", "wet"), broken("rot")] }),
    subsystem("other", "Φ1", { checks: [broken("other")] }),
  ]);
  expect(reports).toHaveLength(1);
  const [{ checks = [] } = {}] = reports;
  expect(checks.map(({ name, ok, cause }) => [name, ok, cause])).toEqual([
    ["rot", false, "test/broken"],
    ["other", false, "test/broken"],
    ["stem", false, "rot"],
    ["leaf", false, "rot"],
    ["well", true, null],
    ["soil", true, null],
  ]);
  // What could not be looked at was not: nothing of it is told as held.
  expect(risen).toEqual(["well", "root", "other"]);
  expect(checks.filter(({ looked }) => !looked).map(({ name }) => name)).toEqual(["stem", "leaf"]);
});

test("what waits for a later gate does not end the start, and its own gate is not passed", async () => {
  const { reports, risen } = await ran([
    subsystem("early", "Φ1", { checks: [unseen({ name: "early", expected: "all" }, "late")] }),
    subsystem("behind", "Φ1", { requires: ["early"] }),
    subsystem("late", "Φ2", { checks: [broken("late")] }),
    subsystem("never", "Φ3"),
  ]);
  expect(reports.map(({ gate, ok }) => [gate, ok])).toEqual([
    ["G1", false],
    ["G2", false],
  ]);
  expect(reports[0]?.checks).toMatchObject([
    { name: "early", looked: false, cause: "late" },
    { name: "behind", looked: false, cause: "late" },
  ]);
  expect(risen).toEqual(["early", "late"]);
});

test("a refusal is what a check found, with its hint as the remedy", async () => {
  const refusal = new Refusal("viability", "test/refused", "no", { hint: "Do otherwise." });
  const check = await checked({ name: "a", expected: "yes" }, () => {
    throw refusal;
  });
  expect(check).toEqual({
    name: "a",
    ok: false,
    looked: true,
    expected: "yes",
    found: "no",
    cause: "test/refused",
    remedy: "Do otherwise.",
  });
});

test("several problems are all told, each with its place", async () => {
  const problems = [1, 2, 3].map((line) => ({
    pointer: "",
    place: `file:${line}`,
    message: `wrong ${line}`,
  }));
  const refusal = new Refusal("kernel", "config/wrong", "file:1: wrong 1", { problems });
  const check = await checked({ name: "a", expected: "right" }, () => Promise.reject(refusal));
  expect(check.found).toBe("file:1: wrong 1; file:2: wrong 2; file:3: wrong 3");
});

test("our own fault is no finding: it passes", async () => {
  const fault = new Error("ours");
  const check = checked({ name: "a", expected: "yes" }, () => {
    throw fault;
  });
  await expect(check).rejects.toBe(fault);
});

test("a refusal keeps the first gate that it was met at", async () => {
  const refusal = new Refusal("evidence", "test/refused", "no");
  const inner = atGate("G3", () => {
    throw refusal;
  });
  await expect(atGate("G5", () => inner)).rejects.toBe(refusal);
  expect(refusal.gate).toBe("G3");
});
