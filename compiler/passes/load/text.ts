/**
 * Bytes as text: UTF-8 without a byte order mark and without control characters, which could change
 * what a reader sees or what the scanner of YAML takes for its own marks. Nothing is ever replaced.
 */

export type TextFault =
  | { readonly what: "byte-order-mark"; readonly encoding: string }
  | { readonly what: "not-utf8"; readonly text: string; readonly byte: string }
  | { readonly what: "control-character"; readonly text: string; readonly at: number };

const MARKS: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ["UTF-8", [0xef, 0xbb, 0xbf]],
  ["UTF-16", [0xff, 0xfe]],
  ["UTF-16", [0xfe, 0xff]],
];

/**
 * What YAML 1.2 does not let stand in a text (section 5.1), with a carriage return that ends no
 * line, and the bidirectional controls, with which a text can look unlike what it says.
 */
const UNWANTED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\r(?!\n)/;

export function textOf(bytes: Uint8Array): string | TextFault {
  const mark = MARKS.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  if (mark !== undefined) return { what: "byte-order-mark", encoding: mark[0] };
  const text = decode(bytes);
  if (text === null) return badByte(bytes);
  const at = text.search(UNWANTED);
  return at < 0 ? text : { what: "control-character", text, at };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The text before the first byte that is not UTF-8, by halving: each longer start fails too. */
function badByte(bytes: Uint8Array): TextFault {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodesSoFar(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  const byte = (bytes[bad - 1] ?? 0).toString(16).padStart(2, "0");
  const text = new TextDecoder("utf-8").decode(bytes.subarray(0, bad - 1), { stream: true });
  return { what: "not-utf8", text, byte };
}

/** True where bytes are UTF-8, except that the last character may be cut off. */
function decodesSoFar(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
