/**
 * Room in the last segment: zeros behind its last line, written in advance. A flush of bytes that
 * stand where the file already is leaves its length alone, and costs half of one that makes it longer.
 * No line holds a zero, so what is a line and what is room is never in doubt.
 */
import type { Files } from "../ports.ts";

/** So much is made at once. */
export const ROOM_BYTES = 128 * 1024;
/** A single zero is none: it marks a file whose writer failed. */
const ZEROS_MIN = 2;

/** Whether nothing but room stands here, up to the end of a segment. */
export function isRoom(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes.length >= ZEROS_MIN && withoutRoom(bytes).length === 0;
}

/** What stands before the room at the end of a segment; more zeros than that are something else. */
export function withoutRoom(bytes: Uint8Array): Uint8Array {
  const end = filledIn(bytes);
  const zeros = bytes.length - end;
  return zeros < ZEROS_MIN || zeros > ROOM_BYTES ? bytes : bytes.subarray(0, end);
}

/** How many bytes stand here up to the last that is no zero. */
export function filledIn(bytes: Uint8Array): number {
  let end = bytes.length;
  while (bytes[end - 1] === 0) end -= 1;
  return end;
}

/** Where the lines of a segment end; 0 where there is none. */
export function linesEnd(files: Files, path: string): number {
  let end = files.standing(path)?.bytes ?? 0;
  while (end > 0) {
    const from = Math.max(0, end - ROOM_BYTES);
    const filled = filledIn(files.readAt(path, from, end - from));
    if (filled > 0) return from + filled;
    end = from;
  }
  return 0;
}

/** Whether lines that end here leave room that is known as such, or none. */
export function leavesRoom(end: number, room: number): boolean {
  return end === room || end + ZEROS_MIN <= room;
}
