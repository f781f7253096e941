/**
 * Two tenants at work on one data root: what they do as values, carried out through the real runtime
 * on a real disk, and what each of them gets to see of it. Ids, times and places in the ledger are
 * told by names of their own, so that two runs can be compared; nothing else is left out.
 */
import type { Refusal } from "../../protocol/language/refusal.ts";
import {
  examine,
  isSeenBy,
  list,
  listRefusals,
  type Runtime,
  recordsIn,
  SYSTEM_PORTS,
  sessionsOf,
  traceInLedger,
  type Work,
} from "../../runtime/index.ts";
import { during } from "../runtime/on-disk.ts";
import { snapshotOf } from "../runtime/protocol.ts";
import { INTENTS } from "../simulator/governance.ts";
import { implementations, SNAPSHOTS, WORKFLOW } from "../simulator/protocol.ts";

export type Side = "left" | "right";
export const SIDES: readonly Side[] = ["left", "right"];

/** Something of one side's, by when it came to be; of traces, in turn one that was named. */
export interface Ref {
  readonly of: Side;
  readonly at: number;
}

/** `as`: with a session of one's own, by its place; else as the operator, where that is one. */
export type Deed =
  | { readonly do: "run"; readonly as: number | null; readonly work: Work }
  | { readonly do: "begin"; readonly as: number | null; readonly work: Work }
  | { readonly do: "open" }
  | { readonly do: "end"; readonly as: number | null; readonly session: Ref }
  | { readonly do: "cancel"; readonly as: number | null; readonly trace: Ref }
  | { readonly do: "take"; readonly as: number | null; readonly trace: Ref }
  | { readonly do: "list"; readonly what: "executions" | "refusals" | "sessions" }
  | { readonly do: "examine"; readonly trace: Ref };

export interface Step {
  readonly by: Side;
  readonly deed: Deed;
}

/** One process: whose operator opened it, and what is done, some of it two at a time. */
export interface Process {
  readonly operator: Side;
  readonly steps: readonly (readonly Step[])[];
}

export { INTENTS, WORKFLOW };

const { files, clock } = SYSTEM_PORTS;
/** No call is ever given up here: each is answered at the end of its process. */
const TIMEOUT_MS = 3_600_000;

const SIMULATED = SNAPSHOTS.first;
export const SNAPSHOT = snapshotOf(
  SIMULATED.workflows.map((workflow) => {
    const graph = SIMULATED.graph(workflow);
    const nodes = graph.nodes.map((node) =>
      node.kind === "external" ? { ...node, timeoutMs: TIMEOUT_MS } : node,
    );
    return { ...graph, nodes };
  }),
  SIMULATED.capabilities.map(({ implementation }) => implementation),
  SIMULATED.governance(),
);

interface Owned {
  /** Of ids that the runtime gave. */
  readonly traces: string[];
  begun: number;
  /** Of what was begun. */
  readonly keys: Set<string>;
  readonly credentials: string[];
  readonly seen: unknown[];
}

/** What each side saw, in the order in which it asked. */
export async function seenBy(
  dataRoot: string,
  processes: readonly Process[],
): Promise<Readonly<Record<Side, readonly string[]>>> {
  const town = new Town(dataRoot);
  for (const process of processes) await town.live(process);
  return { left: town.shown("left"), right: town.shown("right") };
}

interface Doing<Kind extends Deed["do"]> {
  readonly by: Side;
  readonly deed: Extract<Deed, { readonly do: Kind }>;
  readonly asked: { readonly session?: string };
}

class Town {
  readonly #dataRoot: string;
  readonly #owned: Readonly<Record<Side, Owned>> = {
    left: { traces: [], begun: 0, keys: new Set(), credentials: [], seen: [] },
    right: { traces: [], begun: 0, keys: new Set(), credentials: [], seen: [] },
  };
  /** Calls to the outside that wait for their answer. */
  readonly #calls: (() => void)[] = [];
  /** What was begun, and is heard of when all that waits is answered. */
  readonly #begun: Promise<void>[] = [];
  /** Told that an execution waits, by its trace. */
  readonly #waits = new Map<string, () => void>();

  constructor(dataRoot: string) {
    this.#dataRoot = dataRoot;
  }

  async live({ operator, steps }: Process): Promise<void> {
    const call = ({ trace }: { readonly trace: string }) =>
      new Promise<{ outcome: string; output: number }>((resolve) => {
        this.#calls.push(() => resolve({ outcome: "SUCCESS", output: 1 }));
        this.#waits.get(trace)?.();
      });
    await during(
      this.#dataRoot,
      async (runtime) => {
        for (const together of steps) {
          await Promise.all(together.map((step) => this.#do(runtime, operator, step)));
        }
        await this.#release();
      },
      {
        snapshot: SNAPSHOT,
        capabilities: implementations(call),
        tenant: operator,
        principal: `operator.of.${operator}`,
      },
    );
  }

  /** Answers what waits, until nothing does, and hears of what was begun. */
  async #release(): Promise<void> {
    const heard = Promise.all(this.#begun.splice(0));
    let over = false;
    heard.finally(() => {
      over = true;
    });
    while (!over) {
      for (const answer of this.#calls.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await heard;
  }

  async #do(runtime: Runtime, operator: Side, { by, deed }: Step): Promise<void> {
    const own = this.#owned[by];
    const session = "as" in deed ? own.credentials[deed.as ?? -1] : undefined;
    const needsAnybody = "as" in deed || deed.do === "open";
    if (needsAnybody && session === undefined && by !== operator) return;
    const at = own.seen.push(undefined) - 1;
    const see = (what: unknown) => {
      own.seen[at] = what;
    };
    const asked = session === undefined ? {} : { session };
    if (deed.do === "begin") {
      await this.#begin(runtime, { by, deed, asked }, see);
      return;
    }
    const doing = this.#doing(runtime, { by, deed, asked });
    await doing.then(see, (error: Refusal) => see(refusalOf(error)));
  }

  /** Of a name, so that it can be cancelled while it waits; goes on once it does, or is over. */
  async #begin(
    runtime: Runtime,
    { by, deed, asked }: Doing<"begin">,
    see: (what: unknown) => void,
  ): Promise<void> {
    const own = this.#owned[by];
    const traceId = begun(by, own.begun);
    own.begun += 1;
    const { idempotencyKey: key, ...work } = deed.work;
    // Whoever gives the key of one that waits, waits with it.
    const keyed = key === undefined || own.keys.has(key) ? {} : { idempotencyKey: key };
    if (key !== undefined) own.keys.add(key);
    const waits = new Promise<void>((resolve) => this.#waits.set(traceId, resolve));
    const seen = runtime
      .submit({ ...work, ...keyed, ...asked, traceId })
      .then(see, (error: Refusal) => see(refusalOf(error)));
    this.#begun.push(seen);
    await Promise.race([waits, seen]);
  }

  async #doing(
    runtime: Runtime,
    { by, deed, asked }: Doing<Exclude<Deed["do"], "begin">>,
  ): Promise<unknown> {
    const own = this.#owned[by];
    switch (deed.do) {
      case "run": {
        const answer = await runtime.submit({ ...deed.work, ...asked });
        if (deed.work.traceId === undefined) own.traces.push(answer.trace_id);
        return answer;
      }
      case "open": {
        const opened = await runtime.openSession({ seconds: 3_600 });
        own.credentials.push(opened.credential);
        return opened;
      }
      case "end": {
        const { session: shown } = asked;
        const session = this.#sessionOf(deed.session);
        return runtime.endSession({ session, ...(shown === undefined ? {} : { by: shown }) });
      }
      case "cancel":
        return runtime.cancel({ trace: this.#traceOf(deed.trace), ...asked });
      case "take":
        return runtime.submit({
          ...{ workflow: WORKFLOW.register, payload: { name: "taken" }, ...asked },
          traceId: this.#traceOf(deed.trace),
        });
      case "list":
        return this.#list(by, deed.what);
      case "examine":
        return this.#examine(by, this.#traceOf(deed.trace));
    }
  }

  #list(tenant: Side, what: "executions" | "refusals" | "sessions"): unknown {
    const root = { files, dataRoot: this.#dataRoot, tenant };
    if (what === "executions") return list(root);
    return what === "refusals"
      ? listRefusals(root)
      : sessionsOf({ ...root, nowMs: clock.now() }, tenant);
  }

  #examine(tenant: Side, trace: string): unknown {
    const reading = traceInLedger(files, this.#dataRoot, trace);
    if (reading === undefined || !isSeenBy(tenant, reading)) return "not found";
    return examine(reading, {
      snapshot: () => SNAPSHOT,
      ledger: () => recordsIn({ files, dataRoot: this.#dataRoot }),
      locate: () => undefined,
    });
  }

  /** What there is not, is of the same form, and nobody's. */
  #traceOf({ of, at }: Ref): string {
    const place = Math.floor(at / 2);
    return at % 2 === 0 ? (this.#owned[of].traces[place] ?? NOBODYS) : begun(of, place);
  }

  #sessionOf({ of, at }: Ref): string {
    return this.#owned[of].credentials[at]?.split(".")[0] ?? `session-${NOBODYS}`;
  }

  /** Whatever is the other's, or nobody's, has one name: which of them it is must not be told. */
  shown(side: Side): readonly string[] {
    const other = this.#owned[side === "left" ? "right" : "left"];
    const foreign = [...other.traces, ...other.credentials.map((one) => one.split(".")[0] ?? "")];
    const names = new Map<string, string>();
    return this.#owned[side].seen.map((one) => {
      const text = JSON.stringify(one, plain) ?? "nothing";
      const told = foreign.reduce((all, id) => all.replaceAll(id, "<foreign>"), text);
      return told.replace(ID, (id) => {
        if (id.endsWith(NOBODYS)) return "<foreign>";
        const name = names.get(id) ?? `<id ${names.size}>`;
        names.set(id, name);
        return name;
      });
    });
  }
}

function begun(by: Side, at: number): string {
  return `${by}.begun-${at}`;
}

const NOBODYS = "01a1fb67-0000-7000-8000-000000000000";
const ID = /(?:session-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Of time, and of where something stands among everybody's: the ledger is one for all. */
const OF_THE_LEDGER: ReadonlySet<string> = new Set([
  ...["n", "first", "last", "at", "epoch", "flushed", "hash", "prev", "records_from"],
  ...["started_at", "closed_at", "opened_at", "expires_at", "ended_at"],
  ...["credential", "secret_sha256", "$sealed", "duration_ms"],
]);

function plain(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (OF_THE_LEDGER.has(key)) return value === null ? null : "…";
  // A call's own key is made from the id of its trace.
  return key === "idempotency_key" && this.type === "attempted" ? "…" : value;
}

function refusalOf({ code, message, hint, problems, trace }: Refusal): unknown {
  if (code === undefined) return { message };
  const told = message.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…");
  return { code, message: told, hint, problems, trace: trace?.replace(/^refused-/, "") };
}
