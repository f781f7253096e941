/**
 * The law of branches against brute force: random small protocols are gone through by hand, with
 * every payload that there can be, and each pair of touches is held against the other.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { found, LOG, PAGES, textOf } from "./fork-texts.ts";
import { documentsOf, type Operand, type Small, small } from "./random-forks.ts";

/** What a value may be: one of the keys that the texts name, or another. */
const VALUES = ["a", "b", "c"] as const;

type Payload = { readonly x: string; readonly y: string };

/** What a branch does, with a payload: `store how key`. */
function touched(workflows: Small["workflows"], at: number, payload: Payload): string[] {
  const value = (operand: Operand, item: string) => {
    if (operand === "$.item") return item;
    return operand === "$.payload.x" ? payload.x : operand === "$.payload.y" ? payload.y : operand;
  };
  return (workflows[at] ?? []).flatMap((one) => {
    if ("op" in one) {
      const touch = (op: string, key: Operand) => {
        const stream = one.effect === LOG;
        const reads = ["GET", "RESOLVE", "READ"].includes(op);
        const how = reads ? "read" : stream ? "append" : "write";
        return `${one.effect.store} ${how} ${stream ? "all" : value(key, "")}`;
      };
      return [touch(one.op, one.key), ...("undo" in one ? [touch("REVOKE", one.undo)] : [])];
    }
    // Nobody reads the text of a list: an item may be anything.
    const items = "map" in one ? VALUES : [""];
    return items.flatMap((item) =>
      touched(workflows, "map" in one ? one.map : one.call, {
        x: value(one.x, item),
        y: value(one.y, item),
      }),
    );
  });
}

function collides(ours: string, theirs: string): boolean {
  const [store, how, key] = ours.split(" ");
  const [otherStore, otherHow, otherKey] = theirs.split(" ");
  if (store !== otherStore || key !== otherKey) return false;
  if (how === "append" && otherHow === "append") return false;
  return how !== "read" || otherHow !== "read";
}

/** Whether some payload lets the branches meet; two paths may always hold the same. */
function meet({ workflows, left, right }: Small): boolean {
  const payloads = VALUES.flatMap((x) => VALUES.map((y) => ({ x, y })));
  const given = ({ x, y }: Small["left"], payload: Payload): Payload => {
    const value = (one: Operand) =>
      one === "$.payload.x" ? payload.x : one === "$.payload.y" ? payload.y : one;
    return { x: value(x), y: value(y) };
  };
  return payloads.some((payload) => {
    const ours = touched(workflows, left.call, given(left, payload));
    const theirs = new Set(touched(workflows, right.call, given(right, payload)));
    return ours.some((one) => [...theirs].some((other) => collides(one, other)));
  });
}

test("branches are refused just where some payload lets them meet", () => {
  const verdicts = { refused: 0, taken: 0 };
  fc.assert(
    fc.property(small, (protocol) => {
      const { diagnostics } = found(documentsOf(protocol));
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      const codes = new Set(errors.map((one) => one.code));
      codes.delete("prove/branches-collide");
      expect([...codes]).toEqual([]);
      const refused = errors.length > 0;
      verdicts[refused ? "refused" : "taken"] += 1;
      if (refused !== meet(protocol)) throw new Error(textOf(documentsOf(protocol)));
    }),
    { numRuns: 100 },
  );
  expect(Math.min(verdicts.refused, verdicts.taken)).toBeGreaterThan(10);
});

test("both places are told", () => {
  const same = { call: 0, x: "$.payload.x", y: "$.payload.y" } as const;
  const put = { effect: PAGES, op: "PUT", key: "$.payload.x" } as const;
  const { diagnostics } = found(documentsOf({ workflows: [[put]], left: same, right: same }));
  const [fault] = diagnostics.filter((one) => one.code === "prove/branches-collide");
  expect(fault?.message).toBe(
    "`left` and `right` run side by side, and both may come to the same key of `example/pages`",
  );
  expect(fault?.related?.map(({ message }) => message)).toEqual([
    "PUT in `left`",
    "PUT in `right`",
  ]);
});

test("keys are those that the text names", () => {
  const workflows = [[{ effect: PAGES, op: "PUT", key: "$.payload.x" } as const]];
  const branch = (x: "a" | "b") => ({ call: 0, x, y: x });
  const codes = (left: "a" | "b", right: "a" | "b") =>
    found(documentsOf({ workflows, left: branch(left), right: branch(right) })).diagnostics.map(
      (one) => one.code,
    );
  expect(codes("a", "b")).toEqual([]);
  expect(codes("a", "a")).toEqual(["prove/branches-collide"]);
});
