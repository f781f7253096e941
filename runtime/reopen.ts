/**
 * Executions that a writer left open: each goes on under the snapshot that it began with, from its
 * records, through the same machine, to its end. One that cannot go on stays open and is named. Those
 * that closed shortly before a stop are gathered, too: their traces may not have been written.
 */
import type { Digest } from "../protocol/language/digest.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { Json } from "../protocol/language/json.ts";
import {
  isMachineRecord,
  type LedgerRecord,
  type OpenedBody,
} from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { BEGINNING, type Standing } from "./driver.ts";
import { headOf } from "./evidence/chain.ts";
import {
  acceptedFact,
  advance,
  type Course,
  type Journal,
  liveHost,
  type World,
} from "./execution.ts";
import type { Entry } from "./ledger/reader.ts";
import type { CancelOrder, Program } from "./machine/program.ts";
import { clear, playback } from "./playback.ts";
import type { RecordPlace } from "./ports.ts";
import type { Programs } from "./programs.ts";
import { sealerOf } from "./sealing/sealer.ts";

/** An execution that was found open. */
export interface Unfinished {
  readonly journal: Journal;
  readonly places: RecordPlace[];
}

/** So many that closed are kept: their projections may be missing. Those of a bulk are made when asked for. */
const CLOSED_MAX = 64;

/**
 * Gathers the executions that are open at the end of what is read, and the last of those that closed
 * behind the position up to which the state was stored: after a clean stop there are none.
 */
export function gatherUnsettled({ applied, lines }: Gathering): {
  readonly take: (entry: Entry) => void;
  /** Gives those that are open, and keeps none of them. */
  readonly takeOpen: () => Unfinished[];
  readonly closed: () => readonly Journal[];
} {
  const unfinished = new Map<string, Unfinished>();
  const closed: Journal[] = [];
  return {
    take({ record, raw, start }) {
      if (record.type === "opened") {
        const journal = { trace: record.trace, records: [], lines: [] };
        unfinished.set(record.trace, { journal, places: [] });
      }
      const found = unfinished.get(record.trace);
      if (found === undefined) return;
      const { journal, places } = found;
      journal.records.push(record);
      // A copy: the bytes are part of a larger piece of the file.
      if (lines) journal.lines.push(Buffer.from(raw.bytes));
      places.push({ start, bytes: raw.bytes.length });
      if (record.type !== "closed") return;
      unfinished.delete(record.trace);
      if (record.n <= applied || !lines) return;
      closed.push(journal);
      if (closed.length > CLOSED_MAX) closed.shift();
    },
    takeOpen() {
      const open = [...unfinished.values()];
      unfinished.clear();
      return open;
    },
    closed: () => closed,
  };
}

export interface Gathering {
  /** Up to there the state had been stored. */
  readonly applied: number;
  /** Whether the lines are needed, and those that closed. */
  readonly lines: boolean;
}

/** Makes the ledger's writer go on behind what was found. */
export function adopt(world: World, { journal, places }: Unfinished): void {
  const last = journal.records.at(-1);
  invariant(last !== undefined, "an open execution has a record");
  world.ledger.adopt(journal.trace, headOf(last), places);
}

/** An execution that could not go on, and why. */
export interface Stuck {
  readonly trace: string;
  readonly code: string;
  readonly message: string;
}

/** Codes that speak of what is not at hand now, and may be again: not of evidence that is wrong. */
const NOT_AT_HAND: ReadonlySet<string> = new Set([
  "sealing/erased",
  "snapshot/not-found",
  "workflow/unknown",
  "capability/missing",
  "capability/changed",
]);

/** Whether it is that what is needed is not at hand. */
export function isNotAtHand(error: unknown): error is Refusal {
  return error instanceof Refusal && NOT_AT_HAND.has(error.code);
}

/** How far an open execution went: to its end, to where answers take time, or nowhere. */
export type Reopened =
  | { readonly kind: "ended" }
  | {
      readonly kind: "waiting";
      readonly course: Course;
      readonly standing: Standing;
      /** In the clear. */
      readonly payload: Json;
    }
  | { readonly kind: "stuck"; readonly why: Stuck };

/** How far one went that can go on. */
export type PickedUp = Reopened & { readonly kind: "ended" | "waiting" };

export type Opened = LedgerRecord & OpenedBody;

/** The record that an execution begins with. */
export function openedIn({ records: [opened] }: Journal): Opened {
  invariant(opened?.type === "opened", "a trace begins with the record that opens it");
  return opened;
}

/** What it runs under: what it began with, unless it was moved. */
export function snapshotIn(journal: Journal): Digest {
  const moved = journal.records.findLast((record) => record.type === "migrated");
  return moved?.type === "migrated" ? moved.to_snapshot : openedIn(journal).snapshot;
}

/**
 * Takes an open execution from its records as far as it goes; with an order to cancel it, to where
 * anything would be asked anew.
 */
export function pickUp(
  world: World,
  journal: Journal,
  { program, order }: { readonly program: Program; readonly order?: CancelOrder },
): PickedUp {
  const opened = openedIn(journal);
  const sealer = sealerOf(world.vault, opened.tenant, journal.trace);
  const payload = clear(sealer.open(opened.payload), journal.trace);
  if (program.fits(program.graph.payload, payload) !== null) throw unfit(journal.trace);
  const host = playback({
    program,
    recorded: journal.records.filter(isMachineRecord),
    sealer,
    live: liveHost(world, journal, opened),
    ...(order && { order }),
  });
  const course = { program, host, journal };
  const standing = advance(world, course, BEGINNING, acceptedFact(opened, payload));
  if (standing === undefined) return { kind: "ended" };
  return { kind: "waiting", course, standing, payload };
}

/** The same for all; says what hinders one where that may pass. */
async function goOn(
  world: World,
  { journal }: Unfinished,
  programsUnder: (snapshot: string) => Programs,
): Promise<Reopened> {
  const opened = openedIn(journal);
  const recorded = journal.records.length;
  try {
    const program = await programsUnder(snapshotIn(journal)).find(opened.workflow);
    return pickUp(world, journal, { program });
  } catch (error) {
    if (!isNotAtHand(error) || journal.records.length > recorded) throw error;
    const { code, message } = error;
    return { kind: "stuck", why: { trace: journal.trace, code, message } };
  }
}

/** So many go on before their records are flushed. */
const AT_ONCE = 256;

export interface GoingOn {
  readonly world: World;
  readonly programsUnder: (snapshot: string) => Programs;
  /** Makes durable what was written so far; these have ended. */
  readonly durable: (ended: readonly Journal[]) => Promise<void>;
  /** Takes those that need nothing but time or a signal, and holds none of them in memory. */
  readonly rest: (waiting: readonly Waits[]) => Promise<void>;
}

/** What became of the executions that were found open. */
export interface GoneOn {
  /** Traces that came to their end. */
  readonly continued: readonly string[];
  readonly stuck: readonly { readonly why: Stuck; readonly unfinished: Unfinished }[];
  readonly calling: readonly Waits[];
  /** Traces that wait for time or a signal. */
  readonly waiting: readonly string[];
}

export type Waits = Reopened & { readonly kind: "waiting" };

/** Whether a call has to be made, or is to be made again when it is time. */
function callsOutside({ course, standing }: Waits): boolean {
  const { nodes } = course.program.graph;
  return standing.pending.some(
    ({ kind, node }) => kind === "call" || nodes[node]?.kind === "external",
  );
}

/** Goes on with all of them in their order, some at a time: what has ended needs no memory. */
export async function goOnAll(
  unfinished: Unfinished[],
  { world, programsUnder, durable, rest }: GoingOn,
): Promise<GoneOn> {
  const gone = {
    continued: [] as string[],
    stuck: [] as Stucks[],
    calling: [] as Waits[],
    waiting: [] as string[],
  };
  unfinished.reverse();
  while (unfinished.length > 0) {
    const ended: Journal[] = [];
    const resting: Waits[] = [];
    for (const one of unfinished.splice(-AT_ONCE).reverse()) {
      const reopened = await goOn(world, one, programsUnder);
      if (reopened.kind === "stuck") {
        gone.stuck.push({ why: reopened.why, unfinished: one });
        continue;
      }
      if (reopened.kind === "waiting") {
        const calls = callsOutside(reopened);
        if (calls) gone.calling.push(reopened);
        else resting.push(reopened);
        if (!calls) gone.waiting.push(one.journal.trace);
        continue;
      }
      gone.continued.push(one.journal.trace);
      ended.push(one.journal);
    }
    await durable(ended);
    await rest(resting);
  }
  return gone;
}

type Stucks = GoneOn["stuck"][number];

/** Whether it was cancelled, and only its end was not written any more. */
export function wasCancelled({ journal }: Unfinished): boolean {
  return journal.records.at(-1)?.type === "cancelled";
}

/** Intake takes no such payload: somebody else wrote it. */
function unfit(trace: string): Refusal {
  const message = `the payload of trace \`${trace}\` does not fit what its workflow expects`;
  return new Refusal("evidence", "ledger/diverged", message, {
    hint: "Replay the trace in full mode to see where it differs.",
  });
}
