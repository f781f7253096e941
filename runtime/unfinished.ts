/**
 * What a start finds open at the end of what it reads. Of each execution it keeps where its records
 * stand; the records themselves only of the first ones, as far as a bound: of all others they are read
 * again when somebody goes on with them. Nothing is gone on with here.
 */
import { invariant } from "../protocol/language/invariant.ts";
import { type Head, headOf } from "./evidence/chain.ts";
import type { Journal } from "./execution.ts";
import { readOpen } from "./ledger/open-records.ts";
import type { Entry } from "./ledger/reader.ts";
import type { Files, OpenTrace, RecordPlace } from "./ports.ts";

/** So many records are kept; what is open beyond that is read twice, and takes no memory meanwhile. */
export const RECORDS_HELD_MAX = 16_384;
/** So many that closed are kept: their projections may be missing. Those of a bulk are made when asked for. */
const CLOSED_MAX = 64;
/** Numbers of one place: the position before it, its segment, its first byte, its bytes. */
const STRIDE = 4;

export interface JournalSource {
  readonly files: Files;
  readonly dataRoot: string;
  /** Whether the lines are needed. */
  readonly lines: boolean;
}

/** The records of an open execution, from where they stand, and the head of its chain. */
export function readJournal(
  source: JournalSource,
  one: OpenTrace,
): { readonly journal: Journal; readonly head: Head } {
  const { journals, heads } = readJournals(source, [one]);
  const [journal, head] = [journals.get(one.trace), heads.get(one.trace)];
  invariant(journal !== undefined && head !== undefined, "what is open has records");
  return { journal, head };
}

/** The same of some: what stands side by side is read at once. */
function readJournals({ files, dataRoot, lines }: JournalSource, open: readonly OpenTrace[]) {
  const journals = new Map<string, Journal>(
    open.map(({ trace }) => [trace, { trace, records: [], lines: [] }]),
  );
  const heads = readOpen({
    files,
    dataRoot,
    open,
    each({ record, raw }) {
      const journal = journals.get(record.trace);
      journal?.records.push(record);
      // A copy: the bytes are part of a larger piece of the file.
      if (lines) journal?.lines.push(Buffer.from(raw.bytes));
    },
  });
  return { journals, heads };
}

/** An execution that was found open. */
export class Unfinished {
  readonly #source: JournalSource;
  readonly #places: number[] = [];
  #journal: Journal | undefined;
  #head: Head | undefined;
  #last: { readonly n: number; readonly type: string } | undefined;

  constructor(
    source: JournalSource,
    readonly trace: string,
  ) {
    this.#source = source;
    this.#journal = { trace, records: [], lines: [] };
  }

  /** Its records; read where they stand, unless they are kept. */
  get journal(): Journal {
    this.#journal ??= readJournal(this.#source, this).journal;
    return this.#journal;
  }

  /** Reads the records of those of which none are kept. */
  static load(some: readonly Unfinished[]): void {
    const unread = some.filter((one) => one.#journal === undefined);
    const [first] = unread;
    if (first === undefined) return;
    const { journals } = readJournals(first.#source, unread);
    for (const one of unread) one.#journal = journals.get(one.trace);
  }

  /** How many of its records are kept. */
  get held(): number {
    return this.#journal?.records.length ?? 0;
  }

  get places(): readonly RecordPlace[] {
    const places: RecordPlace[] = [];
    for (let at = 0; at < this.#places.length; at += STRIDE) {
      const [n = 0, segment = 0, offset = 0, bytes = 0] = this.#places.slice(at, at + STRIDE);
      places.push({ start: { n, segment, offset }, bytes });
    }
    return places;
  }

  get head(): Head {
    invariant(this.#head !== undefined, "an open execution has a record");
    return this.#head;
  }

  /** The position of its last record. */
  get n(): number {
    return this.#last?.n ?? 0;
  }

  /** Whether only its end was not written any more. */
  get wasCancelled(): boolean {
    return this.#last?.type === "cancelled";
  }

  take({ record, raw, start }: Entry): void {
    this.#head = headOf(record, this.#head);
    this.#last = { n: record.n, type: record.type };
    this.#places.push(start.n, start.segment, start.offset, raw.bytes.length);
    if (this.#journal === undefined) return;
    this.#journal.records.push(record);
    if (this.#source.lines) this.#journal.lines.push(Buffer.from(raw.bytes));
  }

  /** Keeps no record of it any more, nor of what comes. */
  drop(): void {
    this.#journal = undefined;
  }
}

export interface Gathering extends JournalSource {
  /** Up to there the state had been stored. */
  readonly applied: number;
  readonly recordsHeldMax?: number;
}

/**
 * Gathers the executions that are open at the end of what is read, and the last of those that closed
 * behind the position up to which the state was stored: after a clean stop there are none.
 */
export class Gathered {
  readonly #options: Gathering;
  readonly #unfinished = new Map<string, Unfinished>();
  readonly #closed: Journal[] = [];
  #held = 0;

  constructor(options: Gathering) {
    this.#options = options;
  }

  /** How many records of what is open are kept. */
  get held(): number {
    return this.#held;
  }

  take(entry: Entry): void {
    const { record } = entry;
    const { trace } = record;
    if (record.type === "opened") {
      this.#unfinished.set(trace, new Unfinished(this.#options, trace));
    }
    const found = this.#unfinished.get(trace);
    if (found === undefined) return;
    const before = found.held;
    found.take(entry);
    if (record.type === "closed") {
      this.#held -= before;
      this.#close(found);
      return;
    }
    this.#held += found.held - before;
    if (this.#held <= (this.#options.recordsHeldMax ?? RECORDS_HELD_MAX)) return;
    this.#held -= found.held;
    found.drop();
  }

  #close(found: Unfinished): void {
    this.#unfinished.delete(found.trace);
    // One that is too long to be kept is projected when it is asked for.
    if (found.n <= this.#options.applied || !this.#options.lines || found.held === 0) return;
    this.#closed.push(found.journal);
    if (this.#closed.length > CLOSED_MAX) this.#closed.shift();
  }

  /** Gives those that are open, in the order of their first records, and keeps none of them. */
  takeOpen(): Unfinished[] {
    const open = [...this.#unfinished.values()];
    this.#unfinished.clear();
    return open;
  }

  get closed(): readonly Journal[] {
    return this.#closed;
  }
}
