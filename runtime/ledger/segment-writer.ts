/**
 * Brings parts of the ledger to the disk, in order: one write and one flush for all that goes to one
 * segment, and a segment is flushed before the next is made. A write that finds no room is cut back,
 * to be made again; every other failure is final, and a flush is never made twice.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files, LedgerPosition, OpenFile } from "../ports.ts";
import { cutBackFailure, flushFailure, isNoRoom, writeFailure } from "./failure.ts";
import type { Part } from "./gathered.ts";
import { ledgerFolder, segmentPath } from "./segments.ts";

interface OpenSegment {
  readonly segment: number;
  readonly path: string;
  readonly file: OpenFile;
  /** Its name may not be on the disk yet. */
  isNew: boolean;
}

export interface SegmentWriterOptions {
  readonly dataRoot: string;
  readonly files: Files;
  /** Called with every part that is on the disk. */
  readonly written: (part: Part) => void;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #durable: LedgerPosition;
  #open: OpenSegment | undefined;
  #flushes = 0;

  constructor(options: SegmentWriterOptions, durable: LedgerPosition) {
    this.#options = options;
    this.#durable = durable;
  }

  /** The end of what is known to be on the disk. */
  get durable(): LedgerPosition {
    return this.#durable;
  }

  get flushes(): number {
    return this.#flushes;
  }

  /**
   * Takes the parts off the list as they reach the disk. Gives the failure where there is no room
   * for the next: nothing of it stands in the file then, and it may be asked for again.
   */
  async write(parts: Part[], here: boolean): Promise<Refusal | undefined> {
    while (parts[0] !== undefined) {
      const { segment } = parts[0];
      const next = parts.findIndex((part) => part.segment !== segment);
      const together = next < 0 ? parts : parts.slice(0, next);
      const full = this.#append(segment, together);
      if (full !== undefined) return full;
      await this.#flush(together, here);
      parts.splice(0, together.length);
    }
    return undefined;
  }

  /**
   * Called when nothing more is written after a failure. What is refused should not be found done; but
   * one byte stays, so that the next start does not take the file for one that was left cleanly: what
   * was written and taken back may come up again behind a power cut, and so it is copied.
   */
  distrust(): void {
    if (this.#open === undefined) return;
    const { segment, offset } = this.#durable;
    try {
      this.#open.file.truncate((this.#open.segment === segment ? offset : 0) + 1);
    } catch {
      // Then the next start finds all of it, and nobody was told that it is there.
    }
  }

  close(): void {
    this.#open?.file.close();
    this.#open = undefined;
  }

  #append(segment: number, parts: readonly Part[]): Refusal | undefined {
    try {
      const { file } = this.#segment(segment);
      for (const { bytes } of parts) file.append(bytes);
      return undefined;
    } catch (error) {
      this.#cutBack(segment);
      const failure = writeFailure(error);
      if (isNoRoom(failure)) return failure;
      this.distrust();
      throw failure;
    }
  }

  #segment(segment: number): OpenSegment {
    if (this.#open?.segment === segment) return this.#open;
    const { files, dataRoot } = this.#options;
    this.close();
    const path = segmentPath(dataRoot, segment);
    // An empty one may have been made by a writer that was killed before it flushed anything.
    const isNew = (files.standing(path)?.bytes ?? 0) === 0;
    this.#open = { segment, path, file: files.openAppend(path), isNew };
    return this.#open;
  }

  /** A part of a line must never stand before the line that is written next. */
  #cutBack(segment: number): void {
    if (this.#open?.segment !== segment) return;
    const { segment: last, offset } = this.#durable;
    try {
      this.#open.file.truncate(segment === last ? offset : 0);
    } catch (error) {
      throw cutBackFailure(error);
    }
  }

  async #flush(parts: readonly Part[], here: boolean): Promise<void> {
    const open = this.#open;
    const last = parts.at(-1);
    if (open === undefined || last === undefined) return;
    this.#flushes += 1;
    try {
      await open.file.flush(here);
      if (open.isNew) this.#options.files.flushFolder(ledgerFolder(this.#options.dataRoot));
      open.isNew = false;
    } catch (error) {
      this.distrust();
      throw flushFailure(error);
    }
    this.#requireStanding(open, last.end.offset);
    this.#durable = last.end;
    for (const part of parts) this.#options.written(part);
  }

  /** Bytes in a file that nobody finds again are not on the disk, however well they were flushed. */
  #requireStanding({ file, path }: OpenSegment, bytes: number): void {
    const { files, dataRoot } = this.#options;
    const found = file.standing();
    if (found === undefined) throw gone(dataRoot, path, files.standing(dataRoot) !== undefined);
    if (found !== bytes) throw foreign(path, bytes, found);
  }
}

function gone(dataRoot: string, path: string, standing: boolean): Refusal {
  const hint = "Bring it back before you run again: answers that were given stand in its ledger.";
  if (!standing) {
    const message = `the data root \`${dataRoot}\` is not there any more`;
    return new Refusal("viability", "data-root/vanished", message, { hint });
  }
  const message = `\`${path}\` is not the file any more that is being written: the data root was replaced`;
  return new Refusal("viability", "data-root/replaced", message, { hint });
}

function foreign(path: string, expected: number, found: number | undefined): Refusal {
  const message = `expected \`${path}\` to end at byte ${expected} and found ${found}: somebody else writes to it`;
  return new Refusal("viability", "ledger/other-writer", message, {
    hint: "Let one process write to a data root at a time, and never delete its `owner.db`.",
  });
}
