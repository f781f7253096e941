/**
 * `pgs wake --follow` between two times at which something is up: it holds nothing, so that others may
 * write, and looks now and then whether the ledger grew, which may have brought a time that is nearer.
 * It opens the data root when something is due and never in between, nor again for what could not go
 * on the last time.
 */
import { Refusal } from "../protocol/language/refusal.ts";
import {
  lastSegment,
  lengthOf,
  type NextWait,
  nextWait,
  SYSTEM_PORTS,
  type Tried,
} from "../runtime/index.ts";
import { orStopped, type Stopping } from "./stopping.ts";

/** How often it looks. */
const LOOK_MS = 1_000;

const { clock, files } = SYSTEM_PORTS;

interface Root {
  readonly files: typeof files;
  readonly dataRoot: string;
  /** A ledger was seen there: where nothing has been written yet, there is none. */
  stood: boolean;
}

export interface Following {
  readonly dataRoot: string;
  /** Opens the data root, goes on with what is due, and lets go of it. */
  readonly wake: () => Promise<void>;
  /** Told of what is in the way now, and tried again. */
  readonly hindered: (refusal: Refusal) => void;
  readonly stopping: Stopping;
}

/** Settles when it is told to stop. Refused where the data root is held when it begins. */
export async function follow(following: Following): Promise<void> {
  const { dataRoot, wake, stopping } = following;
  const root = { files, dataRoot, stood: lastSegment(files, dataRoot) > 0 };
  let tried = triedAt(root.stood ? nextWait(root, { upTo: "", n: 0 }).n : 0);
  await wake();
  for (;;) {
    const { n } = await untilDue(root, tried, stopping);
    if (stopping.isAsked()) return;
    const trying = triedAt(n);
    if (await unlessBusy(following)) tried = trying;
    // Whoever holds it goes on with what is due themselves, mostly.
    else await pause(LOOK_MS, stopping);
  }
}

function triedAt(n: number): Tried {
  return { upTo: new Date(clock.now()).toISOString(), n };
}

/** Gives what was known when something was due, or when it was told to stop. */
async function untilDue(root: Root, tried: Tried, stopping: Stopping): Promise<NextWait> {
  let length = "";
  let next: NextWait = { until: undefined, n: tried.n };
  for (;;) {
    if (isThere(root)) {
      // Before it is read: what is written meanwhile is seen the next time.
      const longer = lengthOf(root);
      const read = longer === length ? undefined : readNow(root, tried);
      if (read !== undefined) [next, length] = [read, longer];
    }
    const { until } = next;
    const leftMs = until === undefined ? LOOK_MS : Date.parse(until) - clock.now();
    if (leftMs <= 0 || stopping.isAsked()) return next;
    await pause(Math.min(leftMs, LOOK_MS), stopping);
  }
}

/**
 * Whether there is a ledger yet. Where there was one and is none any more, nothing is opened: that
 * would make a new and empty one in its place.
 */
function isThere(root: Root): boolean {
  const { dataRoot } = root;
  const stands = lastSegment(files, dataRoot) > 0;
  root.stood ||= stands;
  if (stands === root.stood) return stands;
  const message = `the ledger of \`${dataRoot}\` is gone, which was followed until now`;
  const hint = "Bring the data root back, or name where it stands now, and follow again.";
  throw new Refusal("evidence", "ledger/vanished", message, { hint });
}

/** Undefined where it cannot be read for a moment. */
function readNow(root: Root, tried: Tried): NextWait | undefined {
  try {
    return nextWait(root, tried);
  } catch (error) {
    if (error instanceof Refusal && error.family === "busy") return undefined;
    throw error;
  }
}

/** Whether it could be done: what passes by itself, a data root that is held or full, is tried again. */
async function unlessBusy({ wake, hindered }: Following): Promise<boolean> {
  try {
    await wake();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) || error.family !== "busy") throw error;
    hindered(error);
    return false;
  }
}

async function pause(ms: number, stopping: Stopping): Promise<void> {
  let takeBack = () => {};
  const over = new Promise<void>((resolve) => {
    takeBack = clock.timer(ms, resolve);
  });
  await orStopped(stopping, over);
  takeBack();
}
