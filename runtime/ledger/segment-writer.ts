/**
 * Brings parts of the ledger to the disk, in order: one write and one flush for all that goes to one
 * segment, and a segment is flushed before the next is made. A write that finds no room is cut back,
 * to be made again; every other failure of what is asked for is final, and a flush is never made twice.
 */
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Files, LedgerPosition, OpenFile } from "../ports.ts";
import { cutBackFailure, flushFailure, isNoRoom, otherWriter, writeFailure } from "./failure.ts";
import type { Part } from "./gathered.ts";
import { leavesRoom, ROOM_BYTES } from "./room.ts";
import { ledgerFolder, segmentPath } from "./segments.ts";

interface OpenSegment {
  readonly segment: number;
  readonly path: string;
  readonly file: OpenFile;
  /** Its name may not be on the disk yet. */
  isNew: boolean;
  /** The room behind what was written; undefined where there is none. */
  room: Room | undefined;
  /** None could be made. */
  isTight: boolean;
}

interface Room {
  /** The byte behind it, where the file ends. */
  readonly end: number;
  readonly write: (data: Uint8Array, at: number) => void;
}

export interface Writing {
  /** This thread flushes, and waits. */
  readonly here: boolean;
  /** Room is made ahead for those that follow. */
  readonly ahead: boolean;
}

const ZEROS = new Uint8Array(ROOM_BYTES);

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
  async write(parts: Part[], { here, ahead }: Writing): Promise<Refusal | undefined> {
    while (parts[0] !== undefined) {
      const { segment } = parts[0];
      const next = parts.findIndex((part) => part.segment !== segment);
      const together = next < 0 ? parts : parts.slice(0, next);
      this.#requireRoom();
      const full = this.#append(segment, together);
      if (full !== undefined) return full;
      if (ahead && next < 0) this.#makeRoom(together);
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
    try {
      this.#cut(this.#open, this.#written(this.#open) + 1);
    } catch {
      // Then the next start finds all of it, and nobody was told that it is there.
    }
  }

  /** Closes the file without the room in it, unless somebody else wrote there. */
  close(): void {
    const open = this.#open;
    this.#open = undefined;
    try {
      // A power cut may bring it back: zeros say nothing, wherever they end a segment.
      if (open?.room !== undefined && open.file.standing() === open.room.end) {
        this.#cut(open, this.#written(open));
      }
    } catch {
      // Then it stays.
    }
    open?.file.close();
  }

  #append(segment: number, parts: readonly Part[]): Refusal | undefined {
    try {
      const open = this.#segment(segment);
      const end = parts.at(-1)?.end.offset ?? 0;
      let at = this.#written(open);
      if (open.room !== undefined && !leavesRoom(end, open.room.end)) this.#cut(open, at);
      for (const { bytes } of parts) {
        if (open.room === undefined) open.file.append(bytes);
        else open.room.write(bytes, at);
        at += bytes.length;
      }
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
    const file = files.openAppend(path);
    this.#open = { segment, path, file, isNew, room: undefined, isTight: false };
    return this.#open;
  }

  /** How much of a segment is on the disk, and was told. */
  #written({ segment }: OpenSegment): number {
    return segment === this.#durable.segment ? this.#durable.offset : 0;
  }

  #cut(open: OpenSegment, length: number): void {
    // Whatever comes of it: what could not be cut is not cut by whoever closes the file, either.
    open.room = undefined;
    open.file.truncate(length);
  }

  #unflushed(error: unknown): Error {
    this.distrust();
    return flushFailure(error);
  }

  /** Where none can be made, everything is written at the end, as ever. */
  #makeRoom(parts: readonly Part[]): void {
    const open = this.#open;
    const end = parts.at(-1)?.end.offset;
    if (open === undefined || end === undefined || open.isTight || open.room !== undefined) return;
    try {
      const write = open.file.overwriting();
      if (write === undefined) return;
      open.file.append(ZEROS);
      open.room = { end: end + ROOM_BYTES, write };
    } catch {
      open.isTight = true;
      this.#cutBackTo(open, end);
    }
  }

  /** A part of a line must never stand before the line that is written next. */
  #cutBack(segment: number): void {
    if (this.#open?.segment !== segment) return;
    this.#cutBackTo(this.#open, this.#written(this.#open));
  }

  #cutBackTo(open: OpenSegment, length: number): void {
    try {
      this.#cut(open, length);
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
      throw this.#unflushed(error);
    }
    this.#requireStanding(open, open.room?.end ?? last.end.offset);
    this.#durable = last.end;
    for (const part of parts) this.#options.written(part);
  }

  /** Nobody's lines are written over: where a file is not as it was left, somebody else writes to it. */
  #requireRoom(): void {
    const open = this.#open;
    if (open?.room !== undefined) this.#requireStanding(open, open.room.end);
  }

  /** Bytes in a file that nobody finds again are not on the disk, however well they were flushed. */
  #requireStanding({ file, path }: OpenSegment, bytes: number): void {
    const { files, dataRoot } = this.#options;
    const found = file.standing();
    if (found === undefined) throw gone(dataRoot, path, files.standing(dataRoot) !== undefined);
    if (found !== bytes) throw otherWriter(path, bytes, found);
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
