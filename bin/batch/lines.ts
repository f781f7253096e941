/**
 * Cuts bytes into the lines of a batch, in flat memory: a line is kept until it ends, and one that
 * is too long is counted, not kept. Empty lines at the end are no lines; an empty line before
 * another one is. It never reads what a line says.
 */

export interface Line {
  /** From 1. */
  readonly number: number;
  /** How long it is, without its newline. */
  readonly length: number;
  /** Undefined for a line that is longer than it may be. */
  readonly bytes: Uint8Array | undefined;
}

export interface LineSplitter {
  /** The lines that end in what came. */
  readonly take: (chunk: Uint8Array) => Iterable<Line>;
  /** The line that no newline ended, if there is one. */
  readonly end: () => Iterable<Line>;
}

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array();

export function lineSplitter(bytesMax: number): LineSplitter {
  let number = 0;
  let length = 0;
  let parts: Uint8Array[] = [];
  /** Empty lines just before: whether they count is known when something follows. */
  let empty = 0;

  const gather = (part: Uint8Array) => {
    length += part.length;
    if (length > bytesMax) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  function* finish(): Iterable<Line> {
    const [only] = parts;
    const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const line = { number: number + 1, length, bytes: length > bytesMax ? undefined : whole };
    number += 1;
    length = 0;
    parts = [];
    if (line.bytes !== undefined && isEmpty(line.bytes)) {
      empty += 1;
      return;
    }
    for (; empty > 0; empty -= 1) yield { number: number - empty, length: 0, bytes: NOTHING };
    yield line;
  }
  return {
    *take(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        gather(chunk.subarray(from, at));
        from = at + 1;
        yield* finish();
      }
      gather(chunk.subarray(from));
    },
    *end() {
      if (length > 0) yield* finish();
    },
  };
}

const WHITE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);

export function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => WHITE.has(byte));
}
