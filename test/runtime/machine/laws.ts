/**
 * What holds of every execution of every random graph, in every order of answers. Each law gives
 * what is wrong, in words; nothing where it holds. No test runner is needed: the machine with a
 * mistake built in is held to the same laws.
 */

import type { MapNode } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { isStep, type MachineRecord } from "../../../protocol/language/records.ts";
import { BEGINNING, drive, type Host, type Standing } from "../../../runtime/driver.ts";
import { sealedBody } from "../../../runtime/execution.ts";
import { equal } from "../../../runtime/machine/compare.ts";
import type { Execution, Program } from "../../../runtime/machine/program.ts";
import { step } from "../../../runtime/machine/step.ts";
import { answerIn, armedIn, bodyOf, cancelIn, toldIn } from "../../../runtime/playback.ts";
import { forkedGraph } from "./forked-graph.ts";
import { ACCEPTED, clearOf, type Going, type History, live, SEALER } from "./world.ts";

type Wrong = string | undefined;

/** The program of a random graph: everything fits. */
export function forkedProgram(seed: number): Program {
  return { graph: forkedGraph(seed), fits: () => null, matches: () => true };
}

export interface Seeds {
  readonly graph: number;
  readonly answers: number;
  readonly order: number;
  /** Where it is cancelled, and where it is stopped; never, and nowhere, for most of them. */
  readonly cancelAt?: number;
}

/** The first law that does not hold. */
export function brokenLaw({ graph, answers, order, cancelAt }: Seeds): Wrong {
  const program = forkedProgram(graph);
  const going: Going = { program, answers, order, ...(cancelAt !== undefined && { cancelAt }) };
  try {
    const history = live(going);
    return lawsOf(program, history) ?? resumedWrong(going, history) ?? undefined;
  } catch (error) {
    return `it throws: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function lawsOf(program: Program, history: History): Wrong {
  return (
    replayedWrong(program, history) ??
    impureWrong(program, history) ??
    crowdedWrong(program, history) ??
    itemsWrong(program, history) ??
    undoneWrong(program, history) ??
    attemptsWrong(program, history) ??
    keysWrong(history) ??
    peopleWrong(program, history)
  );
}

/** From the records alone: the same records, the same execution at each pause, the same end. */
function replayedWrong(program: Program, { records, stood, finish }: History): Wrong {
  for (const { records: count, standing } of stood) {
    const pause = drive(
      { program, host: again(program, records.slice(0, count)) },
      BEGINNING,
      ACCEPTED,
    );
    if (pause.kind !== "pending") return `replayed up to ${count}, it has ended`;
    if (!same(pause.execution, standing.execution)) return `replayed up to ${count}, it is another`;
    const names = ({ pending }: Standing) => pending.map(({ name }) => name).sort();
    if (!same(names(pause), names(standing))) return `replayed up to ${count}, it waits for others`;
  }
  const end = drive({ program, host: again(program, records) }, BEGINNING, ACCEPTED);
  if (end.kind !== "finished") return "replayed, it does not end";
  return same(end.command, finish) ? undefined : "replayed, it ends otherwise";
}

/** Answers from records alone, and pauses behind the last one. */
function again(program: Program, records: readonly MachineRecord[]): Host {
  let at = 0;
  const now = (): MachineRecord => {
    const record = records[at];
    if (record === undefined) throw new Error("more is asked than was recorded");
    return record;
  };
  const answer = ({ name }: { readonly name: string }) => {
    const record = now();
    if (record.node !== name || !isStep(record)) throw new Error(`${name} is asked too early`);
    return answerIn(record, SEALER).answer;
  };
  return {
    invoke: answer,
    commit: answer,
    arm(command) {
      const since = armedIn(now(), command);
      if (since === undefined) throw new Error(`${command.name} is armed too early`);
      return since;
    },
    cancel({ node }) {
      const record = records[at];
      return record?.type === "cancelled" ? cancelIn(program, node, record) : undefined;
    },
    next(standing) {
      const record = records[at];
      if (record === undefined) return undefined;
      const told = toldIn(record, standing, { program, sealer: SEALER });
      if (told === undefined) throw new Error(`nobody waits for ${record.node}`);
      return told;
    },
    record(command) {
      const body = sealedBody(command, SEALER, undefined);
      if (!equal(body as unknown as Json, bodyOf(now()))) throw new Error(`${now().node} differs`);
      at += 1;
    },
  };
}

/** A step changes nothing that it was given, and comes out the same for a copy. */
function impureWrong(program: Program, { stood }: History): Wrong {
  for (const { standing, fact } of stood) {
    if (fact === undefined) continue;
    const kept = structuredClone(standing.execution);
    const made = step(program, standing.execution, fact);
    if (!same(standing.execution, kept)) return "a step changed what it was given";
    if (!same(step(program, kept, fact), made)) return "a step comes out otherwise for a copy";
  }
  return undefined;
}

/** Never are more items under way than may be, and a branch is under way once. */
function crowdedWrong(program: Program, { stood }: History): Wrong {
  const crowded = (execution: Execution): boolean => {
    if (execution.status !== "forked") return false;
    const node = program.graph.nodes[execution.at];
    const most = node?.kind === "map" ? node.concurrency : Number.POSITIVE_INFINITY;
    const { live } = execution;
    const isOnce = new Set(live.map(({ index }) => index)).size === live.length;
    return live.length > most || !isOnce || live.some((one) => crowded(one.execution));
  };
  return stood.some(({ standing }) => crowded(standing.execution))
    ? "more items are under way than may be"
    : undefined;
}

/** A map that came to its end has run each of its items, once, and counted them. */
function itemsWrong({ graph }: Program, { records }: History): Wrong {
  for (const record of records) {
    if (record.type !== "node" || record.output === undefined) continue;
    const node = graph.nodes.find(({ name }) => name === bare(record.node));
    if (node?.kind !== "map" || !("literal" in node.items)) continue;
    const total = (node.items.literal as readonly Json[]).length;
    const ends = records.filter(
      (one) =>
        one.type === "node" && one.to === record.node && one.node.startsWith(`${record.node}[`),
    );
    const indices = new Set(ends.map((one) => one.node.slice(record.node.length).split("/")[0]));
    if (ends.length !== total || indices.size !== total) return `${record.node} lost an item`;
    const outcomes = ends.map((one) => ("outcome" in one ? one.outcome : ""));
    if (!same(clearOf(record.output), mapOutput(node, ends, total)))
      return `${record.node} tells otherwise`;
    const succeeded = outcomes.filter((one) => one === "SUCCESS").length;
    const isPartial = node.threshold !== null && succeeded >= node.threshold * total;
    const short = isPartial ? "PARTIAL" : "FAILED";
    const full = total === 0 ? "EMPTY" : "SUCCESS";
    if (record.outcome !== (succeeded === total ? full : short)) return `${record.node} is wrong`;
  }
  return undefined;
}

/** What a map gives, by the records of its items' ends. */
function mapOutput({ collect }: MapNode, ends: readonly MachineRecord[], total: number): object {
  const outcomes: Record<string, number> = {};
  const results: Json[] = [];
  for (const end of ends) {
    if (end.type !== "node") continue;
    outcomes[end.outcome] = (outcomes[end.outcome] ?? 0) + 1;
    const index = Number(/\[(\d+)\]\/[^[\]]*$/.exec(end.node)?.[1]);
    results[index] = { outcome: end.outcome, result: clearOf(end.output ?? null) };
  }
  const output = { total, succeeded: outcomes.SUCCESS ?? 0, outcomes };
  return collect ? { ...output, results } : output;
}

function bare(name: string): string {
  return name.replace(/\[\d+\]/g, "");
}

interface DoneNow {
  readonly name: string;
  readonly at: number;
  readonly undone: boolean;
}

/** Every undo covers exactly what was done within, and names the rest; the last first. */
function undoneWrong(program: Program, { records }: History): Wrong {
  let left: DoneNow[] = [];
  for (const [at, record] of records.entries()) {
    const node = program.graph.nodes.find(({ name }) => name === bare(record.node));
    const done = doneBy(program, record, at);
    if (done !== undefined) left.push(done);
    if (record.type === "cancelled") {
      // What an undo of its own had come to, which was cut short.
      left = left
        .map((one) => ({ ...one, came: cameOf(records.slice(one.at, at), one.name) }))
        .filter(({ undone, came }) => !(undone && came === true))
        .map(({ name, at, undone, came }) => ({ name, at, undone: undone && came === undefined }));
      left.push(...inDoubt(program, records, at));
    }
    if (node?.kind !== "undo" || record.type !== "node") continue;
    const within = record.node.slice(
      0,
      record.node.length - (node.name.length - node.within.length),
    );
    const isWithin = ({ name }: DoneNow) => name.startsWith(within);
    const wrong = undoWrong(record, records.slice(0, at), left.filter(isWithin));
    if (wrong !== undefined) return `${record.node}: ${wrong}`;
    const { stands } = record.output as unknown as Told;
    left = left
      .filter((one) => !isWithin(one) || stands.includes(one.name))
      .map((one) => (isWithin(one) ? { ...one, undone: false } : one));
  }
  return undefined;
}

/** Whether what undoes a node has done so; undefined where it has not come to an end. */
function cameOf(records: readonly MachineRecord[], name: string): boolean | undefined {
  const last = records.findLast((one) => "compensates" in one && one.compensates === name);
  return last && "outcome" in last ? ["SUCCESS", "DONE"].includes(last.outcome) : undefined;
}

interface Told {
  readonly compensated: readonly string[];
  readonly stands: readonly string[];
}

function doneBy({ graph }: Program, record: MachineRecord, at: number): DoneNow | undefined {
  if (record.type !== "effect" && record.type !== "external") return undefined;
  if (record.compensates !== undefined) return undefined;
  const node = graph.nodes.find(({ name }) => name === bare(record.node));
  const undone = node !== undefined && "undone" in node ? node.undone : undefined;
  if (undone === undefined) return undefined;
  const isKnown = undone.after.includes(record.outcome);
  const isUnknown =
    record.type === "external" && ["FAULT", "TIMEOUT", "IN_DOUBT"].includes(record.outcome);
  if (!isKnown && !isUnknown) return undefined;
  return { name: record.node, at, undone: isKnown && undone.by !== null };
}

/** Calls that were under way, or answered and not made again yet, when it was cancelled. */
function inDoubt(program: Program, records: readonly MachineRecord[], at: number): DoneNow[] {
  const before = records.slice(0, at);
  const open = new Map<string, MachineRecord>();
  for (const record of before) {
    if (record.type === "attempted" || record.type === "retry") open.set(record.node, record);
    if (record.type === "external") open.delete(record.node);
  }
  return [...open.values()].flatMap((record) => {
    const node = program.graph.nodes.find(({ name }) => name === bare(record.node));
    if (node?.kind !== "external" || node.name.endsWith("/compensate")) return [];
    const unknown = node.repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
    const outcome = record.type === "retry" ? record.outcome : unknown;
    const body = { ...record, type: "external", outcome } as unknown as MachineRecord;
    const done = doneBy(program, body, at);
    return done === undefined ? [] : [done];
  });
}

function undoWrong(
  record: MachineRecord,
  before: readonly MachineRecord[],
  done: readonly DoneNow[],
): Wrong {
  if (record.type !== "node") return undefined;
  const { compensated, stands } = record.output as unknown as Told;
  const told = [...compensated, ...stands].sort();
  const expected = done.map(({ name }) => name).sort();
  if (!same(told, expected)) return `it tells of ${told}, done was ${expected}`;
  const outcome = stands.length === 0 ? "COMPENSATED" : "PARTLY_COMPENSATED";
  if (record.outcome !== outcome) return `it ends in ${record.outcome}`;
  for (const { name, undone } of done) {
    const last = before.findLast((one) => "compensates" in one && one.compensates === name);
    const ended =
      last !== undefined && "outcome" in last && ["SUCCESS", "DONE"].includes(last.outcome);
    if (compensated.includes(name) !== (undone && ended && isTo(last, record.node))) {
      return `${name} is told as ${compensated.includes(name) ? "undone" : "standing"}`;
    }
  }
  return orderWrong(compensated, done);
}

function isTo(record: MachineRecord, node: string): boolean {
  return "to" in record && record.to === node;
}

/** Of two in one line, the later one is undone first; side by side there is no order. */
function orderWrong(compensated: readonly string[], done: readonly DoneNow[]): Wrong {
  const at = new Map(done.map((one) => [one.name, one.at]));
  for (const [first, name] of compensated.entries()) {
    for (const later of compensated.slice(first + 1)) {
      if ((at.get(later) ?? 0) > (at.get(name) ?? 0) && inLine(name, later)) {
        return `${name} is undone before ${later}`;
      }
    }
  }
  return undefined;
}

/** Whether two told names are of one line: of one branch, or of a branch and what it forked from. */
function inLine(a: string, b: string): boolean {
  const left = a.split("/");
  const right = b.split("/");
  const shared = left.findIndex((part, at) => part !== right[at]);
  const forked = [left, right].every((parts) => parts.length > shared + 1);
  // Other items of one map, or other branches of one parallel.
  return shared < 0 || !forked || bare(left[shared] ?? "") !== bare(right[shared] ?? "")
    ? !isParallel(left, right, shared)
    : false;
}

/** Branches are called `a`, `b`, `c`, and nothing else is. */
function isParallel(left: readonly string[], right: readonly string[], at: number): boolean {
  return /^[abc]$/.test(left[at] ?? "") && /^[abc]$/.test(right[at] ?? "");
}

/** Attempts at a call are counted on from 1, and never beyond what was asked for. */
function attemptsWrong({ graph }: Program, { records }: History): Wrong {
  const last = new Map<string, number>();
  for (const record of records) {
    if (record.type !== "attempted") continue;
    const expected = (last.get(record.node) ?? 0) + 1;
    const node = graph.nodes.find(({ name }) => name === bare(record.node));
    const most = node?.kind === "external" ? (node.retry?.attempts ?? 1) : 0;
    const isAnew = record.attempt === 1 && record.node.endsWith("/compensate");
    if (record.attempt !== expected && !isAnew)
      return `${record.node} is tried as ${record.attempt}`;
    if (record.attempt > most) return `${record.node} is tried too often`;
    last.set(record.node, record.attempt);
  }
  return undefined;
}

/** A call has a key of its own, and the same one at each attempt. */
function keysWrong({ records }: History): Wrong {
  const keys = new Map<string, string>();
  for (const record of records) {
    if (record.type !== "attempted") continue;
    const known = keys.get(record.node) ?? record.idempotency_key;
    if (known !== record.idempotency_key) return `${record.node} has another key`;
    keys.set(record.node, known);
  }
  return new Set(keys.values()).size === keys.size ? undefined : "two calls share a key";
}

/** So many different people have said what a wait ends with. */
function peopleWrong({ graph }: Program, { records }: History): Wrong {
  for (const record of records) {
    if (record.type !== "node") continue;
    const node = graph.nodes.find(({ name }) => name === bare(record.node));
    const signal = node?.kind === "await" && node.signals.find(([name]) => name === record.outcome);
    if (!signal) continue;
    const said = records.filter(
      (one) => one.type === "signal" && one.node === record.node && one.signal === record.outcome,
    );
    const people = new Set(said.map((one) => ("principal" in one ? one.principal : "")));
    const shells = said.filter((one) => "caller" in one && one.caller.identity === "operator");
    if (people.size !== signal[1].people || said.length !== people.size || shells.length > 1) {
      return `${record.node} heard ${people.size} names, ${shells.length} of them at a shell`;
    }
    // The operator asked, as p0.
    const own = people.has("p0") || shells.length > 0;
    if (signal[1].notRequester && own) return `${record.node} heard the requester`;
  }
  return undefined;
}

/** Stopped behind any record, it goes on to an end that is as good, and is replayed as one. */
function resumedWrong(going: Going, { records }: History): Wrong {
  const every = Math.max(1, Math.ceil(records.length / 5));
  for (let count = 0; count < records.length; count += every) {
    const { cancelAt: _, ...rest } = going;
    const recorded = records.slice(0, count);
    const resumed = live({ ...rest, recorded });
    if (!same(resumed.records.slice(0, count), recorded)) return "what was recorded is gone";
    const end = drive(
      { program: going.program, host: again(going.program, resumed.records) },
      BEGINNING,
      ACCEPTED,
    );
    if (end.kind !== "finished") return `stopped at ${count}, it does not end when replayed`;
    if (!same(end.command, resumed.finish)) return `stopped at ${count}, it ends otherwise`;
    const wrong = undoneWrong(going.program, resumed) ?? itemsWrong(going.program, resumed);
    if (wrong !== undefined) return `stopped at ${count}: ${wrong}`;
  }
  return undefined;
}

function same(a: unknown, b: unknown): boolean {
  return equal(a as Json, b as Json);
}
