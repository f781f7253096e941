/**
 * The power is cut at every file call of a recorded run, and the program started on each disk that
 * this could leave: bytes and names that were not flushed are lost, torn, zeros or out of order. Also
 * after a flush that failed and a start without a reboot, which reads what is not on the disk.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type CallName, callsIn, pathsOf, recorded } from "./calls.ts";
import type { Case } from "./case.ts";
import { DiskModel, type DiskState, type Operation } from "./disk-model.ts";
import { type Answer, answersIn, complaintsAfter } from "./oracle.ts";
import { meet, type Origin, placeFrom, TASK } from "./origins.ts";
import { contentOf, operationsIn, RECORDED_CALLS } from "./recording.ts";
import { emptyPlace, type Place, type Setting } from "./workload.ts";

/** States drawn at random for each moment, beside the plain ones. */
const DRAWS = 2;

/** What happened to a disk, from what stood on it at first. */
interface History {
  readonly name: string;
  readonly origin: Origin;
  readonly place: Place;
  readonly given: ReadonlyMap<string, Buffer | "folder">;
  readonly operations: readonly Operation[];
  /** The first operation that may be the last; those before are another history's. */
  readonly from: number;
  readonly draws: number;
}

/** Every state of a recorded run from an origin. */
export async function powerCuts(setting: Setting, origin: Origin): Promise<readonly Case[]> {
  const place = placeFrom(setting, origin);
  const given = contentOf(place.folder);
  const operations = await recording(setting, place, origin, []);
  rmSync(place.folder, { recursive: true });
  const name = `cut/${origin.name}`;
  return casesOf(setting, { name, origin, place, given, operations, from: 0, draws: DRAWS });
}

/**
 * How a first run may end at a flush: it fails; the process is killed before it is made; or it fails,
 * and the process is killed before it can cut back what it had written.
 */
export const ENDS_AT_FLUSH = Object.freeze({
  eio: ({ call, when }: Flush) => [`${call}:error=EIO:when=${when}`],
  kill: ({ call, when }: Flush) => [`${call}:signal=SIGKILL:when=${when}`],
  "eio-kill": ({ call, when, truncations }: Flush) =>
    call === "fdatasync"
      ? [`${call}:error=EIO:when=${when}`, `ftruncate:signal=SIGKILL:when=${truncations + 1}`]
      : [],
});

/**
 * The same where a run ends at one of its flushes, and a second run begins, without a reboot, on what
 * can be read and may not be on the disk.
 */
export async function powerCutsAfter(
  end: keyof typeof ENDS_AT_FLUSH,
  setting: Setting,
  origin: Origin,
): Promise<readonly Case[]> {
  const all: Case[] = [];
  for (const flush of await flushes(setting, origin)) {
    const injected = ENDS_AT_FLUSH[end](flush);
    if (injected.length === 0) continue;
    const place = placeFrom(setting, origin);
    const given = contentOf(place.folder);
    const fault = injected.flatMap((one) => ["-e", `inject=${one}`]);
    const first = await recording(setting, place, origin, fault);
    const second = await recording(setting, place, { ...origin, by: "second" }, []);
    const operations = [...first, ...second.map((one) => behind(one, first.length))];
    rmSync(place.folder, { recursive: true });
    const name = `${end}-then-cut/${origin.name}/${flush.call}-${flush.when}-${flush.path}`;
    const failed = first.findIndex((one) => one.kind === "flush" && one.failed);
    const from = failed < 0 ? first.length : failed;
    all.push(...casesOf(setting, { name, origin, place, given, operations, from, draws: 0 }));
  }
  return all;
}

async function recording(
  setting: Setting,
  place: Place,
  origin: Origin,
  fault: readonly string[],
): Promise<readonly Operation[]> {
  const log = join(setting.scratch, `${relative(setting.scratch, place.folder)}.log`);
  const ended = await meet(setting, place, origin, recorded(log, RECORDED_CALLS, fault));
  if (ended.code !== 0 && fault.length === 0) {
    throw new Error(`the recorded run fails: ${ended.out}${ended.err}`);
  }
  const operations = operationsIn(log, place);
  rmSync(log);
  return operations;
}

function behind(operation: Operation, count: number): Operation {
  return operation.kind === "flush" ? { ...operation, after: operation.after + count } : operation;
}

/** A flush of a run: the `when`-th of its kind in its thread. */
interface Flush {
  readonly call: CallName;
  readonly when: number;
  readonly path: string;
  /** Calls of `ftruncate` before it. */
  readonly truncations: number;
}

async function flushes(setting: Setting, origin: Origin): Promise<readonly Flush[]> {
  const place = placeFrom(setting, origin);
  const log = join(place.folder, "strace.log");
  const calls = ["fsync", "fdatasync", "ftruncate"];
  await meet(setting, place, origin, recorded(log, calls));
  const counts = new Map<string, number>();
  let truncations = 0;
  const found: Flush[] = [];
  for (const call of callsIn(log)) {
    if (call.name === "ftruncate") truncations += 1;
    const when = (counts.get(`${call.thread} ${call.name}`) ?? 0) + 1;
    counts.set(`${call.thread} ${call.name}`, when);
    const [path = ""] = pathsOf(call);
    if (call.name === "ftruncate" || !path.startsWith(place.folder)) continue;
    const name = relative(place.folder, path).replaceAll("/", "-") || "above";
    found.push({ call: call.name as CallName, when, path: name, truncations });
  }
  rmSync(place.folder, { recursive: true });
  return found;
}

/** Each distinct state, at the first moment at which it may be found. */
function casesOf(setting: Setting, history: History): readonly Case[] {
  const { name, place, operations, from, draws } = history;
  const seen = new Set<string>();
  const cases: Case[] = [];
  const model = new DiskModel(place.folder, history.given);
  operations.forEach((operation, index) => {
    model.take(operation);
    if (index < from) return;
    const said = told(history, index);
    [...model.states(draws, randomFrom(index))].forEach((state, number) => {
      const key = digestOf(state, said);
      if (seen.has(key)) return;
      seen.add(key);
      const path = "path" in operation ? ` ${relative(place.folder, operation.path)}` : "";
      cases.push({
        id: `${name}/${index + 1}/${number + 1}`,
        about: `after ${operation.kind}${path}: ${state.label}`,
        weighs: false,
        kind: name.startsWith("cut/") ? `${name}/${operation.kind}${path}` : name,
        run: () => afterCut(setting, history, { index, number }),
      });
    });
  });
  return cases;
}

/** Made again when it is needed: all of them at once would not fit into memory. */
function stateAfter(
  { place, given, operations, draws }: History,
  { index, number }: Moment,
): DiskState | undefined {
  const model = new DiskModel(place.folder, given);
  for (const operation of operations.slice(0, index + 1)) model.take(operation);
  return [...model.states(draws, randomFrom(index))][number];
}

interface Moment {
  readonly index: number;
  readonly number: number;
}

/** The same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let count = 0;
  return () => {
    count += 1;
    const digest = createHash("sha256").update(`${seed} ${count}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}

function digestOf({ files }: DiskState, said: string): string {
  const hash = createHash("sha256").update(said);
  for (const [path, content] of files) {
    hash.update(`\0${path}\0`).update(content === "folder" ? content : digestOfBytes(content));
  }
  return hash.digest("hex");
}

const digests = new WeakMap<Buffer, Buffer>();

/** Most files of most states are the same bytes in the same place. */
function digestOfBytes(bytes: Buffer): Buffer {
  let digest = digests.get(bytes);
  if (digest === undefined) {
    digest = createHash("sha256").update(bytes).digest();
    digests.set(bytes, digest);
  }
  return digest;
}

/** What the outside world had heard by then. */
function told({ operations }: History, index: number): string {
  const heard = operations.slice(0, index + 1);
  return heard.map((operation) => (operation.kind === "said" ? operation.text : "")).join("");
}

async function afterCut(
  setting: Setting,
  history: History,
  moment: Moment,
): Promise<readonly string[]> {
  const place = emptyPlace(setting);
  const state = stateAfter(history, moment);
  for (const [path, content] of state?.files ?? []) {
    const target = join(place.folder, relative(history.place.folder, path));
    if (content === "folder") mkdirSync(target, { recursive: true });
    else writeFileSync(target, content);
  }
  try {
    const answers: readonly Answer[] = answersIn(told(history, moment.index));
    // Trace files are made without flushes, from the ledger, whenever they are asked for.
    const untraced = { ...setting, traces: false };
    const all = [...history.origin.told, ...answers];
    return await complaintsAfter(untraced, place, TASK.name, all);
  } finally {
    rmSync(place.folder, { recursive: true, force: true });
  }
}
