/** The order in which subsystems come to life is computed, and a list that has none is refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  GATES,
  PHASES,
  type Phase,
  phaseBehind,
  phaseNamed,
} from "../../../protocol/language/gates.ts";
import { ordered, type Ranked } from "../../../runtime/genesis/order.ts";
import { SUBSYSTEMS } from "../../../runtime/genesis/subsystems.ts";

function one(name: string, phase: Phase, ...requires: readonly string[]): Ranked {
  return { name, phase, requires };
}

test("the real list has an order: each stands behind all that it requires, phase by phase", () => {
  const names = SUBSYSTEMS.map(({ name }) => name);
  for (const { name, requires } of SUBSYSTEMS) {
    for (const needed of requires) {
      expect(names.indexOf(needed)).toBeLessThan(names.indexOf(name));
      expect(names).toContain(needed);
    }
  }
  const phases = SUBSYSTEMS.map(({ phase }) => PHASES.indexOf(phase));
  expect(phases).toEqual(phases.toSorted((a, b) => a - b));
  expect(ordered(SUBSYSTEMS)).toEqual(SUBSYSTEMS);
});

test("every gate has something to look at", () => {
  for (const gate of GATES) {
    expect(SUBSYSTEMS.some(({ phase }) => phase === phaseBehind(gate))).toBe(true);
  }
});

test("the list is frozen, and says what is expected of each", () => {
  expect(Object.isFrozen(SUBSYSTEMS)).toBe(true);
  for (const { expected } of SUBSYSTEMS) expect(expected).not.toBe("");
});

test.each([
  ["itself", [one("a", "Φ1", "a")]],
  ["a circle of two", [one("a", "Φ1", "b"), one("b", "Φ1", "a")]],
  ["a circle of three", [one("a", "Φ1", "b"), one("b", "Φ1", "c"), one("c", "Φ1", "a")]],
])("%s is refused", (_, list) => {
  expect(() => ordered(list)).toThrow(/requires itself in the end/);
});

test("what requires a later phase is refused", () => {
  const list = [one("a", "Φ1", "b"), one("b", "Φ3")];
  expect(() => ordered(list)).toThrow("`a` requires `b` of a later phase");
});

test("what requires something that is not there is refused", () => {
  expect(() => ordered([one("a", "Φ1", "b")])).toThrow("`a` requires `b`, which there is not");
});

test("two of one name are refused", () => {
  expect(() => ordered([one("a", "Φ1"), one("a", "Φ2")])).toThrow("a name of its own");
});

const PHASE = fc.constantFrom(...PHASES.slice(1));

/** Lists without circles: each may require those before it, of its own phase or an earlier one. */
const LISTS = fc.array(fc.tuple(PHASE, fc.array(fc.nat(20))), { maxLength: 20 }).map((drawn) => {
  const phases = drawn.map(([phase]) => phase).toSorted();
  return drawn.map(([, requires], at) => {
    const names = requires.filter((before) => before < at).map((before) => `s${before}`);
    return one(`s${at}`, phases[at] as Phase, ...new Set(names));
  });
});

test("any list without a circle has an order that keeps phases and requirements, however it is shuffled", () => {
  fc.assert(
    fc.property(LISTS, fc.infiniteStream(fc.nat()), (list, random) => {
      const shuffled = list
        .map((value) => ({ value, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value);
      const names = ordered(shuffled).map(({ name }) => name);
      expect(names.toSorted()).toEqual(list.map(({ name }) => name).toSorted());
      const place = new Map(names.map((name, at) => [name, at]));
      for (const { name, requires } of list) {
        for (const needed of requires) {
          expect(place.get(needed)).toBeLessThan(place.get(name) ?? -1);
        }
      }
      const phaseOf = new Map(list.map(({ name, phase }) => [name, PHASES.indexOf(phase)]));
      const phases = names.map((name) => phaseOf.get(name) ?? -1);
      expect(phases).toEqual(phases.toSorted((a, b) => a - b));
    }),
  );
});

test("where nothing else says, things come in the order in which they are listed", () => {
  const list = [one("c", "Φ1"), one("a", "Φ1"), one("b", "Φ1")];
  expect(ordered(list)).toEqual(list);
});

test.each([
  ["3", "Φ3"],
  ["Φ3", "Φ3"],
  ["φ3", "Φ3"],
  ["phi5", "Φ5"],
  ["PHI1", "Φ1"],
  ["0", undefined],
  ["6", undefined],
  ["Φ", undefined],
  ["33", undefined],
  ["", undefined],
])("`%s` names %s", (text, phase) => {
  expect(phaseNamed(text)).toBe(phase);
});
