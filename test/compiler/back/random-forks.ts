/**
 * Random small protocols that fan out: three workflows of effects, compensations, calls and maps,
 * each of which may run those before it, and one that runs two of them side by side.
 */
import fc from "fast-check";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { LOG, object, PAGES } from "./fork-texts.ts";

const TEXT = { type: "string" } as const;
const NAMES: JsonObject = {
  kind: "effect",
  code: "CS_NAMES_V0",
  summary: "Who is who.",
  semantics: "registry",
  store: "names",
  key: TEXT,
  value: TEXT,
};

export type Operand = "a" | "b" | "$.payload.x" | "$.payload.y" | "$.item";

/** One node of a workflow; `run` counts the workflows before it. */
export type Doing =
  | { readonly op: string; readonly effect: JsonObject; readonly key: Operand }
  | {
      readonly op: string;
      readonly effect: JsonObject;
      readonly key: Operand;
      readonly undo: Operand;
    }
  | { readonly call: number; readonly x: Operand; readonly y: Operand }
  | { readonly map: number; readonly x: Operand; readonly y: Operand };

export interface Small {
  readonly workflows: readonly (readonly Doing[])[];
  readonly left: { readonly call: number; readonly x: Operand; readonly y: Operand };
  readonly right: { readonly call: number; readonly x: Operand; readonly y: Operand };
}

const operand = fc.constantFrom<Operand>("a", "b", "$.payload.x", "$.payload.y");
const OPERATIONS = [
  [PAGES, "PUT"],
  [PAGES, "GET"],
  [PAGES, "REMOVE"],
  [NAMES, "REGISTER"],
  [NAMES, "RESOLVE"],
  [NAMES, "REVOKE"],
  [LOG, "APPEND"],
  [LOG, "READ"],
] as const;

function doing(workflows: number): fc.Arbitrary<Doing> {
  const acting = fc
    .tuple(fc.constantFrom(...OPERATIONS), operand)
    .map(([[effect, op], key]) => ({ effect, op, key }));
  const undoing = fc
    .tuple(operand, operand)
    .map(([key, undo]) => ({ effect: NAMES, op: "REGISTER", key, undo }));
  if (workflows === 0) return fc.oneof(acting, acting, undoing);
  const callee = fc.nat(workflows - 1);
  const given = fc.constantFrom<Operand>("a", "b", "$.payload.x", "$.payload.y", "$.item");
  const call = fc.record({ call: callee, x: operand, y: operand });
  const map = fc.record({ map: callee, x: given, y: given });
  return fc.oneof(acting, undoing, call, map);
}

export const small: fc.Arbitrary<Small> = fc
  .tuple(
    fc.array(doing(0), { minLength: 1, maxLength: 2 }),
    fc.array(doing(1), { minLength: 1, maxLength: 2 }),
    fc.array(doing(2), { minLength: 1, maxLength: 2 }),
  )
  .chain((workflows) => {
    const branch = fc.record({ call: fc.nat(2), x: operand, y: operand });
    return fc.record({ workflows: fc.constant(workflows), left: branch, right: branch });
  });

const code = (index: number) => `WF_W${index}_V0`;

function input(op: string, key: string): JsonObject {
  if (op === "APPEND") return { event: "x" };
  if (op === "READ") return { from: 1, limit: 1 };
  return op === "PUT" || op === "REGISTER" ? { key, value: "x" } : { key };
}

const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  GET: ["SUCCESS", "NOT_FOUND"],
  REMOVE: ["SUCCESS", "NOT_FOUND"],
  RESOLVE: ["SUCCESS", "NOT_FOUND"],
  REVOKE: ["SUCCESS", "NOT_FOUND"],
  REGISTER: ["SUCCESS", "ALREADY_EXISTS"],
};

/** Each node leads to the next, whatever comes of it. */
function workflowOf(index: number, doings: readonly Doing[]): JsonObject {
  const nodes = doings.map((one, at) => {
    const to = at + 1 < doings.length ? `n${at + 1}` : "done";
    const on = (outcomes: readonly string[]) => Object.fromEntries(outcomes.map((o) => [o, to]));
    if ("op" in one) {
      const undone =
        "undo" in one
          ? { compensate: { effect: "CS_NAMES_V0", op: "REVOKE", with: { key: one.undo } } }
          : {};
      const effect = String(one.effect.code);
      const asked = { effect, op: one.op, with: input(one.op, one.key), ...undone };
      return [`n${at}`, { ...asked, on: on(OUTCOMES[one.op] ?? ["SUCCESS"]) }];
    }
    const payload = { x: one.x, y: one.y };
    if ("call" in one) return [`n${at}`, { call: code(one.call), with: payload, on: on(["DONE"]) }];
    const map = { map: ["$.payload.x"], max: 1, call: code(one.map), with: payload };
    return [`n${at}`, { ...map, succeed: ["DONE"], on: on(["SUCCESS", "FAILED"]) }];
  });
  return {
    kind: "workflow",
    code: code(index),
    summary: "Made at random.",
    payload: object({ x: TEXT, y: TEXT }),
    start: "n0",
    nodes: Object.fromEntries(nodes),
    exits: { done: { outcome: "DONE" } },
    on_fault: { outcome: "FAULTED" },
  };
}

export function documentsOf({ workflows, left, right }: Small): readonly Json[] {
  const branch = ({ call, x, y }: Small["left"]) => ({
    call: code(call),
    with: { x, y },
    succeed: ["DONE"],
  });
  return [
    PAGES,
    NAMES,
    LOG,
    ...workflows.map((doings, index) => workflowOf(index, doings)),
    {
      kind: "workflow",
      code: "WF_FORK_V0",
      summary: "Side by side.",
      payload: object({ x: TEXT, y: TEXT }),
      start: "both",
      nodes: {
        both: {
          parallel: { left: branch(left), right: branch(right) },
          on: { SUCCESS: "done", FAILED: "poor" },
        },
      },
      exits: { done: { outcome: "SUCCESS" }, poor: { outcome: "POOR" } },
      on_fault: { outcome: "FAULTED" },
    },
  ];
}
