/** The machine is told of a cancel: wherever it waits, once, purely, and by a sealed edge alone. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../protocol/language/digest.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { fingerprintOf } from "../../../runtime/fingerprint.ts";
import { programOf } from "../../../runtime/json-schema.ts";
import {
  type CancelOrder,
  type Command,
  type Execution,
  type Fact,
  NEW,
  type Step,
} from "../../../runtime/machine/program.ts";
import { step } from "../../../runtime/machine/step.ts";
import { askGraph } from "../cancel/asking.ts";
import { ALLOWED, OPERATOR } from "../governed.ts";

const ORDER: CancelOrder = Object.freeze({
  reason: null,
  snapshot: sha256("a snapshot"),
  tenant: "default",
  session: null,
  principal: "operator",
  caller: OPERATOR,
  policy: ALLOWED,
});

const CONTEXT: JsonObject = Object.freeze({
  trace_id: "t1",
  tenant: "default",
  principal: "operator",
  session: null,
  started_at: "2026-11-21T10:00:00.000Z",
});

const ASKED: Fact = Object.freeze({
  ...{ kind: "accepted", identity: "operator" },
  payload: {},
  context: CONTEXT,
});

const program = (repeat: "safe" | "unsafe") => programOf(askGraph(repeat));

type Waiting = Execution & { readonly status: "waiting" };

function waiting({ execution }: Step): Waiting {
  if (execution.status !== "waiting") throw new Error("it waits");
  return execution;
}

/** What may be answered to a node that asks; what is not declared is a fault. */
const anything = fc.oneof(
  fc.constant({ outcome: "ALREADY_EXISTS", output: { key: "x", value: 1 } as Json }),
  fc.constant({ fault: { code: "fault/threw", message: "no" } }),
  fc.record({ outcome: fc.string(), output: fc.jsonValue() as fc.Arbitrary<Json> }),
);

/** One answer that each node declares, or any other. */
const answers = fc
  .tuple(fc.array(anything, { maxLength: 5 }), fc.nat(4))
  .map(([others, declared]) => [...DECLARED.slice(0, declared), ...others]);

const DECLARED = [
  { outcome: "SUCCESS", output: { id: "x" } },
  { outcome: "SUCCESS", output: { key: "x", value: "noted" } },
  { outcome: "DONE", output: 1 },
  { outcome: "DONE", output: 1 },
];

/** The fact that answers what an execution asks. */
function factFor(commands: readonly Command[], node: number, given: unknown): Fact {
  const asked = commands.at(-1)?.kind;
  const kind = asked === "invoke" ? "result" : asked === "commit" ? "committed" : "answered";
  return { kind, node, answer: given } as Fact;
}

/** Every step of an execution that is answered so, and interrupted where a call is told to be. */
function walk(repeat: "safe" | "unsafe", given: readonly unknown[], interrupted: boolean) {
  const steps = [step(program(repeat), NEW, ASKED)];
  for (const one of given) {
    const last = steps.at(-1);
    if (last === undefined || last.execution.status !== "waiting") break;
    const { at, attempt } = last.execution;
    const again = interrupted && attempt === 1;
    const fact: Fact = again ? { kind: "interrupted", node: at } : factFor(last.commands, at, one);
    steps.push(step(program(repeat), last.execution, fact));
  }
  return steps;
}

describe("a cancel", () => {
  test("ends an execution from wherever it waits, and says where, and whether that is in doubt", () => {
    const stood = new Set<string>();
    fc.assert(
      fc.property(
        fc.constantFrom("safe" as const, "unsafe" as const),
        answers,
        fc.boolean(),
        (repeat, given, interrupted) => {
          const made = program(repeat);
          for (const { execution } of walk(repeat, given, interrupted)) {
            if (execution.status !== "waiting") continue;
            const kept = structuredClone(execution);
            const fact: Fact = { kind: "cancel", node: execution.at, order: ORDER };
            const done = step(made, execution, fact);
            const node = made.graph.nodes[execution.at];
            stood.add(node?.name ?? "");
            expect(done.execution).toEqual({ status: "finished" });
            expect(done.commands).toMatchObject([
              {
                kind: "record",
                body: {
                  type: "cancelled",
                  node: node?.name,
                  in_doubt: node?.kind === "external",
                  to: "on_cancel",
                  ...ORDER,
                },
              },
              { kind: "finish", exit: "on_cancel", outcome: "CANCELLED", fault: false },
            ]);
            // Pure: the same again, and what it was given is as it was.
            expect(step(made, kept, fact)).toEqual(done);
            expect(execution).toEqual(kept);
          }
        },
      ),
    );
    expect(stood).toEqual(new Set(["identify", "note", "ask", "again"]));
  });

  test("is our own fault where nothing waits, or elsewhere than it waits", () => {
    const made = program("safe");
    const started = waiting(step(made, NEW, ASKED));
    const cancel = (node: number): Fact => ({ kind: "cancel", node, order: ORDER });
    expect(() => step(made, NEW, cancel(0))).toThrow("waits");
    expect(() => step(made, { status: "finished" }, cancel(0))).toThrow("waits");
    expect(() => step(made, started, cancel(started.at + 1))).toThrow("asked");
    const ended = step(made, started, cancel(started.at)).execution;
    expect(() => step(made, ended, cancel(started.at))).toThrow("waits");
    const late: Fact = { kind: "result", node: started.at, answer: { outcome: "A", output: 1 } };
    expect(() => step(made, ended, late)).toThrow("waits");
  });
});

test("the fingerprint of what was cancelled says where, and not who did it or why", () => {
  const opened = {
    workflow: "test::WF_ASK_V0" as const,
    snapshot: sha256("a snapshot"),
    payload: {},
  } as never;
  const cancelled = (more: object) =>
    ({
      type: "cancelled",
      node: "ask",
      in_doubt: true,
      to: "on_cancel",
      ...ORDER,
      ...more,
    }) as never;
  const of = (...steps: readonly never[]) => fingerprintOf({ opened, steps });
  const one = of(cancelled({}));
  expect(of(cancelled({ principal: "another", reason: "a whim", session: "s1" }))).toBe(one);
  expect(of(cancelled({ node: "again" }))).not.toBe(one);
  expect(of()).not.toBe(one);
});
