/**
 * Writes that the kernel takes in part, at many byte positions: the file may not grow beyond a limit.
 * Either the program meets the limit and has to say so, or it is killed right there, so that the part
 * stays for the next start.
 */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { faulted } from "./calls.ts";
import type { Case } from "./case.ts";
import { answersIn, complaintsAfter, complaintsOfEnd } from "./oracle.ts";
import { meet, type Origin, placeFrom, TASK } from "./origins.ts";
import type { Ended } from "./program.ts";
import type { Place, Setting } from "./workload.ts";

const LEDGER = "ledger/00000001.jsonl";
/** A prime, so that the positions fall everywhere in a record. */
const STEP_BYTES = 61;

const ENDS = Object.freeze(["limit", "kill"] as const);

/** Limits in what the run adds to the ledger; on a fresh data root, in every file that it makes. */
export async function shortWrites(setting: Setting, origin: Origin): Promise<readonly Case[]> {
  const { from, to } = await range(setting, origin);
  const count = Math.floor((to - from) / STEP_BYTES);
  return Array.from({ length: count }, (_, index) => from + 1 + index * STEP_BYTES).flatMap(
    (bytes, index) =>
      // A batch that finds no room waits until there is some, which a limit never gives.
      (origin.lines === undefined ? ENDS : (["kill"] as const)).map((end) => ({
        id: `short/${origin.name}/${bytes}/${end}`,
        about: `${bytes - from} bytes of ${to - from}`,
        weighs: index % 40 === 0,
        kind: `${origin.name}/${end}`,
        run: () => limited(setting, origin, { bytes, end }),
      })),
  );
}

/** The ledger's size before the run and after it. */
async function range(
  setting: Setting,
  origin: Origin,
): Promise<{ readonly from: number; readonly to: number }> {
  const place = placeFrom(setting, origin);
  const size = () => statSync(join(place.data, LEDGER), { throwIfNoEntry: false })?.size ?? 0;
  const from = size();
  const ended = await meet(setting, place, origin);
  if (ended.code !== 0) throw new Error(`the run without a limit fails: ${ended.out}${ended.err}`);
  const to = size();
  rmSync(place.folder, { recursive: true });
  return { from, to };
}

interface Limit {
  readonly bytes: number;
  readonly end: "limit" | "kill";
}

async function limited(
  setting: Setting,
  origin: Origin,
  { bytes, end }: Limit,
): Promise<readonly string[]> {
  const place = placeFrom(setting, origin);
  try {
    const ended = await runLimited(setting, place, origin, { bytes, end });
    const told = answersIn(ended.out);
    return [
      ...complaintsOfEnd(ended),
      ...(await complaintsAfter(setting, place, TASK.name, [...origin.told, ...told])),
    ];
  } finally {
    rmSync(place.folder, { recursive: true, force: true });
  }
}

/** To be killed in the middle, it is stopped at the write that follows the short one. */
function runLimited(
  setting: Setting,
  place: Place,
  origin: Origin,
  { bytes, end }: Limit,
): Promise<Ended> {
  const limit = ["prlimit", `--fsize=${bytes}`];
  if (end === "limit") return meet(setting, place, origin, limit);
  const paths = [join(place.data, LEDGER), join(place.data, `${LEDGER}.aside`)];
  const fault = { call: "write", paths, fault: "signal=SIGKILL:when=2+" } as const;
  const log = join(place.folder, "strace.log");
  return meet(setting, place, origin, [...faulted(log, fault), ...limit]);
}
