/**
 * Where the runs that meet a fault begin: an empty place, a data root that was in use, and one that a
 * killed writer has left with a torn tail and an open execution.
 */
import { cpSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { faulted } from "./calls.ts";
import { type Answer, answersIn } from "./oracle.ts";
import { type Ended, run } from "./program.ts";
import {
  batchArgs,
  carryOut,
  emptyPlace,
  type Place,
  type Setting,
  type Task,
} from "./workload.ts";

/** Where a run begins: a data root as another run has left it, and what was told until then. */
export interface Origin {
  readonly name: string;
  /** Undefined: nothing is there yet. */
  readonly image: string | undefined;
  readonly told: readonly Answer[];
  /** So many payloads of a batch meet the fault; one alone unless told. */
  readonly lines?: number;
  /** So many of them at a time. */
  readonly atATime?: number;
  /** Whose work it is; `TASK.by` unless told. */
  readonly by?: string;
}

/** Executions that share flushes, and more groups than one. */
const LINES = 40;
const AT_A_TIME = 8;
/** One after another: room is made ahead where the tracer leaves a flush under a millisecond. */
const ROW = 9;

/** The work that meets the fault. */
export const TASK: Task = Object.freeze({ name: "bob", by: "faulted" });

/** An empty place; one that was in use; one that was killed in the middle of a write, to repair. */
export async function origins({ judge, ...rest }: Setting): Promise<readonly Origin[]> {
  // Made by the true program, whatever begins here.
  const setting = { ...rest, judge, program: judge };
  const used = emptyPlace(setting);
  const ada = await carryOut(setting, used, { name: "ada", by: "first", ballastBytes: 120_000 });
  const told = answersIn(ada.out);
  const torn = await tornFrom(setting, used);
  return [
    { name: "fresh", image: undefined, told: [] },
    { name: "used", image: used.folder, told },
    { name: "torn", image: torn.folder, told },
    { name: "batch", image: used.folder, told, lines: LINES, atATime: AT_A_TIME },
    { name: "row", image: used.folder, told, lines: ROW, atATime: 1 },
  ];
}

/** Into the second record of the execution that is written when the file may not grow further. */
const TORN_BYTES = 900;

/**
 * A real torn tail: the file may not grow beyond a limit, so the kernel takes a part of the write;
 * the process is killed at the write by which it would finish it, or the call that cuts it back.
 */
async function tornFrom(setting: Setting, used: Place): Promise<Place> {
  const torn = emptyPlace(setting);
  cpSync(used.folder, torn.folder, { recursive: true });
  const ledger = join(torn.data, "ledger/00000001.jsonl");
  const limit = statSync(ledger).size + TORN_BYTES;
  const log = join(torn.folder, "strace.log");
  const fault = { call: "write", paths: [ledger], fault: "signal=SIGKILL:when=2" } as const;
  const prefix = [...faulted(log, fault), "prlimit", `--fsize=${limit}`];
  const ended = await carryOut(setting, torn, { name: "cyd", by: "torn" }, prefix);
  rmSync(log, { force: true });
  const isTorn = ended.signal === "SIGKILL" && statSync(ledger).size === limit;
  if (!isTorn) throw new Error(`no torn tail could be made: ${JSON.stringify(ended)}`);
  return torn;
}

/** The run that meets the fault. */
export function meet(
  setting: Setting,
  place: Place,
  { lines, atATime = 1, by = TASK.by }: Origin,
  prefix?: readonly string[],
): Promise<Ended> {
  if (lines === undefined) return carryOut(setting, place, { ...TASK, by }, prefix);
  const tasks = Array.from({ length: lines }, (_, index) => ({
    // Half of them meet a name that stands, some of them one that is being registered.
    name: index % 2 === 0 ? TASK.name : `${TASK.name}-${index % 12}`,
    by: `${by}-${index}`,
  }));
  return run(setting.program, batchArgs(setting, place, tasks, atATime), prefix);
}

export function placeFrom(setting: Setting, { image }: Origin): Place {
  const place = emptyPlace(setting);
  if (image !== undefined) cpSync(image, place.folder, { recursive: true });
  return place;
}
