/** When the next wait is up, read without a lock: as a list of all that waits says it. */
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lengthOf, listWaiting, nextWait, SYSTEM_PORTS } from "../../../runtime/index.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import { freshFolder } from "../../capabilities/built.ts";
import { during, freshRoot, recordsOf } from "../on-disk.ts";
import {
  APPROVE,
  approveGraph,
  BEGAN_MS,
  HOUR_MS,
  handClock,
  LATER,
  laterGraph,
  waitingWith,
} from "../waiting/place.ts";

const { files } = SYSTEM_PORTS;
const NOTHING = { upTo: "", n: 0 };

const clock = handClock();
const options = () => waitingWith(clock, { graphs: [approveGraph(), laterGraph()] });

function at(ms: number): string {
  return new Date(BEGAN_MS + ms).toISOString();
}

/** The oracle: of everything that waits, what was not tried. */
function soonest(dataRoot: string, { upTo, n }: typeof NOTHING): string | undefined {
  const waits = listWaiting({ files, dataRoot }).flatMap((one) => one.waits);
  const untried = waits.filter(({ until, first }) => until > upTo || first > n);
  return untried.map(({ until }) => until).sort()[0];
}

function begin(runtime: Runtime, workflow: typeof APPROVE, traceId: string) {
  return runtime.submit({ workflow, payload: 1, traceId });
}

function withoutState(dataRoot: string): void {
  for (const name of readdirSync(dataRoot)) {
    if (name.startsWith("state.db")) rmSync(join(dataRoot, name));
  }
}

test("it is the soonest of all that was not tried, whatever of it is stored", async () => {
  const dataRoot = freshRoot();
  const root = { files, dataRoot };
  const old = join(freshFolder(), "state.db");
  await during(
    dataRoot,
    async (runtime) => {
      for (let n = 0; n < 3; n += 1) {
        clock.to(BEGAN_MS + n * 1_000);
        await begin(runtime, LATER, `later-${n}`);
        await begin(runtime, APPROVE, `asked-${n}`);
      }
    },
    options(),
  );
  copyFileSync(join(dataRoot, "state.db"), old);
  const before = lengthOf(root);
  await during(
    dataRoot,
    async (runtime) => {
      await runtime.signal({ trace: "asked-0", name: "APPROVE", payload: { why: "so" } });
      clock.to(BEGAN_MS + HOUR_MS + 1_000);
      await runtime.wake();
      await begin(runtime, APPROVE, "asked-late");
    },
    options(),
  );
  expect(lengthOf(root)).not.toBe(before);
  const { n } = recordsOf(dataRoot).at(-1) ?? { n: 0 };
  const all = [
    NOTHING,
    { upTo: at(HOUR_MS), n },
    { upTo: at(HOUR_MS + 2_000), n },
    // One that was begun since then, and is up by then.
    { upTo: at(40 * 24 * HOUR_MS), n: n - 8 },
    { upTo: at(400 * 24 * HOUR_MS), n },
  ];
  const expected = all.map((tried) => ({ until: soonest(dataRoot, tried), n }));
  expect(expected[0]?.until).toBe(at(HOUR_MS + 2_000));
  expect(expected[4]?.until).toBeUndefined();
  const told = () => all.map((tried) => nextWait(root, tried));
  expect(told()).toEqual(expected);
  withoutState(dataRoot);
  copyFileSync(old, join(dataRoot, "state.db"));
  expect(told()).toEqual(expected);
  withoutState(dataRoot);
  expect(told()).toEqual(expected);
});

test("of more than are read at once, it is none that is too late", async () => {
  const dataRoot = freshRoot();
  const root = { files, dataRoot };
  const began = clock.now();
  await during(
    dataRoot,
    async (runtime) => {
      for (let n = 0; n < 1_100; n += 100) {
        clock.to(began + n);
        await Promise.all(
          Array.from({ length: 100 }, (_, one) => begin(runtime, LATER, `t${n + one}`)),
        );
      }
    },
    options(),
  );
  const { n } = recordsOf(dataRoot).at(-1) ?? { n: 0 };
  const first = soonest(dataRoot, NOTHING) ?? "";
  for (const tried of [NOTHING, { upTo: first, n }, { upTo: first, n: 0 }]) {
    expect(nextWait(root, tried)).toEqual({ until: soonest(dataRoot, tried), n });
  }
});

test("without a ledger there is nothing to follow", () => {
  const dataRoot = freshRoot();
  expect(() => nextWait({ files, dataRoot }, NOTHING)).toThrow("there is no ledger");
});
