/**
 * Executions that a writer left open: each goes on under the snapshot that it began with, from its
 * records, through the same machine, to its end. One that cannot go on stays open and is named.
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
import {
  acceptedFact,
  advance,
  type Course,
  type Journal,
  liveHost,
  type World,
} from "./execution.ts";
import type { CancelOrder, Program } from "./machine/program.ts";
import { clear, playback } from "./playback.ts";
import type { Programs } from "./programs.ts";
import { sealerOf } from "./sealing/sealer.ts";
import { Unfinished } from "./unfinished.ts";

/** Makes the ledger's writer go on behind what was found. */
export function adopt(world: World, { trace, head, places }: Unfinished): void {
  world.ledger.adopt(trace, head, places);
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
  journal: Journal,
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

export interface GoingOn {
  readonly world: World;
  readonly programsUnder: (snapshot: string) => Programs;
  /** Makes durable what was written so far; these have ended. */
  readonly durable: (ended: readonly Journal[]) => Promise<void>;
  /** Takes those that need nothing but time or a signal, and holds none of them in memory. */
  readonly rest: (waiting: readonly Waits[]) => Promise<void>;
}

/** What became of executions that were found open. */
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

/** Goes on with some of them in their order; settles when all that they wrote is durable. */
export async function goOnWith(
  some: readonly Unfinished[],
  { world, programsUnder, durable, rest }: GoingOn,
): Promise<GoneOn> {
  const continued: string[] = [];
  const stuck: Stucks[] = [];
  const calling: Waits[] = [];
  const ended: Journal[] = [];
  const resting: Waits[] = [];
  Unfinished.load(some);
  for (const unfinished of some) {
    const { journal } = unfinished;
    const reopened = await goOn(world, journal, programsUnder);
    if (reopened.kind === "stuck") {
      stuck.push({ why: reopened.why, unfinished });
    } else if (reopened.kind === "ended") {
      continued.push(journal.trace);
      ended.push(journal);
    } else if (callsOutside(reopened)) {
      calling.push(reopened);
    } else {
      resting.push(reopened);
    }
    // Whoever goes on with it has its records, and it may be one of many.
    if (reopened.kind !== "stuck") unfinished.drop();
  }
  await durable(ended);
  await rest(resting);
  return { continued, stuck, calling, waiting: resting.map(({ course }) => course.journal.trace) };
}

type Stucks = GoneOn["stuck"][number];

/** Intake takes no such payload: somebody else wrote it. */
function unfit(trace: string): Refusal {
  const message = `the payload of trace \`${trace}\` does not fit what its workflow expects`;
  return new Refusal("evidence", "ledger/diverged", message, {
    hint: "Replay the trace in full mode to see where it differs.",
  });
}
