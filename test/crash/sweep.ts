/**
 * One fault at every file call of a run: killed, EIO or ENOSPC at the N-th call of each kind that
 * touches the data root, for every N, on a fresh data root, on one that was in use, and on one that
 * has to be repaired. strace makes the faults; the kernel does the rest.
 */
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { CALLS, type CallName, callsIn, faulted, pathsOf, recorded } from "./calls.ts";
import type { Case } from "./case.ts";
import { answersIn, complaintsAfter, complaintsOfEnd } from "./oracle.ts";
import { meet, type Origin, placeFrom, TASK } from "./origins.ts";
import type { Setting } from "./workload.ts";

export const FAULTS = Object.freeze({
  kill: "signal=SIGKILL",
  EIO: "error=EIO",
  ENOSPC: "error=ENOSPC",
});
export type FaultName = keyof typeof FAULTS;

/** The N-th call of its kind in some thread: strace counts each thread's calls by themselves. */
interface Nth {
  readonly call: CallName;
  readonly when: number;
  /** What it touches, relative to the data root. */
  readonly path: string;
  /** Whether an answer rests on it; nothing rests on what SQLite flushes. */
  readonly isOurs: boolean;
}

interface Recording {
  readonly calls: readonly Nth[];
  /** Every path below the data root, relative, that strace must look at. */
  readonly paths: readonly string[];
}

/** Runs once without a fault, to know which calls there are. */
async function record(setting: Setting, origin: Origin): Promise<Recording> {
  const place = placeFrom(setting, origin);
  const log = join(place.folder, "strace.log");
  const ended = await meet(setting, place, origin, recorded(log, CALLS));
  if (ended.code !== 0) throw new Error(`the run without a fault fails: ${ended.out}${ended.err}`);
  const below = (path: string) => path === place.data || path.startsWith(`${place.data}/`);
  const counts = new Map<string, number>();
  const openedBy = new Map<string, string>();
  const calls = new Map<string, Nth>();
  const paths = new Set<string>();
  for (const call of callsIn(log)) {
    const [first] = pathsOf(call).filter(below);
    if (call.name === "openat") openedBy.set(descriptorOf(call.result), call.args[2] ?? "");
    if (first === undefined) continue;
    const thread = `${call.thread} ${call.name}`;
    const when = (counts.get(thread) ?? 0) + 1;
    counts.set(thread, when);
    for (const path of pathsOf(call).filter(below)) paths.add(relative(place.data, path));
    const path = relative(place.data, first);
    const byProgram =
      path !== "" || openedBy.get(descriptorOf(call.args[0]))?.includes("O_DIRECTORY");
    const isOurs = !/^(state|owner)\.db/.test(path) && byProgram === true;
    const other = calls.get(`${call.name} ${when}`);
    const nth = { call: call.name as CallName, when, path, isOurs };
    calls.set(`${call.name} ${when}`, other?.isOurs === true ? other : nth);
  }
  rmSync(place.folder, { recursive: true });
  return { calls: [...calls.values()], paths: [...paths] };
}

function descriptorOf(arg: string | undefined): string {
  return /^\d+/.exec(arg ?? "")?.[0] ?? "";
}

/** An `openat` that finds no room, or an `unlink`: no disk says so where nothing is made. */
function happens(call: CallName, fault: FaultName): boolean {
  return fault !== "ENOSPC" || (call !== "unlink" && call !== "ftruncate");
}

/** Every case of an origin. Their ids say the call, which, and what becomes of it. */
export async function sweep(setting: Setting, origin: Origin): Promise<readonly Case[]> {
  const { calls, paths } = await record(setting, origin);
  return calls.flatMap((nth) =>
    (Object.keys(FAULTS) as FaultName[])
      .filter((fault) => happens(nth.call, fault))
      .map((fault) => ({
        id: `sweep/${origin.name}/${nth.call}/${nth.when}/${fault}`,
        about: nth.path === "" ? "the data root" : nth.path,
        weighs: /^ledger|^keys/.test(nth.path) && nth.call !== "openat",
        kind: `${origin.name}/${nth.call}/${fault}`,
        run: () => withFault(setting, origin, { nth, fault, paths }),
      })),
  );
}

interface Fault {
  readonly nth: Nth;
  readonly fault: FaultName;
  readonly paths: readonly string[];
}

async function withFault(
  setting: Setting,
  origin: Origin,
  { nth: { call, when, isOurs }, fault, paths }: Fault,
): Promise<readonly string[]> {
  const place = placeFrom(setting, origin);
  const log = join(place.folder, "strace.log");
  try {
    const absolute = paths.map((path) => join(place.data, path));
    const injected = { call, paths: absolute, fault: `${FAULTS[fault]}:when=${when}` };
    const ended = await meet(setting, place, origin, faulted(log, injected));
    const happened =
      fault === "kill"
        ? ended.signal === "SIGKILL"
        : readFileSync(log, "latin1").includes("(INJECTED)");
    // In a batch, how many calls there are depends on how the groups fall.
    if (!happened && origin.lines === undefined) return ["no fault happened"];
    const told = answersIn(ended.out);
    const flushFailed = happened && fault !== "kill" && /sync$/.test(call) && isOurs;
    // A batch has answered before; what it answered must stand like everything else.
    const success = origin.lines === undefined ? told.length > 0 : ended.code === 0;
    return [
      ...complaintsOfEnd(ended),
      ...(flushFailed && success ? ["success although the flush failed"] : []),
      ...(await complaintsAfter(setting, place, TASK.name, [...origin.told, ...told])),
    ];
  } finally {
    rmSync(place.folder, { recursive: true, force: true });
  }
}
