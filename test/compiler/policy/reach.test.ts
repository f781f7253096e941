/**
 * What policies see of a workflow's reach: every effect that it may ask on some path, of called
 * workflows too, and nothing that it may not.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { governedWorkflows } from "../../../compiler/passes/policy/reach.ts";
import { worldOf } from "../from-text.ts";

const EFFECTS = {
  CS_PLAIN_V0: { clearance: [], outside: false },
  CS_PEOPLE_V0: { clearance: ["pii"], outside: false },
  CS_SAFE_V0: { clearance: ["secret"], outside: false },
  CS_MAIL_V0: { clearance: ["pii"], outside: true },
} as const;
type Effect = keyof typeof EFFECTS;
const CODES = Object.keys(EFFECTS) as Effect[];

function effectText(code: Effect): string {
  const { clearance, outside } = EFFECTS[code];
  const cleared = clearance.length === 0 ? "" : `clearance: [${clearance}]\n`;
  const head = `kind: effect\ncode: ${code}\nsummary: An effect.\n${cleared}`;
  if (!outside) {
    const store = code.toLowerCase();
    return `${head}semantics: stream\nstore: ${store}\nvalue: { type: object }\n`;
  }
  return `${head}semantics: external
implementation: file-drop
settings: { folder: /srv/x }
operations:
  SEND:
    input: { type: object }
    outcomes: { SENT: { type: object } }
    repeat: safe
    timeout: PT5S
`;
}

function nodeText(name: string, code: Effect, next: string): string {
  const { outside } = EFFECTS[code];
  const asks = outside ? "op: SEND\n    with: {}" : "op: APPEND\n    with: { event: {} }";
  const outcome = outside ? "SENT" : "SUCCESS";
  return `  ${name}:\n    effect: ${code}\n    ${asks}\n    on: { ${outcome}: ${next} }\n`;
}

/** Asks its effects one after the other, then calls the workflows one after the other. */
function workflowText(code: string, effects: readonly Effect[], calls: readonly string[]): string {
  const steps = [
    ...effects.map((effect) => (name: string, next: string) => nodeText(name, effect, next)),
    ...calls.map(
      (callee) => (name: string, next: string) =>
        `  ${name}:\n    call: ${callee}\n    with: {}\n    on: { SUCCESS: ${next} }\n`,
    ),
    (name: string, next: string) =>
      `  ${name}:\n    decide: [{ otherwise: ON }]\n    with: $.payload\n    on: { ON: ${next} }\n`,
  ];
  const nodes = steps.map((step, at) =>
    step(`n${at}`, at + 1 < steps.length ? `n${at + 1}` : "done"),
  );
  return `kind: workflow
code: ${code}
summary: A workflow.
payload: { type: object }
start: n0
nodes:
${nodes.join("")}exits: { done: { outcome: SUCCESS } }
on_fault: { outcome: FAULTED }
`;
}

interface Plan {
  readonly effects: readonly Effect[];
  /** Indices of earlier plans. */
  readonly calls: readonly number[];
}

const plans = fc.array(
  fc.record({ effects: fc.subarray(CODES), calls: fc.uniqueArray(fc.nat(5), { maxLength: 3 }) }),
  { minLength: 1, maxLength: 6 },
);

/** Written down once more, the slow way. */
function reached(at: number, all: readonly Plan[]): ReadonlySet<Effect> {
  const plan = all[at];
  const called = (plan?.calls ?? []).filter((callee) => callee < at);
  return new Set([
    ...(plan?.effects ?? []),
    ...called.flatMap((callee) => [...reached(callee, all)]),
  ]);
}

test("a workflow reaches its own effects and those of what it calls, and no others", () => {
  fc.assert(
    fc.property(plans, (all) => {
      const texts = all.map(({ effects, calls }, at) => {
        const callees = calls.filter((callee) => callee < at).map((callee) => `WF_W${callee}_V0`);
        return workflowText(`WF_W${at}_V0`, effects, callees);
      });
      const world = worldOf([...CODES.map(effectText), ...texts].join("---\n"));
      const governed = new Map(
        governedWorkflows(world).map(({ workflow, reach }) => [workflow, reach]),
      );
      for (const at of all.keys()) {
        const codes = [...reached(at, all)];
        expect(governed.get(`example::WF_W${at}_V0`)).toEqual({
          effects: codes.map((code) => `example::${code}`).sort(),
          clearance: [...new Set(codes.flatMap((code) => EFFECTS[code].clearance))].sort(),
          outside: codes.some((code) => EFFECTS[code].outside),
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("a workflow's labels are those of its payload, wherever they stand in it", () => {
  const payload = `payload:
  type: object
  properties:
    tags: { type: array, items: { type: string, x-label: [secret] } }
    home: { anyOf: [{ type: object, properties: { street: { type: string, x-label: [pii] } } }] }
`;
  const text = workflowText("WF_A_V0", [], []).replace("payload: { type: object }\n", payload);
  const [first] = governedWorkflows(worldOf(text));
  expect(first).toMatchObject({ workflow: "example::WF_A_V0", labels: ["pii", "secret"] });
});

test("what undoes an effect is within reach, though no route leads there", () => {
  const text = [
    effectText("CS_PLAIN_V0"),
    effectText("CS_MAIL_V0"),
    `kind: workflow
code: WF_A_V0
summary: A workflow.
payload: { type: object }
start: write
nodes:
  write:
    effect: CS_PLAIN_V0
    op: APPEND
    with: { event: {} }
    compensate: { effect: CS_MAIL_V0, op: SEND, with: {}, done: [SENT] }
    on: { SUCCESS: undone }
exits: { undone: { compensate: true } }
on_fault: { outcome: FAULTED }
`,
  ].join("---\n");
  const reach = governedWorkflows(worldOf(text)).find(
    ({ workflow }) => workflow === "example::WF_A_V0",
  )?.reach;
  expect(reach).toEqual({
    effects: ["example::CS_MAIL_V0", "example::CS_PLAIN_V0"],
    clearance: ["pii"],
    outside: true,
  });
});
