/**
 * Makes the font of the pictures: DejaVu Sans Mono with nothing left but the letters that a picture can
 * hold. The renderer reads the whole file once a label, so that a small font is most of its speed.
 * It is run by a test that holds the committed file to these bytes; it never runs in production.
 *
 * TrueType: https://learn.microsoft.com/typography/opentype/spec/
 */

interface Font {
  readonly header: Buffer;
  readonly table: (tag: string) => Buffer;
}

/** The printable letters of ASCII, the sign for so many times, and the ellipsis. */
export const LETTERS: readonly number[] = [
  ...Array.from({ length: 95 }, (_, i) => 0x20 + i),
  0xd7,
  0x2026,
];

/** A TrueType font that has only these letters, named as the font it comes from. */
export function subsetFont(bytes: Uint8Array, letters: readonly number[]): Buffer {
  const font = open(Buffer.from(bytes));
  const glyphOf = glyphLookup(font.table("cmap"));
  const kept = closure(font, [0, ...letters.map(glyphOf)]);
  const place = new Map(kept.map((glyph, index) => [glyph, index]));
  const { glyf, loca } = glyphTables(font, kept, place);
  const at = (letter: number): number => place.get(glyphOf(letter)) ?? 0;
  return assemble(font.header, [
    ["OS/2", font.table("OS/2")],
    ["cmap", characterMap(letters, at)],
    ["glyf", glyf],
    ["head", longOffsets(font.table("head"))],
    ["hhea", patched(font.table("hhea"), 34, kept.length)],
    ["hmtx", metrics(font, kept)],
    ["loca", loca],
    ["maxp", patched(font.table("maxp"), 4, kept.length)],
    ["name", names(font.table("name"))],
    ["post", namelessPost(font.table("post"))],
  ]);
}

function open(bytes: Buffer): Font {
  const tables = new Map<string, Buffer>();
  for (let i = 0; i < bytes.readUInt16BE(4); i++) {
    const entry = 12 + 16 * i;
    const start = bytes.readUInt32BE(entry + 8);
    const tag = bytes.toString("latin1", entry, entry + 4);
    tables.set(tag, bytes.subarray(start, start + bytes.readUInt32BE(entry + 12)));
  }
  return {
    header: bytes.subarray(0, 12),
    table: (tag) => {
      const table = tables.get(tag);
      if (table === undefined) throw new Error(`the font has no table ${tag}`);
      return table;
    },
  };
}

/** Reads a character map of format 4. */
function glyphLookup(cmap: Buffer): (letter: number) => number {
  const offsets = Array.from({ length: cmap.readUInt16BE(2) }, (_, i) =>
    cmap.readUInt32BE(8 + 8 * i),
  );
  const start = offsets.find((offset) => cmap.readUInt16BE(offset) === 4);
  if (start === undefined) throw new Error("the font has no character map of format 4");
  const segments = cmap.readUInt16BE(start + 6) / 2;
  const ends = start + 14;
  const starts = ends + 2 * segments + 2;
  return (letter) => {
    for (let i = 0; i < segments; i++) {
      if (letter > cmap.readUInt16BE(ends + 2 * i)) continue;
      const first = cmap.readUInt16BE(starts + 2 * i);
      const delta = cmap.readUInt16BE(starts + 2 * segments + 2 * i);
      const rangeAt = starts + 4 * segments + 2 * i;
      const range = cmap.readUInt16BE(rangeAt);
      if (letter < first) break;
      if (range === 0) return (letter + delta) & 0xffff;
      return (cmap.readUInt16BE(rangeAt + range + 2 * (letter - first)) + delta) & 0xffff;
    }
    throw new Error(`the font has no letter U+${letter.toString(16)}`);
  };
}

function glyphData(font: Font, glyph: number): Buffer {
  const loca = font.table("loca");
  return font
    .table("glyf")
    .subarray(loca.readUInt32BE(4 * glyph), loca.readUInt32BE(4 * glyph + 4));
}

/** Where the numbers of its components stand in a composite glyph's data. */
function componentsOf(data: Buffer): number[] {
  if (data.length === 0 || data.readInt16BE(0) >= 0) return [];
  const places: number[] = [];
  for (let at = 10; ; ) {
    const flags = data.readUInt16BE(at);
    places.push(at + 2);
    const scale = flags & 0x80 ? 8 : flags & 0x40 ? 4 : flags & 0x08 ? 2 : 0;
    at += 4 + (flags & 1 ? 4 : 2) + scale;
    if ((flags & 0x20) === 0) return places;
  }
}

function closure(font: Font, wanted: readonly number[]): number[] {
  const found = new Set(wanted);
  for (const glyph of found) {
    const data = glyphData(font, glyph);
    for (const place of componentsOf(data)) found.add(data.readUInt16BE(place));
  }
  return [...found].sort((a, b) => a - b);
}

function glyphTables(
  font: Font,
  kept: readonly number[],
  place: ReadonlyMap<number, number>,
): { glyf: Buffer; loca: Buffer } {
  const loca = Buffer.alloc(4 * (kept.length + 1));
  let length = 0;
  const parts = kept.map((glyph, index) => {
    const data = padded(glyphData(font, glyph));
    for (const at of componentsOf(data)) {
      data.writeUInt16BE(place.get(data.readUInt16BE(at)) ?? 0, at);
    }
    length += data.length;
    loca.writeUInt32BE(length, 4 * (index + 1));
    return data;
  });
  return { glyf: Buffer.concat(parts), loca };
}

function metrics(font: Font, kept: readonly number[]): Buffer {
  const hmtx = font.table("hmtx");
  const long = font.table("hhea").readUInt16BE(34);
  const entries = kept.map((glyph) => {
    if (glyph < long) return hmtx.subarray(4 * glyph, 4 * glyph + 4);
    const bearing = 4 * long + 2 * (glyph - long);
    return Buffer.concat([
      hmtx.subarray(4 * long - 4, 4 * long - 2),
      hmtx.subarray(bearing, bearing + 2),
    ]);
  });
  return Buffer.concat(entries);
}

/** A character map of format 12, one group a letter. */
function characterMap(letters: readonly number[], at: (letter: number) => number): Buffer {
  const map = Buffer.alloc(12 + 16 + 12 * letters.length);
  // version and count; platform and encoding; offset; format; length; language; groups
  const header = [1, (3 << 16) | 10, 12, 12 << 16, 16 + 12 * letters.length, 0, letters.length];
  header.forEach((value, i) => {
    map.writeUInt32BE(value, 4 * i);
  });
  letters.forEach((letter, i) => {
    map.writeUInt32BE(letter, 28 + 12 * i);
    map.writeUInt32BE(letter, 32 + 12 * i);
    map.writeUInt32BE(at(letter), 36 + 12 * i);
  });
  return map;
}

const NAMES_KEPT = [0, 1, 2, 4, 5, 6, 13, 14];
const WINDOWS = 3;
const ENGLISH = 0x0409;

function names(table: Buffer): Buffer {
  const strings = table.readUInt16BE(4);
  const found = Array.from({ length: table.readUInt16BE(2) }, (_, i) =>
    table.subarray(6 + 12 * i, 18 + 12 * i),
  ).filter(
    (entry) =>
      entry.readUInt16BE(0) === WINDOWS &&
      entry.readUInt16BE(4) === ENGLISH &&
      NAMES_KEPT.includes(entry.readUInt16BE(6)),
  );
  const header = Buffer.alloc(6);
  header.writeUInt16BE(found.length, 2);
  header.writeUInt16BE(6 + 12 * found.length, 4);
  let length = 0;
  const texts: Buffer[] = [];
  const entries = found.map((entry) => {
    const start = strings + entry.readUInt16BE(10);
    texts.push(table.subarray(start, start + entry.readUInt16BE(8)));
    const moved = patched(entry, 10, length);
    length += entry.readUInt16BE(8);
    return moved;
  });
  return Buffer.concat([header, ...entries, ...texts]);
}

/** Offsets of glyphs as 32-bit numbers; the sum over the whole file is not kept. */
function longOffsets(head: Buffer): Buffer {
  const copy = patched(head, 50, 1);
  copy.writeUInt32BE(0, 8);
  return copy;
}

function namelessPost(post: Buffer): Buffer {
  const copy = Buffer.from(post.subarray(0, 32));
  copy.writeUInt32BE(0x00030000, 0);
  return copy;
}

function patched(data: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(data);
  copy.writeUInt16BE(value, at);
  return copy;
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
}

function checksum(data: Buffer): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum = (sum + data.readUInt32BE(at)) >>> 0;
  return sum;
}

function assemble(
  version: Buffer,
  tables: readonly (readonly [tag: string, data: Buffer])[],
): Buffer {
  const directory = Buffer.alloc(12 + 16 * tables.length);
  version.copy(directory, 0, 0, 4);
  const power = 2 ** Math.floor(Math.log2(tables.length));
  [tables.length, power * 16, Math.log2(power), (tables.length - power) * 16].forEach(
    (value, i) => {
      directory.writeUInt16BE(value, 4 + 2 * i);
    },
  );
  let offset = directory.length;
  const parts = tables.map(([tag, data], i) => {
    const whole = padded(data);
    const entry = 12 + 16 * i;
    directory.write(tag, entry, "latin1");
    directory.writeUInt32BE(checksum(whole), entry + 4);
    directory.writeUInt32BE(offset, entry + 8);
    directory.writeUInt32BE(data.length, entry + 12);
    offset += whole.length;
    return whole;
  });
  return Buffer.concat([directory, ...parts]);
}
