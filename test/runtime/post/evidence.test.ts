/** What deliveries leave behind: records that prove themselves, nothing in the clear, no needless looks. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, test } from "vitest";
import { replayFull } from "../../../runtime/evidence/replay.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import type { Store } from "../../../runtime/ports.ts";
import { subscribersIn } from "../../../runtime/post/subscribers.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { openState } from "../../../runtime/state/open.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { during, freshRoot, ledgerBytes, recordsOf, UNFLUSHED } from "../on-disk.ts";
import { ALL, deliver, expectAllDelivered, mail, PLAIN, telling } from "./mail.ts";

const CANARY = "canary-in-the-coal-mine";
const PAYLOAD = {
  object: [
    ["key", { read: [0, "key"] }],
    ["position", { read: [1] }],
    ["secret", { read: [0, "secret"] }],
  ],
} as const;
const SECRET = { subscribes: { payload: PAYLOAD } };

async function told(options = mail(SECRET)): Promise<string> {
  const root = freshRoot();
  await during(
    root,
    async (runtime) => {
      for (const key of ["a", "b"]) {
        await runtime.submit(telling({ key, kind: "other", secret: CANARY }));
      }
      await deliver(runtime);
    },
    options,
  );
  return root;
}

describe("a delivered execution", () => {
  test("is replayed in full, and verified with the state, like any other", async () => {
    const dataRoot = await told();
    expectAllDelivered(recordsOf(dataRoot));
    const { snapshot, capabilities } = mail(SECRET);
    if (snapshot === undefined || capabilities === undefined) throw new Error("there is mail");
    const vault = openVault(dataRoot, files);
    const replayed = await replayFull(
      { kind: "ledger", files, dataRoot },
      { snapshot: () => snapshot, capabilities, vault, allowChangedCapabilities: false },
    );
    expect(replayed).toMatchObject({ ok: true, divergence: null, executions: 4 });
    const verified = await verify({
      ...{ files, dataRoot, tracesFolder: undefined, paint: undefined, state: true },
      snapshot: () => snapshot,
    });
    expect(verified).toMatchObject({ ok: true, problems: [] });
  });

  test("holds a labelled value of its event under a key of its own, nowhere in the clear", async () => {
    const root = await told();
    expect(ledgerBytes(root).includes(CANARY)).toBe(false);
    const opened = recordsOf(root).filter((one) => one.type === "opened");
    expect(opened.map(({ payload }) => JSON.stringify(payload).includes("$sealed"))).toEqual(
      Array(4).fill(true),
    );
    expect(readdirSync(join(root, "keys", "default"))).toHaveLength(4);
  });

  test("is refused where a value of its event was erased before", async () => {
    const root = freshRoot();
    const event = { key: "a", kind: "other", secret: CANARY };
    const nobody = mail({ subscribes: { store: "test/none" } });
    await during(root, (runtime) => runtime.submit(telling(event)), nobody);
    rmSync(join(root, "keys"), { recursive: true });
    await during(root, (runtime) => deliver(runtime), mail(SECRET));
    const refused = recordsOf(root).filter((one) => one.type === "refused");
    expect(refused).toMatchObject([
      { code: "delivery/erased", intent: ALL.type, cause: { position: 1 } },
      { code: "delivery/erased", intent: PLAIN.type, cause: { position: 1 } },
    ]);
  });
});

describe("how far a subscription came", () => {
  /** How often the stored state is asked what became of an event. */
  async function looksIn(root: string): Promise<number> {
    let looked = 0;
    const store = (dataRoot: string): Store => {
      const own = openState(files, dataRoot);
      return {
        ...own,
        executionByKey(tenant, key) {
          looked += 1;
          return own.executionByKey(tenant, key);
        },
      };
    };
    const options = { ...mail(), ports: { ...UNFLUSHED, store } };
    await during(root, (runtime) => deliver(runtime), options);
    return looked;
  }

  test("is kept beside the state, so that a start does not look at all events again", async () => {
    const root = freshRoot();
    await during(
      root,
      async (runtime) => {
        for (let at = 0; at < 40; at += 1) {
          await runtime.submit(telling({ key: "a", kind: "other" }));
        }
        await deliver(runtime);
      },
      { ...mail(), ports: UNFLUSHED },
    );
    const database = new Database(join(root, "state.db"));
    const rows = database.prepare("SELECT position FROM delivered").all() as { position: number }[];
    database.close();
    expect(rows.map(({ position }) => position)).toEqual([40, 40]);
    expect(await looksIn(root)).toBe(0);
    // Folded anew it is found again, by what the ledger says.
    rmSync(join(root, "state.db"));
    const before = recordsOf(root).length;
    expect(await looksIn(root)).toBeGreaterThan(0);
    expect(recordsOf(root)).toHaveLength(before);
    expect(await looksIn(root)).toBe(0);
  });

  test("is told to those who only look, with the state or without, and changes nothing", async () => {
    const root = freshRoot();
    const { snapshot } = mail();
    if (snapshot === undefined) throw new Error("there is mail");
    const look = async () => {
      const found = await subscribersIn(snapshot, { files, dataRoot: root, tenant: "default" });
      return found.map(({ subscription, events, delivered, waiting }) => [
        subscription.intent.type,
        events,
        delivered,
        waiting,
      ]);
    };
    expect(await look()).toEqual([
      [ALL.type, 0, 0, 0],
      [PLAIN.type, 0, 0, 0],
    ]);
    const quiet = mail({ subscribes: { store: "test/none" } });
    await during(
      root,
      async (runtime) => {
        await runtime.submit(telling({ key: "a", kind: "plain" }));
        await runtime.submit(telling({ key: "a", kind: "other" }));
        await deliver(runtime);
      },
      quiet,
    );
    const expected = [
      [ALL.type, 2, 0, 2],
      [PLAIN.type, 2, 2, 0],
    ];
    expect(await look()).toEqual(expected);
    rmSync(join(root, "state.db"));
    expect(await look()).toEqual(expected);
    await during(root, (runtime) => deliver(runtime), mail());
    expect(await look()).toEqual([
      [ALL.type, 2, 2, 0],
      [PLAIN.type, 2, 2, 0],
    ]);
  });
});
