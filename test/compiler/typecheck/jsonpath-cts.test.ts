import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parsePath, singular } from "../../../compiler/jsonpath.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { evaluate } from "../../../runtime/machine/query.ts";

/** The compliance suite of RFC 9535, where the workspace that this repository stands in has it. */
const SUITE = path.resolve(import.meta.dirname, "../../../../shared/cases/jsonpath/cts.json");

interface Case {
  readonly name: string;
  readonly selector: string;
  readonly document?: Json;
  readonly result?: readonly Json[];
  readonly results?: readonly (readonly Json[])[];
  readonly invalid_selector?: boolean;
}

function casesOf(file: string): readonly Case[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { tests: readonly Case[] }).tests;
}

function leftOut({ selector }: Case): boolean {
  return /\b(match|search)\(/.test(selector) || /[.][.]/.test(selector);
}

function verdictOf({ selector }: Case): "taken" | "left out" | "wrong" {
  const parsed = parsePath(selector);
  if ("query" in parsed) return "taken";
  return parsed.fault.leftOut ? "left out" : "wrong";
}

function answers(test: Case): boolean {
  const parsed = parsePath(test.selector);
  if (!("query" in parsed)) return false;
  const found = JSON.stringify(evaluate(parsed.query, test.document ?? null));
  const expected = test.results ?? [test.result];
  return expected.some((result) => JSON.stringify(result) === found);
}

const names = (cases: readonly Case[]) => cases.map((one) => `${one.name}: ${one.selector}`);

if (existsSync(SUITE)) {
  describe("the compliance suite of RFC 9535", () => {
    const cases = casesOf(SUITE);
    const valid = cases.filter((test) => test.invalid_selector !== true);

    it("has every valid path taken, or refused by name as left out", () => {
      const wanted = (test: Case) => (leftOut(test) ? "left out" : "taken");
      expect(names(valid.filter((test) => verdictOf(test) !== wanted(test)))).toEqual([]);
    });

    it("has every invalid path refused", () => {
      const invalid = cases.filter((test) => test.invalid_selector === true);
      expect(invalid.length).toBeGreaterThan(200);
      expect(names(invalid.filter((test) => verdictOf(test) === "taken"))).toEqual([]);
    });

    it("has every valid path of the dialect answered as the suite says", () => {
      const taken = valid.filter((test) => !leftOut(test));
      expect(taken.length).toBeGreaterThan(350);
      expect(names(taken.filter((test) => !answers(test)))).toEqual([]);
    });
  });
} else {
  it.skip("skipped: no shared cases", () => undefined);
}

describe("a path", () => {
  const faultOf = (text: string) => {
    const parsed = parsePath(text);
    return "fault" in parsed ? parsed.fault : undefined;
  };

  it("is singular where it has names and indices only", () => {
    const steps = (text: string) => {
      const parsed = parsePath(text);
      return "query" in parsed ? singular(parsed.query) : parsed.fault;
    };
    expect(steps("$.payload.a[0]['b c'][-1]")).toEqual(["payload", "a", 0, "b c", -1]);
    expect(steps("$.payload[*]")).toBeUndefined();
    expect(steps("$.payload['a','b']")).toBeUndefined();
    expect(steps("$.payload[0:1]")).toBeUndefined();
  });

  it("takes every number of the standard and no other", () => {
    for (const number of ["0.5", "-0.5", "0e1", "1e3", "-0", "10", "0"]) {
      expect(faultOf(`$[?@.a > ${number}]`), number).toBeUndefined();
    }
    for (const number of ["-01", "01", "1e400", "1.", "+1"]) {
      expect(faultOf(`$[?@.a > ${number}]`), number).toBeDefined();
    }
  });

  it("refuses descendants and the functions of regular expressions by name", () => {
    expect(faultOf("$.a..b")).toEqual({
      problem: "the descendant segment `..`",
      at: 3,
      leftOut: true,
    });
    expect(faultOf("$[?match(@.a, 'x')]")).toMatchObject({
      problem: "the function `match()`",
      leftOut: true,
    });
    expect(faultOf("$[?@..a]")).toMatchObject({ leftOut: true });
  });

  it("says where it is wrong", () => {
    expect(faultOf("$.payload.5")).toMatchObject({ at: 10 });
    expect(faultOf("$.payload.")).toBeDefined();
    expect(faultOf("$.a[?(@.b]")).toBeDefined();
  });

  it("is refused when it is too long or has too many steps, however it nests", () => {
    expect(faultOf(`$${".a".repeat(600)}`)).toBeDefined();
    expect(faultOf(`$${".a".repeat(65)}`)).toMatchObject({ problem: "more than 64 steps" });
    expect(faultOf(`$[?${"(".repeat(500)}@.a${")".repeat(500)}]`)).toBeUndefined();
    expect(faultOf(`$[?${"!".repeat(1000)}@.a]`)).toBeUndefined();
  });
});
