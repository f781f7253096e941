/** Ledgers for tests of the ledger alone: handmade records, started as a runtime starts. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../protocol/language/digest.ts";
import type {
  ClosedBody,
  CutBody,
  LoneBody,
  OpenedBody,
  RecordBody,
} from "../../../protocol/language/records.ts";
import { headOf } from "../../../runtime/evidence/chain.ts";
import { Ledger, type LedgerOptions } from "../../../runtime/ledger/ledger.ts";
import { type Entry, readLedger } from "../../../runtime/ledger/reader.ts";
import { type Recovered, recoverLedger } from "../../../runtime/ledger/recovery.ts";
import type { Checkpoint, Clock, Files, RecordPlace } from "../../../runtime/ports.ts";
import { systemClock, systemFiles } from "../../../runtime/system-ports.ts";
import { ALLOWED, DENIED, OPERATOR } from "../governed.ts";
import { UNFLUSHED } from "../on-disk.ts";

export const OPENED: OpenedBody = {
  type: "opened",
  format: 1,
  epoch: 1,
  flushed: 0,
  snapshot: sha256("a snapshot"),
  engine: "0",
  workflow: "test::WF_X_V0",
  intent: "pgs.run",
  tenant: "default",
  session: null,
  principal: "operator",
  caller: OPERATOR,
  idempotency_key: null,
  policy: ALLOWED,
  payload: null,
  started_at: "2026-11-21T10:00:00.000Z",
};

const BEGUN = { format: 1, epoch: 1, flushed: 0, snapshot: OPENED.snapshot, engine: "0" } as const;
const BY = { tenant: "default", principal: "operator", caller: OPERATOR } as const;

type Begun = Exclude<LoneBody, CutBody>;

/** One of each kind of record that is a whole trace, but for what a cut leaves. */
export const LONE: readonly Begun[] = Object.freeze([
  {
    ...{ type: "refused", ...BEGUN, ...BY, session: null, policy: DENIED, context: {} },
    ...{ code: "policy/denied", message: "no", intent: "pgs.run", workflow: OPENED.workflow },
    idempotency_key: null,
  },
  {
    ...{ type: "session", ...BEGUN, ...BY, policy: ALLOWED, token: null },
    // Behind whatever a ledger that is written now says of the time.
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    secret_sha256: sha256("a secret"),
  },
  {
    ...{ type: "session-ended", ...BEGUN, ...BY, session: null, policy: ALLOWED },
    ended: "one",
  },
  { type: "boot", ...BEGUN, configuration: sha256("a configuration"), like: "boot" },
] as const);

/** The trace that such a record is. */
export function loneTrace(body: Begun): string {
  if (body.type === "boot") return `boot-${body.epoch}`;
  return body.type === "session-ended" ? `${body.ended}.ended` : "lone";
}

export const NODE: RecordBody = { type: "node", node: "a", outcome: "X", to: "b" };

export function closed(records: number): ClosedBody {
  return {
    type: "closed",
    exit: "b",
    outcome: "X",
    result: null,
    fault: false,
    records,
    fingerprint: sha256("what happened"),
  };
}

/** Opened as a runtime does it: with what is known to be on the disk. */
export function openOn(ledger: Ledger, trace: string, more: Partial<OpenedBody> = {}): void {
  ledger.append(trace, { ...OPENED, flushed: ledger.durable.n, ...more });
}

/** Three records: opened, node, closed. */
export function wholeOn(ledger: Ledger, trace: string, more: Partial<OpenedBody> = {}): void {
  openOn(ledger, trace, more);
  ledger.append(trace, NODE);
  ledger.append(trace, closed(3));
}

export const QUICK: Files = UNFLUSHED.files;

export interface Start extends Partial<Omit<LedgerOptions, "dataRoot" | "end" | "at">> {
  readonly checkpoint?: Checkpoint | undefined;
}

export interface Started {
  readonly read: readonly Entry[];
  readonly recovered: Recovered;
  readonly ledger: Ledger;
}

/** As a start finds a data root: what was read, and a writer behind it that has taken up what is open. */
export function start(dataRoot: string, options: Start = {}): Started {
  const { checkpoint, files = systemFiles, clock = systemClock, ...more } = options;
  mkdirSync(dataRoot, { recursive: true });
  const read: Entry[] = [];
  const { watermark, open = [] } = checkpoint ?? {};
  const each = (entry: Entry) => void read.push(entry);
  const recovered = recoverLedger({ dataRoot, files, clock, watermark, open, each });
  const ledger = new Ledger({ dataRoot, files, clock, ...more, ...recovered });
  for (const [trace, entries] of openIn(read)) {
    const last = entries.at(-1);
    if (last !== undefined) ledger.adopt(trace, headOf(last.record), entries.map(placeOf));
  }
  return { read, recovered, ledger };
}

function placeOf({ start, raw }: Entry): RecordPlace {
  return { start, bytes: raw.bytes.length };
}

function openIn(entries: readonly Entry[]): Map<string, Entry[]> {
  const open = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { trace, type } = entry.record;
    if (type === "opened") open.set(trace, []);
    open.get(trace)?.push(entry);
    if (type === "closed") open.delete(trace);
  }
  return open;
}

/** What is open, as a reader of the whole ledger up to a record finds it. */
export function openUpTo(dataRoot: string, n: number): unknown {
  const entries = [...readLedger(systemFiles, dataRoot)].filter(({ record }) => record.n <= n);
  return [...openIn(entries)].map(([trace, list]) => ({ trace, places: list.map(placeOf) }));
}

export function checkpointOf(ledger: Ledger, epoch = 1): Checkpoint {
  const { durable, hash } = ledger;
  return { watermark: { applied: durable.n, epoch, durable, hash }, open: ledger.open() };
}

export function segment(dataRoot: string, number: number): string {
  return join(dataRoot, "ledger", `${String(number).padStart(8, "0")}.jsonl`);
}

/** Every file of a ledger with its bytes, to compare before and after. */
export function ledgerFiles(dataRoot: string): Readonly<Record<string, string>> {
  const folder = join(dataRoot, "ledger");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    names
      .filter((name) => name !== "cut")
      .map((name) => [name, readFileSync(join(folder, name), "latin1")]),
  );
}

/** A ledger that stands alone: segments as given, in order. */
export function putLedger(dataRoot: string, ...segments: readonly Uint8Array[]): void {
  mkdirSync(join(dataRoot, "ledger"), { recursive: true });
  segments.forEach((bytes, index) => void writeFileSync(segment(dataRoot, index + 1), bytes));
}

/** A clock that stands still: its timers ring when a test says so. */
export function stillClock(startMs = Date.parse("2026-11-21T10:00:00.000Z")): Clock & {
  readonly set: (ms: number) => void;
  /** Rings the timer that was set first; says after how long it would have rung. */
  readonly ring: () => number | undefined;
} {
  let nowMs = startMs;
  const timers: { readonly ms: number; readonly ring: () => void }[] = [];
  return {
    now: () => nowMs,
    set: (ms) => {
      nowMs = ms;
    },
    timer(ms, ring) {
      const timer = { ms, ring };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
    ring() {
      const timer = timers.shift();
      timer?.ring();
      return timer?.ms;
    },
  };
}

/** Until all that can happen without a clock or a disk has happened. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((done) => setImmediate(done));
}
