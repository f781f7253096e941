/**
 * A place where people work on one data root, one after the other and over weeks: each comes with a
 * token of their own and works in the session that it opens, and the clock is the test's.
 */
import { join } from "node:path";
import type { Compilation } from "../../compiler/index.ts";
import { writeSnapshot } from "../../compiler/index.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import {
  openRuntime,
  openSnapshot,
  type Runtime,
  resolveSnapshot,
  type Snapshot,
  SYSTEM_PORTS,
  type Woken,
} from "../../runtime/index.ts";
import { openStore } from "../../runtime/state/sqlite.ts";
import { capabilities, freshFolder } from "../capabilities/built.ts";
import { goodToken, settings } from "../runtime/identity/tokens.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface Person {
  readonly principal: string;
  readonly roles?: readonly string[];
  readonly attributes?: JsonObject;
}

/** What somebody who is known does, in their session. */
export type Desk = Pick<Runtime, "submit" | "signal">;

export type Told = Awaited<ReturnType<Runtime["submit"]>>;

export interface Office {
  /** Where the ledger is, and the sealed protocols. */
  readonly data: string;
  readonly snapshots: (id: string) => Snapshot;
  /** What somebody does, and then leaves. */
  readonly as: <T>(person: Person, does: (desk: Desk) => Promise<T>) => Promise<T>;
  /** Time goes by, and nobody works. */
  readonly days: (count: number) => void;
  /** Where those came to that went on by themselves. */
  readonly woken: readonly Woken[];
  /** What stands in a store, of the tenant `default`. */
  readonly registry: (store: string, key: string) => Json | undefined;
  readonly document: (store: string, key: string) => Json | undefined;
  readonly events: (store: string) => readonly Json[];
}

export function officeOf({ snapshot }: Compilation): Office {
  if (snapshot === null) throw new Error("the domains compile");
  const folder = freshFolder();
  const data = join(folder, "data");
  const snapshots = join(folder, "snapshots");
  writeSnapshot(snapshot, snapshots);
  const { files } = SYSTEM_PORTS;
  const open = (id?: string) => openSnapshot(files, resolveSnapshot(files, snapshots, id));
  const current = open();
  let ahead = 0;
  let tokens = 0;
  const { now } = SYSTEM_PORTS.clock;
  const clock = { ...SYSTEM_PORTS.clock, now: () => now() + ahead };
  const woken: Woken[] = [];
  const reading = <T>(read: (store: ReturnType<typeof openStore>) => T): T => {
    const store = openStore(join(data, "state.db"), "reading");
    try {
      return read(store);
    } finally {
      store.close();
    }
  };
  const at = (store: string) => ({ tenant: "default", store });
  return {
    data,
    snapshots: open,
    async as(person, does) {
      const runtime = await openRuntime({
        dataRoot: data,
        snapshot: current,
        snapshots: open,
        capabilities,
        ...{ tenant: "default", principal: "janitor" },
        identity: settings(),
        holder: { pid: process.pid, command: "vitest" },
        ports: { ...SYSTEM_PORTS, clock },
        onWoken: (one) => void woken.push(one),
      });
      try {
        await runtime.wake();
        tokens += 1;
        return await does(await deskOf(runtime, tokenOf(person, clock.now(), tokens)));
      } finally {
        await runtime.close();
      }
    },
    days(count) {
      ahead += count * DAY_MS;
    },
    woken,
    registry: (store, key) =>
      reading((state) => {
        const entry = state.registry(at(store), key);
        return entry === undefined || entry.revoked ? undefined : entry.value;
      }),
    document: (store, key) => reading((state) => state.document(at(store), key)?.value),
    events: (store) => reading((state) => state.events(at(store), 1, 1_000)),
  };
}

function tokenOf({ principal, roles = [], attributes = {} }: Person, nowMs: number, jti: number) {
  const who = { sub: principal, tenant: "default", roles, attributes };
  return goodToken({ ...who, jti: `t${jti}` }, Math.floor(nowMs / 1_000));
}

async function deskOf(runtime: Runtime, token: string): Promise<Desk> {
  const { credential: session } = await runtime.openSession({ token, seconds: 3_600 });
  return {
    submit: (asked) => runtime.submit({ ...asked, session }),
    signal: (said) => runtime.signal({ ...said, session }),
  };
}
