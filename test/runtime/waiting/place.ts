/** Workflows that wait, in each of the ways in which one can, and a clock that a test moves. */
import type { External, ExternalCall } from "../../../protocol/language/capabilities.ts";
import type { Graph, GraphNode } from "../../../protocol/language/graph.ts";
import { deepFreeze } from "../../../protocol/language/json.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { Clock } from "../../../runtime/ports.ts";
import type { Ports, RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { UNFLUSHED } from "../on-disk.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

export const APPROVE: FullName = "test::WF_APPROVE_V0";
export const LATER: FullName = "test::WF_LATER_V0";
export const RETRY: FullName = "test::WF_RETRY_V0";
export const BOTH: FullName = "test::WF_BOTH_V0";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

type Loose = Record<string, unknown> & { readonly kind: GraphNode["kind"]; readonly name: string };

/** A node that the maker has no words for; `body` and `branches` name nodes. */
function add(maker: GraphMaker, node: Loose, to: Readonly<Record<string, string>>): GraphMaker {
  const origin = { workflow: maker.workflow, node: node.name };
  return maker.add({ edges: [], origin, ...node } as unknown as GraphNode, to);
}

/** Names where indices belong, as `add` was given them, become indices. */
function resolved(graph: Graph): Graph {
  const index = (name: unknown) => graph.nodes.findIndex((node) => node.name === name);
  const nodes = graph.nodes.map((node) => {
    const loose = structuredClone(node) as unknown as Record<string, unknown>;
    if (typeof loose.body === "string") loose.body = index(loose.body);
    if (node.kind === "parallel") {
      loose.branches = node.branches.map((one) => ({ ...one, body: index(one.body) }));
    }
    return loose as unknown as GraphNode;
  });
  return deepFreeze({ ...graph, nodes });
}

const ANY = { literal: null };

/** Registers, waits for somebody's word, and notes what became of it. */
export function approveGraph(people = 1, notRequester = false): Graph {
  const maker = new GraphMaker(APPROVE, true);
  const payload = maker.schema({
    type: "object",
    required: ["why"],
    properties: { why: { type: "string" } },
  });
  const signal = (count: number) => ({ payload, people: count, notRequester, seal: [] });
  maker.transform(
    "identify",
    { implementation: "identify", input: { read: [0] }, outcomes: { SUCCESS: true } },
    { SUCCESS: "wait" },
  );
  add(
    maker,
    {
      kind: "await",
      name: "wait",
      slot: maker.slot("wait"),
      signals: [
        ["APPROVE", signal(people)],
        ["REJECT", signal(1)],
      ],
      limit: { afterMs: 30 * DAY_MS },
      elapsed: "TIMEOUT",
    },
    { APPROVE: "note", REJECT: "refused", TIMEOUT: "late", CANCELLED: "on_cancel" },
  );
  return ended(noting(maker, "note", "approved"), ["approved", "refused", "late"]);
}

/** Writes that it came there, under the execution's own name. */
function noting(maker: GraphMaker, name: string, next: string): GraphMaker {
  const key = { read: [1, "trace_id"] as const };
  const value = { literal: name };
  return maker.effect(
    name,
    {
      semantics: "registry",
      store: `test/${name}`,
      operation: "REGISTER",
      input: {
        object: [
          ["key", key],
          ["value", value],
        ],
      },
    },
    { SUCCESS: next, ALREADY_EXISTS: "on_fault", CANCELLED: "on_cancel" },
  );
}

function ended(maker: GraphMaker, exits: readonly string[]): Graph {
  for (const name of exits) maker.exit(name, name.toUpperCase());
  maker.exit("on_fault", "FAULTED");
  const cancel = { outcome: "CANCELLED", result: ANY, seal: [], fault: false, cancel: true };
  add(maker, { kind: "exit", name: "on_cancel", ...cancel }, {});
  return resolved(maker.graph());
}

function timer(maker: GraphMaker, name: string, afterMs: number, next: string): void {
  add(
    maker,
    {
      kind: "await",
      name,
      slot: maker.slot(name),
      signals: [],
      limit: { afterMs },
      elapsed: "ELAPSED",
    },
    { ELAPSED: next, CANCELLED: "on_cancel" },
  );
}

/** Waits for an hour, writes, waits for forty days, and ends. */
export function laterGraph(): Graph {
  const maker = new GraphMaker(LATER, true);
  timer(maker, "first", HOUR_MS, "note");
  noting(maker, "note", "second");
  timer(maker, "second", 40 * DAY_MS, "done");
  return ended(maker, ["done"]);
}

export const RETRIED = { attempts: 3, waitMs: 1_000, factor: 4, waitMaxMs: DAY_MS } as const;

/** Calls the outside, again where it is busy: after one second, then after four. */
export function retryGraph(waitMs: number = RETRIED.waitMs): Graph {
  const maker = new GraphMaker(RETRY, true);
  calling(maker, "call", { waitMs, next: { DONE: "note", BUSY: "busy" } });
  return ended(noting(maker, "note", "done"), ["done", "busy"]);
}

function calling(
  maker: GraphMaker,
  name: string,
  {
    waitMs,
    next,
    repeat = "safe",
    fault = "on_fault",
  }: {
    readonly waitMs: number;
    readonly next: Readonly<Record<string, string>>;
    readonly repeat?: "safe" | "unsafe";
    readonly fault?: string;
  },
): void {
  const any = maker.schema(true);
  add(
    maker,
    {
      kind: "external",
      name,
      slot: maker.slot(name),
      effect: "test::CS_OUTSIDE_V0",
      operation: "CALL",
      implementation: "outside",
      settings: {},
      repeat,
      timeoutMs: 5 * DAY_MS,
      input: { literal: name },
      check: null,
      outcomes: { DONE: any, BUSY: any },
      sealInput: [],
      seal: {},
      retry: { outcomes: ["BUSY"], ...RETRIED, waitMs },
    },
    {
      VIOLATION: fault,
      FAULT: fault,
      [repeat === "safe" ? "TIMEOUT" : "IN_DOUBT"]: fault,
      CANCELLED: "on_cancel",
      ...next,
    },
  );
}

/** Two calls, a timer and somebody's word side by side; then it writes. */
export function bothGraph(repeat: "safe" | "unsafe" = "safe"): Graph {
  const maker = new GraphMaker(BOTH, true);
  const payload = maker.schema(true);
  const names = ["one", "two", "time", "word"];
  const branches = names.map((name) => ({ name, body: `both/${name}`, succeed: ["DONE"] }));
  add(
    maker,
    { kind: "parallel", name: "both", slot: maker.slot("both"), branches, seal: [] },
    { SUCCESS: "note", FAILED: "failed", VIOLATION: "on_fault", CANCELLED: "on_cancel" },
  );
  for (const name of names) {
    const within = `both/${name}`;
    const enter = { slot: maker.slot(within), workflow: BOTH, input: ANY, check: null, seal: [] };
    const fault = `${within}/on_fault`;
    add(
      maker,
      { kind: "enter", name: within, ...enter },
      { ENTERED: `${within}/ask`, VIOLATION: fault },
    );
    const next = `${within}/done`;
    if (name === "time") timer(maker, `${within}/ask`, HOUR_MS, next);
    else if (name === "word") word(maker, `${within}/ask`, { payload, next, fault });
    else
      calling(maker, `${within}/ask`, {
        waitMs: 1_000,
        next: { DONE: next, BUSY: fault },
        repeat,
        fault,
      });
    join(maker, next, { outcome: "DONE", fault: false, to: fault });
    join(maker, fault, { outcome: "FAULT", fault: true, to: fault });
  }
  return ended(noting(maker, "note", "done"), ["done", "failed"]);
}

function word(
  maker: GraphMaker,
  name: string,
  { payload, next, fault }: { payload: number; next: string; fault: string },
): void {
  const signal = { payload, people: 1, notRequester: false, seal: [] };
  const limit = { afterMs: 2 * DAY_MS };
  add(
    maker,
    {
      kind: "await",
      name,
      slot: maker.slot(name),
      signals: [["SAY", signal]],
      limit,
      elapsed: "TIMEOUT",
    },
    { SAY: next, TIMEOUT: fault, CANCELLED: "on_cancel" },
  );
}

function join(
  maker: GraphMaker,
  name: string,
  { outcome, fault, to }: { outcome: string; fault: boolean; to: string },
): void {
  const given = { outcome, result: ANY, seal: [], fault };
  add(maker, { kind: "join", name, ...given }, fault ? {} : { VIOLATION: to });
}

/** A clock that stands still until it is moved; timers ring as it passes them. */
export interface HandClock extends Clock {
  readonly to: (ms: number) => void;
  readonly by: (ms: number) => void;
  /** Timers that have not rung. */
  readonly timers: () => number;
}

export const BEGAN_MS = Date.parse("2026-01-01T00:00:00.000Z");

export function handClock(beganMs = BEGAN_MS): HandClock {
  let nowMs = beganMs;
  /** What really went by, which is what timers go by. */
  let passedMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly ring: () => void }>();
  const pass = (ms: number) => {
    const untilMs = passedMs + ms;
    for (;;) {
      const [next] = [...timers]
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      timers.delete(next);
      nowMs += Math.max(0, next.atMs - passedMs);
      passedMs = Math.max(passedMs, next.atMs);
      next.ring();
    }
    nowMs += untilMs - passedMs;
    passedMs = untilMs;
  };
  return {
    now: () => nowMs,
    timer(ms, ring) {
      const timer = { atMs: passedMs + Math.max(0, ms), ring };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    to: (ms) => {
      nowMs = ms;
    },
    by: pass,
    timers: () => timers.size,
  };
}

export function portsAt(clock: Clock): Ports {
  return { ...UNFLUSHED, clock };
}

/** An outside that answers when it is told to, in whatever order. */
export function outside(): {
  readonly call: External["call"];
  readonly calls: ExternalCall[];
  readonly answer: (at: number, outcome?: string) => void;
} {
  const calls: ExternalCall[] = [];
  const told: ((outcome: string) => void)[] = [];
  return {
    calls,
    call: (call) => {
      calls.push(call);
      return new Promise((resolve) => {
        told.push((outcome) => resolve({ outcome, output: `answer to ${String(call.input)}` }));
      });
    },
    answer: (at, outcome = "DONE") => told[at]?.(outcome),
  };
}

/** What a runtime needs to run these under a clock. */
export function waitingWith(
  clock: Clock,
  more: Partial<RuntimeOptions> & {
    readonly graphs?: readonly Graph[];
    readonly call?: External["call"];
  } = {},
): Partial<RuntimeOptions> {
  const { graphs, call = () => new Promise<never>(() => {}), ...options } = more;
  const all = graphs ?? [approveGraph(), laterGraph(), retryGraph(), bothGraph()];
  return {
    snapshot: snapshotOf(all, ["identify", "outside"]),
    capabilities: capabilitiesOf({}, { outside: call }),
    ports: portsAt(clock),
    ...options,
  };
}

/** Settles when the event loop has turned so often that nothing is left to do but to wait. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 40; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
