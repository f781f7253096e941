/**
 * When the next of what is waited for is up, for who goes on with it then and holds nothing until
 * then. It reads what is stored and the ledger's end, needs no lock and writes nothing; it may name a
 * time at which nothing is up any more, and never one that is too late.
 */
import { linesEnd } from "../ledger/room.ts";
import { lastSegment, segmentPath } from "../ledger/segments.ts";
import type { WaitRow } from "../ports.ts";
import type { SqliteStore } from "../state/sqlite.ts";
import { missingLedger } from "./ledger-source.ts";
import { type IndexedRoot, upToDate } from "./up-to-date.ts";
import { takeWaits, type Waits, waitsOf } from "./waits.ts";

/** What was gone on with: all that was up by then, of what was waited for at a ledger position. */
export interface Tried {
  /** RFC 3339, UTC, milliseconds; empty before all. */
  readonly upTo: string;
  readonly n: number;
}

export interface NextWait {
  /** RFC 3339, UTC, milliseconds; undefined where nothing is waited for. */
  readonly until: string | undefined;
  /** The ledger position as of which this is so. */
  readonly n: number;
}

/** So many are read: those that are up first. */
const FEW = 1_024;

interface Soonest {
  readonly waits: Waits;
  /** Nothing that was not read is up before that; undefined where all was read. */
  readonly unread: string | undefined;
  n: number;
}

/** The next of what was not tried. Refuses where there is no ledger any more. */
export function nextWait(root: IndexedRoot, tried: Tried): NextWait {
  if (lastSegment(root.files, root.dataRoot) === 0) throw missingLedger(root.files, root.dataRoot);
  const { waits, unread, n } = upToDate<Soonest>(root, {
    stored: (store) => soonestIn(store, tried),
    none: () => ({ waits: waitsOf([]), unread: undefined, n: 0 }),
    take(found, record) {
      takeWaits(found.waits, record);
      found.n = record.n;
    },
  });
  const untried = [...waits.values()].flatMap((rows) => [...rows.values()]).filter(isUntried);
  const times = untried.map(({ until }) => until).concat(unread ?? []);
  return { until: times.sort()[0], n };

  function isUntried({ until, first }: WaitRow): boolean {
    return until > tried.upTo || first > tried.n;
  }
}

/** What is up already may have begun to be waited for since, where a process was killed over it. */
function soonestIn(store: SqliteStore, { upTo }: Tried): Soonest {
  const later = [...store.waits(upTo, FEW)];
  const up = upTo === "" ? [] : [...store.waits("", FEW)].filter(({ until }) => until <= upTo);
  const unread = later.length < FEW ? undefined : later.at(-1)?.until;
  return { waits: waitsOf([...up, ...later]), unread, n: store.watermark()?.applied ?? 0 };
}

/** Another text where the ledger is longer than it was: a look at its folder, and at no record. */
export function lengthOf({ files, dataRoot }: IndexedRoot): string {
  const segment = lastSegment(files, dataRoot);
  return `${segment} ${linesEnd(files, segmentPath(dataRoot, segment))}`;
}
