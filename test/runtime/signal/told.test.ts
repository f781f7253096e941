/** What an execution is told, in one process: who counts, who does not, and what comes too late. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { isWaiting } from "../../../runtime/answer.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { replayed } from "../cancel/asking.ts";
import { claims, goodToken, settings } from "../identity/tokens.ts";
import { during, freshRoot, recordsOf } from "../on-disk.ts";
import {
  APPROVE,
  approveGraph,
  BEGAN_MS,
  DAY_MS,
  type HandClock,
  handClock,
  waitingWith,
} from "../waiting/place.ts";

const PEOPLE = 3;
const WORK = { workflow: APPROVE, payload: 1, traceId: "t1" } as const;
const NOW = BEGAN_MS / 1_000;

function options(clock: HandClock, notRequester = true) {
  const graphs = [approveGraph(PEOPLE, notRequester)];
  return { ...waitingWith(clock, { graphs }), identity: settings() };
}

let tokens = 0;

async function sessionOf(runtime: Runtime, sub: string): Promise<string> {
  tokens += 1;
  const token = goodToken({ ...claims({}, NOW), sub, tenant: "default", jti: `s${tokens}` }, NOW);
  return (await runtime.openSession({ token, seconds: 3_600 })).credential;
}

/** What became of it: how many have said so, the outcome it led to, or why it was refused. */
async function said(runtime: Runtime, name: string, session?: string, why: unknown = "so") {
  const who = session === undefined ? {} : { session };
  try {
    const told = { trace: "t1", name, payload: { why } as never, ...who };
    const { answer, said: count } = await runtime.signal(told);
    return isWaiting(answer) ? count : answer.outcome;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("a signal that takes several people", () => {
  test("counts each of them once, however many of them say it at once", async () => {
    const root = freshRoot();
    const clock = handClock();
    await during(
      root,
      async (runtime) => {
        await runtime.submit(WORK);
        const [ada, again, bob, eve] = [
          await sessionOf(runtime, "ada"),
          await sessionOf(runtime, "ada"),
          await sessionOf(runtime, "bob"),
          await sessionOf(runtime, "eve"),
        ];
        const all = [ada, again, ada, bob, undefined].map((by) => said(runtime, "APPROVE", by));
        expect(await Promise.all(all)).toEqual([
          1,
          "signal/said-already",
          "signal/said-already",
          2,
          "signal/requester",
        ]);
        expect(await said(runtime, "APPROVE", eve)).toBe("APPROVED");
        expect(await said(runtime, "APPROVE", eve)).toBe("signal/ended");
      },
      options(clock),
    );
    const records = recordsOf(root, "t1");
    expect(records.filter(({ type }) => type === "signal")).toHaveLength(PEOPLE);
    expect(records.find((one) => one.type === "node" && one.node === "wait")).toMatchObject({
      outcome: "APPROVE",
      output: { payload: { why: "so" }, principal: "eve", principals: ["ada", "bob", "eve"] },
    });
    expect(await replayed(root, options(clock))).toMatchObject({ ok: true, divergence: null });
  });

  test("comes to what a count of heads comes to, whoever says what in whatever order", async () => {
    const person = fc.constantFrom("ada", "bob", "eve", "operator");
    const word = fc.constantFrom("APPROVE", "APPROVE", "APPROVE", "REJECT", "PERHAPS");
    const saying = fc.record({ person, word, unfit: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(saying, { maxLength: 8 }), fc.boolean(), async (all, apart) => {
        const root = freshRoot();
        const clock = handClock();
        const expected = counted(all);
        const found: unknown[] = [];
        const sessions = new Map<string, string>();
        await during(
          root,
          async (runtime) => {
            await runtime.submit(WORK);
            for (const one of ["ada", "bob", "eve"]) {
              sessions.set(one, await sessionOf(runtime, one));
            }
          },
          options(clock),
        );
        const tell = async (some: typeof all) =>
          during(
            root,
            async (runtime) => {
              for (const one of some) {
                const by = sessions.get(one.person);
                found.push(await said(runtime, one.word, by, one.unfit ? 7 : "so"));
              }
            },
            options(clock),
          );
        if (apart) for (const one of all) await tell([one]);
        else await tell(all);
        expect(found).toEqual(expected);
        const refused = recordsOf(root).filter(({ type }) => type === "refused");
        expect(refused).toHaveLength(found.filter(isCode).length);
        expect(await replayed(root, options(clock))).toMatchObject({ ok: true });
      }),
      { numRuns: 25 },
    );
  });
});

/** Somebody at a shell that calls itself so, or somebody with a token of that name. */
interface Somebody {
  readonly name: string;
  readonly shell: boolean;
}

test("everybody at a shell is one person, and a name is, whoever asked and in whatever order", async () => {
  const name = fc.constantFrom("ada", "bob", "eve");
  const somebody = fc.record({ name, shell: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      somebody,
      fc.array(somebody, { maxLength: 7 }),
      fc.boolean(),
      async (asker, all, apart) => {
        const root = freshRoot();
        const clock = handClock();
        const being = <T>(
          who: Somebody,
          does: (runtime: Runtime, session?: string) => Promise<T>,
        ) =>
          during(
            root,
            async (runtime) =>
              does(runtime, ...(who.shell ? [] : [await sessionOf(runtime, who.name)])),
            { ...options(clock, apart), principal: who.shell ? who.name : "clerk" },
          );
        await being(asker, (runtime, session) =>
          runtime.submit({ ...WORK, ...(session === undefined ? {} : { session }) }),
        );
        const found: unknown[] = [];
        for (const who of all) {
          found.push(await being(who, (runtime, session) => said(runtime, "APPROVE", session)));
        }
        expect(found).toEqual(peopleIn(all, apart ? asker : undefined));
        expect(await replayed(root, options(clock, apart))).toMatchObject({ ok: true });
      },
    ),
    { numRuns: 25 },
  );
});

/** The oracle: names and shells, crossed off a list. */
function peopleIn(all: readonly Somebody[], not: Somebody | undefined): readonly unknown[] {
  const used = new Set<string>();
  const marks = ({ name, shell }: Somebody) => (shell ? [name, "a shell"] : [name]);
  const own = new Set(not === undefined ? [] : marks(not));
  let count = 0;
  return all.map((who) => {
    if (count === PEOPLE) return "signal/ended";
    if (marks(who).some((mark) => own.has(mark))) return "signal/requester";
    if (marks(who).some((mark) => used.has(mark))) return "signal/said-already";
    for (const mark of marks(who)) used.add(mark);
    count += 1;
    return count === PEOPLE ? "APPROVED" : count;
  });
}

test("whoever is refused at a shell is told how people are told apart", async () => {
  const root = freshRoot();
  const clock = handClock();
  const at = (principal: string) => ({ ...options(clock), principal });
  await during(root, (runtime) => runtime.submit(WORK), at("ada"));
  const telling = (runtime: Runtime) =>
    runtime.signal({ trace: "t1", name: "APPROVE", payload: { why: "so" } });
  await expect(during(root, telling, at("bob"))).rejects.toMatchObject({
    code: "signal/requester",
    message: "`bob` is the operator, who as `ada` asked for the execution (`wait` of `t1`)",
    hint: expect.stringContaining("`pgs session create --token FILE`") as string,
  });
});

function isCode(what: unknown): boolean {
  return String(what).startsWith("signal/");
}

/** The oracle: heads, counted by hand. */
function counted(
  all: readonly { readonly person: string; readonly word: string; readonly unfit: boolean }[],
): readonly unknown[] {
  const heads = new Set<string>();
  let ended = false;
  return all.map(({ person, word, unfit }) => {
    if (ended) return "signal/ended";
    if (word === "PERHAPS") return "signal/not-awaited";
    if (unfit) return "signal/unfit-payload";
    if (person === "operator") return "signal/requester";
    if (word === "REJECT") {
      ended = true;
      return "REFUSED";
    }
    if (heads.has(person)) return "signal/said-already";
    heads.add(person);
    ended = heads.size === PEOPLE;
    return ended ? "APPROVED" : heads.size;
  });
}

test("nothing is told to an execution whose snapshot is gone, and it waits on", async () => {
  const root = freshRoot();
  const clock = handClock();
  await during(root, (runtime) => runtime.submit(WORK), options(clock, false));
  const other = waitingWith(clock, { graphs: [approveGraph(1)] });
  const gone = () => {
    throw new Refusal("usage", "snapshot/not-found", "it is gone");
  };
  const telling = (runtime: Runtime) => said(runtime, "REJECT");
  expect(await during(root, telling, { ...other, snapshots: gone })).toBe("signal/no-snapshot");
  expect(await during(root, telling, options(clock, false))).toBe("REFUSED");
});

describe("a signal that comes too late", () => {
  test("is refused from the moment on when time is up, also before anybody noticed that", async () => {
    const root = freshRoot();
    const clock = handClock();
    await during(
      root,
      async (runtime) => {
        await runtime.submit(WORK);
        // The clock is there, and what waits for it has not rung.
        clock.to(BEGAN_MS + 30 * DAY_MS);
        expect(await said(runtime, "REJECT")).toBe("signal/late");
        await runtime.wake();
        expect(await said(runtime, "REJECT")).toBe("signal/ended");
      },
      options(clock, false),
    );
    expect(recordsOf(root, "t1").some(({ type }) => type === "signal")).toBe(false);
    expect(recordsOf(root, "t1").at(-1)).toMatchObject({ type: "closed", outcome: "LATE" });
  });

  test("and a cancel at the same time: one of them is what happened, the other is refused", async () => {
    const root = freshRoot();
    const clock = handClock();
    const anybody = options(clock, false);
    const trace = (at: number) => `t${at}`;
    const found = await during(
      root,
      async (runtime) => {
        for (let at = 0; at < 8; at += 1) await runtime.submit({ ...WORK, traceId: trace(at) });
        return Promise.all(Array.from({ length: 8 }, (_, at) => both(runtime, trace(at), at % 2)));
      },
      anybody,
    );
    for (const [at, pair] of found.entries()) {
      const closed = recordsOf(root, trace(at)).at(-1);
      expect(closed).toMatchObject({ type: "closed" });
      const outcome = closed?.type === "closed" ? closed.outcome : "";
      expect(["REFUSED", "CANCELLED"]).toContain(outcome);
      expect(pair.filter((one) => one === outcome)).toHaveLength(1);
      expect(pair.some((one) => /^(signal|cancel)\/(ended|not-waiting)$/.test(one))).toBe(true);
    }
    expect(await replayed(root, anybody)).toMatchObject({ ok: true, divergence: null });
  });
});

/** Told and cancelled at once; the one or the other is asked first. */
function both(runtime: Runtime, trace: string, which: number): Promise<readonly string[]> {
  const outcomeOf = (asked: Promise<object>) =>
    asked.then(
      (answer) => String("outcome" in answer ? answer.outcome : "waits"),
      ({ code }) => String(code),
    );
  const told = { trace, name: "REJECT", payload: { why: "so" } };
  const asks = [
    () => outcomeOf(runtime.signal(told).then(({ answer }) => answer)),
    () => outcomeOf(runtime.cancel({ trace })),
  ];
  if (which === 1) asks.reverse();
  return Promise.all(asks.map((ask) => ask()));
}

test("what is said just in time is written down in time, however long deciding on it takes", async () => {
  const deadline = BEGAN_MS + 30 * DAY_MS;
  const outcomes = new Set<unknown>();
  for (let before = 0; before <= 60; before += 1) {
    const root = freshRoot();
    const clock = handClock();
    let tickMs = 0;
    /** Each look at it takes a millisecond. */
    const slow: HandClock = {
      ...clock,
      now: () => {
        clock.to(clock.now() + tickMs);
        return clock.now();
      },
    };
    await during(
      root,
      async (runtime) => {
        await runtime.submit(WORK);
        clock.to(deadline - before);
        tickMs = 1;
        outcomes.add(await said(runtime, "REJECT"));
      },
      options(slow, false),
    );
    const signal = recordsOf(root, "t1").find(({ type }) => type === "signal");
    if (signal !== undefined) expect(Date.parse(signal.at)).toBeLessThan(deadline);
  }
  expect(outcomes).toEqual(new Set(["signal/late", "REFUSED"]));
});
