/**
 * A data root whose ledger tells of everything that is governed: starts, a session and its end, work
 * that was accepted, refused, cancelled. Each decision is what its snapshot's policies decide, and
 * the policies read what they can.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { CedarExpression } from "../../../protocol/language/cedar-expression.ts";
import { type Digest, NO_DIGEST, sha256 } from "../../../protocol/language/digest.ts";
import type { SealedGovernance, SealedIntent } from "../../../protocol/language/governance.ts";
import { deepFreeze, type Json } from "../../../protocol/language/json.ts";
import { writeLine } from "../../../protocol/language/record-line.ts";
import type { Caller, OpenedBody, RecordBody } from "../../../protocol/language/records.ts";
import { denial } from "../../../runtime/acceptance.ts";
import { fingerprintOf } from "../../../runtime/fingerprint.ts";
import { type Governor, governorOf } from "../../../runtime/policy/governor.ts";
import type { Snapshot } from "../../../runtime/ports.ts";
import { forbid, governanceOf, intentOf, OPERATOR, permit, type Statement } from "../governed.ts";
import { freshRoot, ledgerFile } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";
import {
  bootBody,
  cancelledBody,
  endedBody,
  HOLDER,
  RUNTIME,
  refusedBody,
  sessionBody,
  startOpened,
} from "./governed-bodies.ts";

const WORK = "test::WF_WORK_V0";
const COHERENCE = "platform::WF_COHERENCE_V0";

const work = new GraphMaker(WORK, true)
  .transform(
    "echo",
    { implementation: "echo", input: { read: [0] }, outcomes: { SUCCESS: true } },
    { SUCCESS: "done" },
  )
  .exit("done", "SUCCESS")
  .exit("on_fault", "FAULTED")
  .cancellable()
  .graph();
const coherence = new GraphMaker(COHERENCE, true)
  .exit("coherent", "COHERENT")
  .exit("on_fault", "FAULTED")
  .graph();

const principal = (name: string): CedarExpression => ({
  op: "get",
  of: { op: "principal" },
  name,
});
const context = (name: string): CedarExpression => ({ op: "get", of: { op: "context" }, name });
const is = (left: CedarExpression, value: string | boolean): CedarExpression => ({
  op: "==",
  left,
  right: { op: "value", value },
});
const kind: CedarExpression = { op: "get", of: context("payload"), name: "kind" };
const isClerk: CedarExpression = {
  op: "in",
  left: { op: "principal" },
  right: { op: "entity", type: "Role", id: "clerk" },
};
const outside: CedarExpression = { op: "get", of: context("reach"), name: "outside" };
const short: CedarExpression = {
  op: "<=",
  left: context("seconds"),
  right: { op: "value", value: 86_400 },
};

export const REGISTER = "actors.register";
const ALL = ["pgs.boot", "pgs.cancel", "pgs.end_session", "pgs.open_session", "pgs.run", REGISTER];
/** Each reads something. */
export const STATEMENTS: readonly Statement[] = [
  permit("security_guard", [REGISTER], isClerk, is(principal("identity"), "token")),
  forbid("security_guard", [REGISTER], is(kind, "weapon")),
  permit("security_guard", ["pgs.run"], is(principal("identity"), "operator")),
  permit("security_guard", ["pgs.open_session"], is(principal("identity"), "token"), short),
  permit("security_guard", ["pgs.end_session"], context("own")),
  permit("security_guard", ["pgs.cancel"], context("own"), is(context("workflow"), WORK)),
  permit("security_guard", ["pgs.boot"], is(principal("identity"), "runtime")),
  permit("city_manager", ALL, {
    op: "!",
    of: {
      op: "==",
      left: { op: "resource" },
      right: { op: "entity", type: "Tenant", id: "banned" },
    },
  }),
  permit("data_steward", ["pgs.run", REGISTER], { op: "!", of: outside }),
  permit("data_steward", ALL.slice(0, 4)),
];

/** What a snapshot is made of, as far as tests change it. */
export interface Made {
  readonly statements?: readonly Statement[];
  readonly payload?: SealedIntent["payload"];
  /** Members of the payload that policies may see, beside its kind. */
  readonly seen?: readonly string[];
  readonly workflows?: readonly (typeof WORK | typeof COHERENCE)[];
  readonly intents?: readonly string[];
}

function governance({
  statements = STATEMENTS,
  payload = true,
  seen = [],
  workflows = [WORK, COHERENCE],
  intents = ["pgs.boot", REGISTER],
}: Made): SealedGovernance {
  const requires = { roles: ["clerk"], attributes: {} };
  const sealed = [
    intentOf("pgs.boot", COHERENCE),
    intentOf(REGISTER, WORK, { requires, payload }),
  ].filter(({ type }) => intents.includes(type));
  const made = structuredClone(governanceOf({ workflows, intents: sealed, statements }));
  if (!intents.includes(REGISTER)) return deepFreeze(made);
  const action = made.policies.cedar[""].actions[REGISTER] as unknown as {
    appliesTo: { context: { attributes: Record<string, unknown> } };
  };
  action.appliesTo.context.attributes.payload = {
    type: "Record",
    attributes: {
      kind: { type: "String", required: true },
      ...Object.fromEntries(seen.map((name) => [name, { type: "String", required: false }])),
    },
    required: true,
  };
  return deepFreeze(made);
}

export const snapshot = snapshotOf([work, coherence], ["echo"], governance({}));

/** Another snapshot, of other policies. */
export function snapshotWith(made: Made): Snapshot {
  return { ...snapshot, id: sha256(JSON.stringify(made)), governance: () => governance(made) };
}
export const capabilities = capabilitiesOf();

const governor = governorOf(snapshot.governance());
const { id } = snapshot;

/** What is decided of it, as a record holds it. */
function ruled(
  who: { readonly tenant: string; readonly principal: string; readonly caller: Caller },
  intent: string,
  payload: Json,
): ReturnType<Governor["decide"]> {
  return governor.decide({ ...who, intent, payload });
}

function policyOf(...asked: Parameters<typeof ruled>) {
  return ruled(...asked).decision;
}

const operator = { tenant: "local", principal: "tester", caller: OPERATOR };
const ada = { tenant: "acme", principal: "ada", caller: HOLDER };
const runContext = {
  workflow: WORK,
  labels: [],
  reach: { effects: [], clearance: [], outside: false },
};

function opened(more: Partial<OpenedBody>): OpenedBody {
  return {
    type: "opened",
    ...{ format: 1, epoch: 1, flushed: 0, snapshot: id, engine: "0.1.0" },
    ...{ workflow: WORK, intent: "pgs.run", ...operator, session: null },
    ...{ idempotency_key: null, policy: policyOf(operator, "pgs.run", runContext) },
    ...{ payload: { kind: "tool" }, started_at: "2026-11-21T10:00:00.000Z" },
    ...more,
  };
}

/** The bodies of an execution that goes through its one node, or is cancelled there. */
function execution(
  first: OpenedBody,
  between: readonly RecordBody[],
  exit: string,
  outcome: string,
) {
  const steps = between as never;
  const last: RecordBody = {
    ...{ type: "closed", exit, outcome, result: null, fault: false },
    records: between.length + 2,
    fingerprint: fingerprintOf({ opened: first, steps }),
  };
  return [first, ...between, last];
}

const echoed = { type: "node", node: "echo", outcome: "SUCCESS" } as const;
const kindOf = { kind: "tool" };
const weapon = ruled(ada, REGISTER, { kind: "weapon" });
const told = denial({ ...ada, intent: REGISTER, payload: null }, weapon.decision).message;
const starter = { ...startOpened(), snapshot: id } as OpenedBody;
const start = opened({
  ...starter,
  workflow: COHERENCE,
  payload: { start: { ...(starter.payload as { start: object }).start, snapshot: id }, gates: [] },
  policy: policyOf({ tenant: "_genesis", principal: "pgs", caller: RUNTIME }, "pgs.boot", {}),
});

/** All traces, in the order of the ledger. */
export const TRACES: readonly (readonly [trace: string, bodies: readonly RecordBody[]])[] = [
  ["first", execution(start, [], "coherent", "COHERENT")],
  ["boot-1", [bootBody({ snapshot: id })]],
  [
    "s1",
    [sessionBody({ snapshot: id, policy: policyOf(ada, "pgs.open_session", { seconds: 3_600 }) })],
  ],
  [
    "t1",
    execution(
      opened({
        ...ada,
        session: "s1",
        intent: REGISTER,
        policy: policyOf(ada, REGISTER, kindOf),
        payload: kindOf,
      }),
      [{ ...echoed, output: kindOf, to: "done" }],
      "done",
      "SUCCESS",
    ),
  ],
  [
    "r1",
    [
      refusedBody({
        ...{ snapshot: id, ...ada, session: "s1", intent: REGISTER, workflow: WORK },
        ...{ policy: weapon.decision, context: weapon.context, message: told },
      }),
    ],
  ],
  [
    "t2",
    execution(
      opened({}),
      [
        cancelledBody("echo", {
          snapshot: id,
          policy: policyOf(operator, "pgs.cancel", {
            workflow: WORK,
            intent: "pgs.run",
            own: true,
          }),
        }),
      ],
      "on_cancel",
      "CANCELLED",
    ),
  ],
  [
    "s1.ended",
    [endedBody({ snapshot: id, policy: policyOf(ada, "pgs.end_session", { own: true }) })],
  ],
  ["boot-2", [bootBody({ epoch: 2, snapshot: id })]],
];

export interface Written {
  readonly n: number;
  readonly trace: string;
  readonly body: RecordBody;
}

export const WRITTEN: readonly Written[] = TRACES.flatMap(([trace, bodies]) =>
  bodies.map((body) => ({ trace, body })),
).map((one, at) => ({ n: at + 1, ...one }));

/** The ledger of these records, each hash and chain its own. */
export function rootOf(written: readonly Written[]): string {
  const dataRoot = freshRoot();
  const heads = new Map<string, { readonly seq: number; readonly prev: Digest }>();
  const lines = written.map(({ n, trace, body }) => {
    const { seq, prev } = heads.get(trace) ?? { seq: 1, prev: NO_DIGEST };
    const at = new Date(Date.UTC(2026, 10, 21, 10, 0, 0, 0)).toISOString();
    const { line, hash } = writeLine({ n, trace, seq, at, prev }, body);
    heads.set(trace, { seq: seq + 1, prev: hash });
    return line;
  });
  mkdirSync(dirname(ledgerFile(dataRoot)), { recursive: true });
  writeFileSync(ledgerFile(dataRoot), lines.join(""));
  return dataRoot;
}
