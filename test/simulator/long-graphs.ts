/**
 * What takes its time, as the compiler would lower it: a wait for somebody's word, calls for each of
 * several items, two branches side by side, a call that is made again, and an end that undoes.
 */
import { CANCELLED, type Graph, ON_CANCEL, ON_ITEM } from "../../protocol/language/graph.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { ANY, type Linked, linkedGraph } from "../runtime/machine/linked-graph.ts";

export const LONG = Object.freeze({
  wait: "test::WF_WAIT_V0",
  fan: "test::WF_FAN_V0",
  both: "test::WF_BOTH_V0",
  retry: "test::WF_RETRY_V0",
  saga: "test::WF_SAGA_V0",
} satisfies Record<string, FullName>);

/** What a wait is told, and by how many. */
export const TELL = "TELL";
export const TELLERS = 2;

/** How long the outside is waited for. */
export const CALL_TIMEOUT_MS = 2_000;

const given = (name: string) => ({ read: [0, name] }) as const;
const NOTHING = { literal: null } as const;
const marked = (under: string) => ({ literal: { under } });

/** Nodes by name, and the slots that they write. */
class Nodes {
  readonly #made: Linked[] = [];
  readonly #slots = new Map<string, number>();

  slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.#slots.size + 2;
    this.#slots.set(name, slot);
    return slot;
  }

  add(node: Linked["node"], to: Linked["to"] = {}, more: Partial<Linked> = {}): this {
    this.#made.push({ node, to, ...more });
    return this;
  }

  append(name: string, event: object, next: string, fault = "on_fault"): this {
    const input = { object: [["event", { object: Object.entries(event) }]] };
    const effect = { effect: "test::CS_EVENTS_V0", semantics: "stream", store: "test/events" };
    return this.add(
      {
        kind: "effect",
        name,
        slot: this.slot(name),
        ...effect,
        operation: "APPEND",
        input,
        check: null,
        outcomes: { SUCCESS: ANY },
        sealInput: [],
        seal: {},
      },
      { SUCCESS: next, VIOLATION: fault, [CANCELLED]: ON_CANCEL },
    );
  }

  /** A call to the outside; without a way on, one that only undoes. */
  call(name: string, { to, ...more }: Calling): this {
    const { repeat = "safe", fault = "on_fault", by, ...rest } = more;
    const engine = {
      VIOLATION: fault,
      FAULT: fault,
      [repeat === "safe" ? "TIMEOUT" : "IN_DOUBT"]: fault,
      [CANCELLED]: ON_CANCEL,
    };
    return this.add(
      {
        kind: "external",
        name,
        slot: this.slot(name),
        effect: "test::CS_OUTSIDE_V0",
        operation: "CALL",
        implementation: "outside",
        settings: {},
        repeat,
        timeoutMs: CALL_TIMEOUT_MS,
        input: { literal: name },
        check: null,
        outcomes: { SUCCESS: ANY, DECLINED: ANY },
        sealInput: [],
        seal: {},
        ...rest,
      },
      to === undefined ? {} : { ...engine, ...to },
      by === undefined ? {} : { by },
    );
  }

  exit(name: string, outcome: string, more: object = {}): this {
    const exit = { kind: "exit", name, outcome, result: NOTHING, seal: [], fault: false };
    return this.add({ ...exit, ...more });
  }

  join(name: string, outcome: string, fault?: string): this {
    const join = { kind: "join", name, outcome, result: NOTHING, seal: [] };
    return fault === undefined
      ? this.add({ ...join, fault: true })
      : this.add({ ...join, fault: false }, { VIOLATION: fault });
  }

  enter(name: string, next: string, fault: string): this {
    const enter = { kind: "enter", name, slot: this.slot(name), workflow: LONG.fan };
    return this.add(
      { ...enter, input: NOTHING, check: null, seal: [] },
      { ENTERED: next, VIOLATION: fault },
    );
  }

  graph(workflow: FullName, start: string, under?: string): Graph {
    const result = under === undefined ? NOTHING : marked(under);
    this.exit("on_fault", "FAULTED", { fault: true, result });
    this.exit(ON_CANCEL, CANCELLED, { cancel: true, result });
    // Slots are asked for while nodes are made: all of them are known here.
    return { ...linkedGraph(this.#made, start, this.#slots.size + 2), workflow };
  }
}

interface Calling {
  readonly to?: Linked["to"];
  readonly repeat?: "safe" | "unsafe";
  readonly fault?: string;
  readonly retry?: object;
  readonly undone?: object;
  readonly by?: string;
}

/** Waits for two people's word, and tells whether it came, and under which snapshot. */
export function waitGraph(under: string): Graph {
  const nodes = new Nodes();
  const signal = { payload: ANY, people: TELLERS, notRequester: false, seal: [] };
  nodes.append("before", { waits: given("event") }, "hear");
  nodes.add(
    {
      kind: "await",
      name: "hear",
      slot: nodes.slot("hear"),
      signals: [[TELL, signal]],
      limit: { afterMs: 8_000 },
      elapsed: "TIMEOUT",
    },
    { [TELL]: "told", TIMEOUT: "late", [CANCELLED]: ON_CANCEL },
  );
  const mark = { under: { literal: under } };
  nodes.append("told", { told: given("event"), ...mark }, "heard");
  nodes.append("late", { late: given("event"), ...mark }, "lapsed");
  return nodes
    .exit("heard", "HEARD", { result: marked(under) })
    .exit("lapsed", "LAPSED", { result: marked(under) })
    .graph(LONG.wait, "before", under);
}

/** Calls the outside for each item, two at a time, and tells of those that were answered. */
export function fanGraph(): Graph {
  const nodes = new Nodes();
  nodes.add(
    {
      kind: "map",
      name: "each",
      slot: nodes.slot("each"),
      items: given("items"),
      max: 4,
      concurrency: 2,
      item: nodes.slot("item"),
      succeed: ["DONE"],
      threshold: 0.5,
      collect: true,
      seal: [],
    },
    {
      SUCCESS: "all",
      PARTIAL: "some",
      FAILED: "few",
      EMPTY: "none",
      VIOLATION: "on_fault",
      [CANCELLED]: ON_CANCEL,
    },
    { body: `each/${ON_ITEM}` },
  );
  nodes.enter(`each/${ON_ITEM}`, "each/call", "each/on_fault");
  nodes.call("each/call", {
    to: { SUCCESS: "each/tell", DECLINED: "each/declined" },
    fault: "each/on_fault",
  });
  nodes.append("each/tell", { item: { read: [nodes.slot("item")] } }, "each/done", "each/on_fault");
  return nodes
    .join("each/done", "DONE", "each/on_fault")
    .join("each/declined", "DECLINED", "each/on_fault")
    .join("each/on_fault", "FAULT")
    .exit("all", "SUCCESS")
    .exit("some", "PARTIAL")
    .exit("few", "FAILED")
    .exit("none", "EMPTY")
    .graph(LONG.fan, "each");
}

/** A call and a time side by side, and then a word of both. */
export function bothGraph(): Graph {
  const nodes = new Nodes();
  const branches = ["asks", "rests"].map((name) => ({ name, body: 0, succeed: ["DONE"] }));
  nodes.add(
    { kind: "parallel", name: "both", slot: nodes.slot("both"), branches, seal: [] },
    { SUCCESS: "tell", FAILED: "failed", VIOLATION: "on_fault", [CANCELLED]: ON_CANCEL },
  );
  for (const name of ["asks", "rests"]) {
    const within = `both/${name}`;
    nodes.enter(within, `${within}/act`, `${within}/on_fault`);
    nodes.join(`${within}/done`, "DONE", `${within}/on_fault`).join(`${within}/on_fault`, "FAULT");
  }
  nodes.call("both/asks/act", {
    to: { SUCCESS: "both/asks/done", DECLINED: "both/asks/on_fault" },
    repeat: "unsafe",
    fault: "both/asks/on_fault",
  });
  timer(nodes, "both/rests/act", 1_200, "both/rests/done");
  return nodes
    .append("tell", { both: given("event") }, "done")
    .exit("done", "SUCCESS")
    .exit("failed", "FAILED")
    .graph(LONG.both, "both");
}

function timer(nodes: Nodes, name: string, afterMs: number, next: string): void {
  const [slot, limit] = [nodes.slot(name), { afterMs }];
  nodes.add(
    { kind: "await", name, slot, signals: [], limit, elapsed: "ELAPSED" },
    { ELAPSED: next, [CANCELLED]: ON_CANCEL },
  );
}

/** A call that is made up to three times, where it is declined or nobody answers. */
export function retryGraph(under: string): Graph {
  const nodes = new Nodes();
  nodes.call("call", {
    to: { SUCCESS: "tell", DECLINED: "declined" },
    retry: {
      outcomes: ["DECLINED", "TIMEOUT"],
      attempts: 3,
      waitMs: 700,
      factor: 3,
      waitMaxMs: 2_000,
    },
  });
  return nodes
    .append("tell", { called: given("event") }, "done")
    .exit("done", "SUCCESS", { result: marked(under) })
    .exit("declined", "DECLINED", { result: marked(under) })
    .graph(LONG.retry, "call", under);
}

/**
 * Takes a name, rests, calls, and gives everything back where that was not answered well. What it
 * takes the name with is another under each snapshot: from then on it cannot be moved.
 */
export function sagaGraph(under: string): Graph {
  const nodes = new Nodes();
  const registry = {
    kind: "effect",
    effect: "test::CS_NAMES_V0",
    semantics: "registry",
    store: "test/names",
    check: null,
    sealInput: [],
    seal: {},
  };
  // Its own name, so that whatever stands at the end was left by nobody else.
  const key = ["key", { read: [1, "trace_id"] }] as const;
  const members = [
    ["event", given("event")],
    ["under", { literal: under }],
  ] as const;
  const value = ["value", { object: members }] as const;
  const after = ["SUCCESS"];
  nodes.add(
    {
      ...registry,
      name: "take",
      slot: nodes.slot("take"),
      operation: "REGISTER",
      input: { object: [key, value] },
      outcomes: { SUCCESS: ANY, ALREADY_EXISTS: ANY },
      undone: { after, done: ["SUCCESS"] },
    },
    {
      SUCCESS: "rest",
      ALREADY_EXISTS: "on_fault",
      VIOLATION: "back",
      FAULT: "back",
      [CANCELLED]: ON_CANCEL,
    },
    { by: "take/compensate" },
  );
  nodes.add({
    ...registry,
    name: "take/compensate",
    slot: nodes.slot("take/compensate"),
    operation: "REVOKE",
    input: { object: [key] },
    outcomes: { SUCCESS: ANY, NOT_FOUND: ANY },
  });
  timer(nodes, "rest", 900, "call");
  nodes.call("call", {
    to: { SUCCESS: "second", DECLINED: "back" },
    repeat: "unsafe",
    fault: "back",
    undone: { after: ["SUCCESS", "IN_DOUBT"], done: ["SUCCESS"] },
    by: "call/compensate",
  });
  nodes.call("call/compensate", {});
  nodes.call("second", { to: { SUCCESS: "done", DECLINED: "back" }, fault: "back" });
  nodes.add(
    { kind: "undo", name: "back", slot: nodes.slot("back"), within: "" },
    { COMPENSATED: "back/compensated", PARTLY_COMPENSATED: "back/stands" },
  );
  const result = { read: [nodes.slot("back")] };
  return nodes
    .exit("done", "SUCCESS")
    .exit("back/compensated", "COMPENSATED", { result })
    .exit("back/stands", "PARTLY_COMPENSATED", { result })
    .graph(LONG.saga, "take");
}
