/** Mistakes that could be made with the room that is written ahead of the lines. */
import type { Mistake } from "./mistake.ts";

const WRITER = "runtime/ledger/segment-writer.ts";

export const ROOM: readonly Mistake[] = [
  {
    name: "lines go on behind the end of the room",
    file: WRITER,
    find: "if (open.room !== undefined && !leavesRoom(end, open.room.end)) this.#cut(open, at);",
    replace: "",
  },
  {
    name: "room that a stop left is taken for the end of the lines",
    file: "runtime/ledger/recovery.ts",
    find: "else if (hasRoom) takeRoom(options, end);",
    replace: "",
  },
  {
    name: "room that was read is remembered",
    file: "runtime/ledger/recorded.ts",
    find: "const piece = read.subarray(0, filledIn(read));",
    replace: "const piece = read;",
  },
  {
    name: "room that a power cut brought back is taken for damage",
    file: "runtime/ledger/reader.ts",
    find: "if (isRoom(raw.bytes)) {",
    replace: "if (segment === last && isRoom(raw.bytes)) {",
  },
];
