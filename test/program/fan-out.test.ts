/**
 * Work that fans out to the outside, in processes that are killed: while calls are under way, while
 * answers come that lead to another attempt, in the middle of giving back, while a word is waited for. The next start
 * goes on; nothing unsafe is asked twice, every call keeps its key, and all of it verifies.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../protocol/language/limits.ts";
import { callKey } from "../../runtime/machine/attempt.ts";
import { freshFolder, freshWorkspace, pgs, type Ran } from "./cli.ts";
import { recordsIn } from "./desk.ts";
import { type Started, startPgs } from "./notes.ts";
import {
  type Asked,
  type Moment,
  openSwitchboard,
  type Reply,
  type Switchboard,
} from "./switchboard.ts";
import { tripsText } from "./trips.ts";

let board: Switchboard;
let workspace = "";

beforeAll(async () => {
  board = await openSwitchboard();
  workspace = freshWorkspace({ "protocol/domains/trips/all.yaml": tripsText(board.port) });
  const compiled = pgs(["compile", workspace]);
  expect(compiled.code, compiled.err).toBe(0);
});

afterAll(() => board.close());

interface Place {
  readonly args: readonly string[];
  readonly folder: string;
}

function place(): Place {
  const folder = freshFolder();
  const own = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  return { args: ["--workspace", workspace, ...own], folder };
}

function start(where: Place, workflow: string, payload: unknown): Started {
  const work = [
    "run",
    "--wf",
    `trips::${workflow}`,
    "--payload",
    "-",
    "--trace-id",
    "t1",
    "--json",
  ];
  const started = startPgs([...work, ...where.args]);
  started.child.stdin?.end(JSON.stringify(payload));
  return started;
}

/** The same as `pgs`, while the switchboard goes on answering. */
async function ran(where: Place, ...args: readonly string[]): Promise<Omit<Ran, "json">> {
  const started = startPgs([...args, ...where.args]);
  started.child.stdin?.end();
  const { code } = await started.ended;
  return { code, out: started.out(), err: started.err() };
}

const TURNS_MAX = 40;

/** Starts until nothing is open any more: what waits to be tried again is not hurried. */
async function untilEnded(where: Place): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const woken = await ran(where, "wake", "--json");
    expect(woken.code, woken.out + woken.err).toBe(0);
    const listed = pgs(["list", "--open", "--json", ...where.args]).json();
    if ((listed as { executions: unknown[] }).executions.length === 0) return;
  }
  throw new Error("it has not ended");
}

/** What `t1` came to, and all that must hold of it and of what the outside was asked. */
function requireSound({ args, folder }: Place) {
  for (const command of [
    ["verify", "--state"],
    ["replay", "--all"],
    ["examine", "t1"],
  ]) {
    const held = pgs([...command, "--json", ...args]);
    expect(held.code, `${command}: ${held.out}${held.err}`).toBe(0);
  }
  const records = recordsIn(folder).filter(({ trace }) => trace === "t1");
  const attempts = records.filter((one) => one.type === "attempted");
  const keys = new Map<string, string>();
  for (const { path, key, body } of board.asked) {
    const call = `${path} ${body}`;
    expect(keys.get(key) ?? call).toBe(call);
    keys.set(key, call);
    expect(attempts.map(({ idempotency_key }) => idempotency_key)).toContain(key);
  }
  expect(new Set(keys.values()).size, "a call has one key").toBe(keys.size);
  for (const { node, idempotency_key } of attempts) {
    expect(idempotency_key).toBe(callKey("default", "t1", node));
  }
  const booked = board.asked.filter(({ path }) => path === "/book").map(({ body }) => body);
  expect(new Set(booked).size, "nothing is booked twice").toBe(booked.length);
  const closed = records.filter((one) => one.type === "closed");
  expect(closed).toHaveLength(1);
  return { records, closed: closed[0], booked };
}

const ITEMS = ["a", "b", "c", "d"];

/** Each is not understood at first; what is bad never is, and giving back at first neither. */
function reply({ path, body, before }: Asked): Reply {
  if (path === "/book") return "told";
  return body === "bad" || before === 0 ? "unreadable" : "told";
}

type When = (moment: Moment) => boolean;

async function killedAt(when: When, items: readonly string[], seed: number): Promise<Place> {
  const where = place();
  let started: Started | undefined;
  let killed = false;
  const moment = (one: Moment) => {
    if (killed || !when(one)) return;
    killed = true;
    started?.child.kill("SIGKILL");
  };
  board.begin({ seed, reply, moment });
  started = start(where, "WF_TRIP_V0", { items });
  const { signal } = await started.ended;
  expect(signal, started.out() + started.err()).toBe("SIGKILL");
  return where;
}

test("answers in any order come to the same result, each told its own", async () => {
  const results: unknown[] = [];
  for (const seed of [1, 2, 3]) {
    board.begin({ seed, reply });
    const where = place();
    const started = start(where, "WF_TRIP_V0", { items: ITEMS });
    expect((await started.ended).code, started.err()).toBe(0);
    const { closed } = requireSound(where);
    results.push(closed?.result);
    // Every item twice, since none was understood at first.
    expect(board.asked.filter(({ path }) => path === "/ask")).toHaveLength(2 * ITEMS.length);
  }
  expect(results[0]).toEqual(ITEMS.map(() => ({ outcome: "TOLD", result: null })));
  expect(new Set(results.map((one) => JSON.stringify(one))).size).toBe(1);
}, 120_000);

const at =
  (what: Moment["what"], path: string, nth: number, body?: string): When =>
  ({ what: found, of }) => {
    if (found !== what || of.path !== path || (body !== undefined && of.body !== body))
      return false;
    const so = board.asked.filter((one) => one.path === path && (body ?? one.body) === one.body);
    return so.length >= nth;
  };

test.each([
  ["one item was asked for", at("asked", "/ask", 1)],
  ["three are under way", at("asked", "/ask", 3)],
  ["one was answered", at("answered", "/ask", 1)],
  ["the fourth has begun", at("asked", "/ask", 1, "d")],
  ["one is asked for again", at("asked", "/ask", 2, "b")],
  ["the last is asked for again", at("answered", "/ask", 8)],
] as const)(
  "killed when %s, it goes on and books nothing twice",
  async (_, when) => {
    const where = await killedAt(when, ITEMS, 7);
    await untilEnded(where);
    const { closed, booked } = requireSound(where);
    expect(closed).toMatchObject({ outcome: "SUCCESS", fault: false });
    expect(booked.toSorted()).toEqual(["flight", "hotel"]);
  },
  120_000,
);

test.each([
  ["one is being booked", at("asked", "/book", 1)],
  ["both are being booked", at("asked", "/book", 2)],
  ["one was booked", at("answered", "/book", 2)],
] as const)(
  "killed when %s, what is in doubt is given back and not asked again",
  async (_, when) => {
    const where = await killedAt(when, ITEMS, 3);
    await untilEnded(where);
    const { closed, booked, records } = requireSound(where);
    const doubted = records.filter((one) => one.type === "external" && one.outcome === "IN_DOUBT");
    expect(doubted.length).toBeGreaterThan(0);
    expect(closed).toMatchObject({ outcome: "COMPENSATED", result: { stands: [] } });
    const back = new Set(
      board.asked.flatMap(({ path, body }) => (path === "/unbook" ? [body] : [])),
    );
    for (const body of booked) expect(back).toContain(body);
  },
  120_000,
);

test.each([
  ["the first is given back", at("asked", "/unbook", 1)],
  ["the first was not understood", at("answered", "/unbook", 1)],
  ["the first is given back again", at("asked", "/unbook", 2)],
  ["the second is given back", at("asked", "/unbook", 3)],
  ["the second was not understood", at("answered", "/unbook", 3)],
  ["all was given back", at("answered", "/unbook", 4)],
] as const)(
  "killed when %s, it is given back to the end, the last first",
  async (_, when) => {
    const where = await killedAt(when, ["a", "bad"], 5);
    await untilEnded(where);
    const { closed, records } = requireSound(where);
    expect(closed).toMatchObject({ outcome: "PARTLY_COMPENSATED" });
    const { compensated, stands } = (closed?.result ?? {}) as Record<string, readonly string[]>;
    expect(compensated?.toSorted()).toEqual(["both/flight/book", "both/hotel/book"]);
    // What was asked for stays asked for.
    expect(stands?.toSorted()).toEqual(["each[0]/ask", "each[1]/ask"]);
    const undone = records.flatMap((one) =>
      one.type === "external" && one.compensates !== undefined ? [one.compensates] : [],
    );
    expect(undone).toEqual(compensated);
  },
  120_000,
);

test("killed again and again, it comes to its end", async () => {
  const where = await killedAt(at("answered", "/ask", 2), ["a", "bad"], 9);
  for (const [path, count] of [
    ["/ask", 4],
    ["/unbook", 1],
    ["/unbook", 2],
  ] as const) {
    let started: Started | undefined;
    const moment = ({ what, of }: Moment) => {
      const so = board.asked.filter((one) => one.path === path).length;
      if (what === "asked" && of.path === path && so >= count) started?.child.kill("SIGKILL");
    };
    board.goOn(moment);
    started = startPgs(["wake", "--follow", "--json", ...where.args]);
    expect((await started.ended).signal, started.err()).toBe("SIGKILL");
  }
  board.goOn();
  await untilEnded(where);
  expect(requireSound(where).closed).toMatchObject({ outcome: "PARTLY_COMPENSATED" });
}, 120_000);

test("a fork that a killed process left running is cancelled as a whole, and given back", async () => {
  const where = await killedAt(at("asked", "/ask", 3), ITEMS, 11);
  const cancelled = await ran(where, "cancel", "t1", "--json");
  expect(cancelled.err + cancelled.code).toMatch(/[08]$/);
  await untilEnded(where);
  const { closed, records } = requireSound(where);
  expect(records.filter(({ type }) => type === "cancelled")).toMatchObject([
    { node: "each", in_doubt: true },
  ]);
  const { compensated } = (closed?.result ?? {}) as Record<string, readonly string[]>;
  expect(compensated?.toSorted()).toEqual(["both/flight/book", "both/hotel/book"]);
  const again = await ran(where, "cancel", "t1", "--json");
  expect(JSON.parse(again.out)).toMatchObject({ refused: { code: "cancel/ended" } });
}, 120_000);

test("killed as an answer comes, while another branch waits for a word, both go on", async () => {
  const where = place();
  let started: Started | undefined;
  board.begin({
    seed: 1,
    reply,
    moment: ({ what }) => void (what === "answered" && started?.child.kill("SIGKILL")),
  });
  started = start(where, "WF_MIXED_V0", { what: "x" });
  await started.ended;
  board.goOn();
  const tell = ["signal", "t1", "GO", "--payload", "-", "--json", ...where.args];
  // Who is told does not wait: the other branch may still have to be asked for again.
  const told = startPgs(tell);
  told.child.stdin?.end('{"what":"yes"}');
  expect([0, 8], told.err()).toContain((await told.ended).code);
  await untilEnded(where);
  expect(requireSound(where).closed).toMatchObject({ outcome: "SUCCESS", result: "yes" });
}, 120_000);

test("a list longer than its bound is a violation, and nothing of it is asked for", async () => {
  board.begin({ seed: 1, reply: () => "told" });
  const where = place();
  const started = start(where, "WF_TRIP_V0", { items: [...ITEMS, "e"] });
  await started.ended;
  const { closed, records } = requireSound(where);
  expect(closed).toMatchObject({ outcome: "COMPENSATED" });
  const violated = records.find((one) => one.type === "node" && one.outcome === "VIOLATION");
  expect(violated).toMatchObject({ node: "each", to: "taken_back" });
  expect(board.asked.some(({ path }) => path === "/ask")).toBe(false);
}, 120_000);

test("times in the past are up at once, side by side; one too far away is a violation", () => {
  const where = place();
  const times = ["1970-01-01T00:00:00Z", "2001-02-03T04:05:06.789+02:00"];
  const work = ["run", "--wf", "trips::WF_ALL_UNTIL_V0", "--payload", "-", "--json", ...where.args];
  const input = (all: readonly string[]) => ({ input: JSON.stringify({ times: all }) });
  const ended = pgs([...work, "--trace-id", "t1"], input(times));
  expect(ended.code, ended.err).toBe(0);
  expect(ended.json()).toMatchObject({ outcome: "DONE" });
  board.begin({ seed: 1, reply });
  const timers = requireSound(where).records.filter((one) => one.type === "timer");
  expect(timers.map(({ node }) => node)).toEqual(["each[0]/pause", "each[1]/pause"]);
  const far = pgs([...work, "--trace-id", "t2"], input(["2990-01-01T00:00:00Z"]));
  expect(far.json()).toMatchObject({ outcome: "FAR" });
}, 120_000);

test("a word over the limit is refused, and the branch still waits for it", async () => {
  board.begin({ seed: 1, reply: () => "told" });
  const where = place();
  const started = start(where, "WF_MIXED_V0", { what: "x" });
  expect((await started.ended).code).toBe(8);
  const tell = ["signal", "t1", "GO", "--payload", "-", "--json", ...where.args];
  const big = pgs(tell, { input: JSON.stringify({ what: "x".repeat(1_100_000) }) });
  expect(big.json()).toMatchObject({ refused: { code: "signal/too-large" } });
  const long = pgs(tell, { input: JSON.stringify({ what: "x".repeat(21) }) });
  expect(long.json()).toMatchObject({ refused: { code: "signal/unfit-payload" } });
  expect(pgs(tell, { input: '{"what":"yes"}' }).json()).toMatchObject({ result: "yes" });
  requireSound(where);
}, 120_000);

/** Forks of both kinds and plain calls within one another, so many. */
function nested(depth: number, of: (level: number) => string): string {
  const payload = "payload: { type: object, required: [id], properties: { id: { type: string } } }";
  const exits =
    "exits:\n  fine: { outcome: DONE }\n  bad: { outcome: BAD }\non_fault: { outcome: FAULTED }";
  const levels = Array.from({ length: depth }, (_, at) => {
    const node = at === 0 ? LOOK : of(at);
    return `---\nkind: workflow\ncode: WF_L${at}_V0\nsummary: A level.\n${payload}\nstart: below\nnodes:\n  below:\n    ${node}\n${exits}\n`;
  });
  return `kind: domain\ncode: deep\nsummary: Deep.\n${levels.join("")}`;
}

const LOOK = `decide: [{ when: { const: bad }, outcome: BAD }, { otherwise: FINE }]
    with: $.payload.id
    on: { FINE: fine, BAD: bad }`;
const BELOW = (level: number) => `WF_L${level - 1}_V0`;
const FORK = (level: number) =>
  level % 2 === 0
    ? `map: [$.payload.id]\n    max: 2\n    call: ${BELOW(level)}\n    with: { id: $.item }\n    succeed: [DONE]\n    on: { SUCCESS: fine, FAILED: bad }`
    : `parallel: { one: { call: ${BELOW(level)}, with: { id: $.payload.id }, succeed: [DONE] } }\n    on: { SUCCESS: fine, FAILED: bad }`;
const CALL = (level: number) =>
  `call: ${BELOW(level)}\n    with: { id: $.payload.id }\n    on: { DONE: fine, BAD: bad }`;

test.each([
  ["forks", LIMITS.forkDepthMax, FORK, "resolve/fork-too-deep"],
  ["calls", LIMITS.callDepthMax, CALL, "resolve/call-too-deep"],
] as const)(
  "%s within one another: as deep as the limit runs, one more is refused by its name",
  (_, max, level, code) => {
    const compiled = (depth: number) => {
      const folder = freshWorkspace({ "protocol/domains/deep/all.yaml": nested(depth + 1, level) });
      return pgs(["compile", folder, "--json"]);
    };
    const fits = compiled(max);
    expect(fits.code, fits.out).toBe(0);
    const refused = compiled(max + 1);
    expect(refused.code).toBe(3);
    expect(refused.out).toContain(code);
    expect(refused.out).toContain(`deeper than ${max} levels`);
  },
  120_000,
);
