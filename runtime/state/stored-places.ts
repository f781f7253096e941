/**
 * Which places of records are stored, so that a checkpoint writes only what is new: the records of
 * traces that opened or went on, the removal of those that ended, those that fell asleep or woke, a
 * mark where the last one is far behind. Its size is that of what is open and awake. It writes
 * nothing itself.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { isFar } from "../ledger/marks.ts";
import type { Checkpoint, LedgerPosition, OpenTrace, RecordPlace } from "../ports.ts";

/** What a checkpoint changes in the tables of places. */
export interface PlaceChanges {
  readonly added: readonly { readonly trace: string; readonly place: RecordPlace }[];
  readonly ended: readonly string[];
  /** Traces that sleep from here on, with all of their records. */
  readonly asleep: readonly OpenTrace[];
  /** Traces that slept before. */
  readonly woken: readonly string[];
  /** Places from which to look for records. */
  readonly marks: readonly LedgerPosition[];
}

export class StoredPlaces {
  /** How many places of each open trace are stored. */
  readonly #counts: Map<string, number>;
  #mark: LedgerPosition | undefined;
  /** How many places are stored of those that were told to be asleep last. */
  #asleep: ReadonlyMap<string, number> = new Map();

  /** The ledger position up to which places were stored. */
  #stored: number;

  constructor(open: readonly OpenTrace[], mark: LedgerPosition | undefined, stored = 0) {
    this.#counts = new Map(open.map(({ trace, places }) => [trace, places.length]));
    this.#mark = mark;
    this.#stored = stored;
  }

  /** What has to be written, that the store holds what this checkpoint says, and these marks. */
  changesTo({ watermark, open }: Checkpoint, found: readonly LedgerPosition[]): PlaceChanges {
    const added: { trace: string; place: RecordPlace }[] = [];
    const asleep: OpenTrace[] = [];
    const woken: string[] = [];
    let standing = 0;
    for (const one of open) {
      const { trace, places } = one;
      const known = this.#counts.get(trace);
      if (known !== undefined) standing += 1;
      if (one.asleep === true) {
        if (this.#asleep.get(trace) !== places.length) asleep.push(one);
        continue;
      }
      // One that is new is behind all that was stored; one that is not has slept.
      if (known === undefined && (places[0]?.start.n ?? 0) < this.#stored) woken.push(trace);
      invariant(places.length >= (known ?? 0), "an open trace keeps its records");
      for (let at = known ?? 0; at < places.length; at += 1) {
        const place = places[at] as RecordPlace;
        invariant(place.start.n < watermark.durable.n, "a checkpoint names what is durable");
        added.push({ trace, place });
      }
    }
    const ended = standing === this.#counts.size ? [] : this.#missingIn(open);
    const last = found.at(-1) ?? this.#mark;
    const marks = isFar(last, watermark.durable) ? [...found, watermark.durable] : found;
    return { added, ended, asleep, woken, marks };
  }

  /** What was to be written was. */
  wrote({ added, ended, asleep, marks }: PlaceChanges, { watermark, open }: Checkpoint): void {
    for (const { trace } of added) this.#counts.set(trace, (this.#counts.get(trace) ?? 0) + 1);
    for (const trace of ended) this.#counts.delete(trace);
    for (const { trace } of asleep) this.#counts.delete(trace);
    const sleeping = open.filter((one) => one.asleep === true);
    this.#asleep = new Map(sleeping.map(({ trace, places }) => [trace, places.length]));
    this.#stored = watermark.durable.n;
    this.#mark = marks.at(-1) ?? this.#mark;
  }

  #missingIn(open: readonly OpenTrace[]): readonly string[] {
    const traces = new Set(open.map(({ trace }) => trace));
    return [...this.#counts.keys()].filter((trace) => !traces.has(trace));
  }
}
