/**
 * Which places of records are stored, so that a checkpoint writes only what is new: the records of
 * traces that opened or went on, the removal of those that ended, a mark where the last one is far
 * behind. Its size is that of what is open. It writes nothing itself.
 */
import { invariant } from "../../protocol/language/invariant.ts";
import { isFar } from "../ledger/marks.ts";
import type { Checkpoint, LedgerPosition, OpenTrace, RecordPlace } from "../ports.ts";

/** What a checkpoint changes in the tables of places. */
export interface PlaceChanges {
  readonly added: readonly { readonly trace: string; readonly place: RecordPlace }[];
  readonly ended: readonly string[];
  /** Places from which to look for records. */
  readonly marks: readonly LedgerPosition[];
}

export class StoredPlaces {
  /** How many places of each open trace are stored. */
  readonly #counts: Map<string, number>;
  #mark: LedgerPosition | undefined;

  constructor(open: readonly OpenTrace[], mark: LedgerPosition | undefined) {
    this.#counts = new Map(open.map(({ trace, places }) => [trace, places.length]));
    this.#mark = mark;
  }

  /** What has to be written, that the store holds what this checkpoint says, and these marks. */
  changesTo({ watermark, open }: Checkpoint, found: readonly LedgerPosition[]): PlaceChanges {
    const added: { trace: string; place: RecordPlace }[] = [];
    let standing = 0;
    for (const { trace, places } of open) {
      const known = this.#counts.get(trace);
      if (known !== undefined) standing += 1;
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
    return { added, ended, marks };
  }

  /** What was to be written was. */
  wrote({ added, ended, marks }: PlaceChanges): void {
    for (const { trace } of added) this.#counts.set(trace, (this.#counts.get(trace) ?? 0) + 1);
    for (const trace of ended) this.#counts.delete(trace);
    this.#mark = marks.at(-1) ?? this.#mark;
  }

  #missingIn(open: readonly OpenTrace[]): readonly string[] {
    const traces = new Set(open.map(({ trace }) => trace));
    return [...this.#counts.keys()].filter((trace) => !traces.has(trace));
  }
}
