/**
 * The traces whose end is not on the disk: the head that the next record continues, and where each
 * record stands. It is touched by every append, so that a place is four numbers in a flat list;
 * objects are made only when somebody asks what is open.
 */
import { type Digest, NO_DIGEST } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Head } from "../evidence/chain.ts";
import type { OpenTrace, RecordPlace } from "../ports.ts";

/** Numbers of one place: the position before it, its segment, its first byte, its bytes. */
const STRIDE = 4;

export class Tracked {
  seq = 0;
  hash: Digest = NO_DIGEST;
  ended = false;
  /** All of it is on the disk, and nothing follows before it wakes. */
  asleep = false;
  readonly places: number[] = [];
  /** What was told last; told again while nothing was added. */
  told: OpenTrace | undefined;

  /** The trace as JSON. */
  readonly quoted: string;

  constructor(readonly trace: string) {
    this.quoted = JSON.stringify(trace);
  }
}

export class OpenTraces {
  /** In the order of their first records. */
  readonly #traces = new Map<string, Tracked>();

  get(trace: string): Tracked | undefined {
    return this.#traces.get(trace);
  }

  begin(trace: string): Tracked {
    const tracked = new Tracked(trace);
    this.#traces.set(trace, tracked);
    return tracked;
  }

  /** Takes up what another writer left open. */
  adopt(trace: string, head: Head, places: readonly RecordPlace[]): void {
    invariant(!this.#traces.has(trace) && !head.ended, "an open trace is taken up once");
    invariant(places.length === head.seq, "every record of an open trace has its place");
    const tracked = this.begin(trace);
    tracked.seq = head.seq;
    tracked.hash = head.hash;
    for (const { start, bytes } of places) {
      tracked.places.push(start.n, start.segment, start.offset, bytes);
    }
  }

  /** Where the records stand of a trace that sleeps; none of one that is awake. */
  restingOf(trace: string): readonly RecordPlace[] | undefined {
    const tracked = this.#traces.get(trace);
    if (tracked === undefined) return undefined;
    return tracked.asleep ? told(tracked, tracked.places.length).places : [];
  }

  /** Forgets a trace that sleeps, unless it went on since this was told of it. */
  letGo({ trace, places, asleep }: OpenTrace): void {
    const tracked = this.#traces.get(trace);
    if (asleep !== true || tracked?.asleep !== true) return;
    if (tracked.places.length === places.length * STRIDE) this.#traces.delete(trace);
  }

  /** Called once the end of the trace is on the disk. */
  forget(trace: string): void {
    this.#traces.delete(trace);
  }

  /** What is open where the ledger ends behind record `n`: their records up to there. */
  upTo(n: number): readonly OpenTrace[] {
    const open: OpenTrace[] = [];
    for (const tracked of this.#traces.values()) {
      const { places, ended } = tracked;
      if ((places[0] ?? n) >= n) continue;
      let length = places.length;
      while ((places[length - STRIDE] ?? 0) >= n) length -= STRIDE;
      if (ended && length === places.length) continue;
      tracked.told = toldOf(tracked, length);
      open.push(tracked.told);
    }
    return open;
  }
}

function toldOf(tracked: Tracked, length: number): OpenTrace {
  const { told: before, asleep } = tracked;
  const isSame = before?.places.length === length / STRIDE && (before.asleep === true) === asleep;
  return isSame ? before : told(tracked, length);
}

/** What was told before is told as the same objects: of a long one there are many. */
function told({ trace, places, asleep, told: before }: Tracked, length: number): OpenTrace {
  const list: RecordPlace[] = before?.places.slice(0, length / STRIDE) ?? [];
  for (let at = list.length * STRIDE; at < length; at += STRIDE) {
    const [n = 0, segment = 0, offset = 0, bytes = 0] = places.slice(at, at + STRIDE);
    list.push({ start: { n, segment, offset }, bytes });
  }
  return asleep ? { trace, places: list, asleep } : { trace, places: list };
}
