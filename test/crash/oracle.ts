/**
 * What must hold after anything that happened to a process: it said nothing that it should not; the
 * next run recovers and completes; what was acknowledged stands; nothing is there twice; ledger,
 * state and traces agree. It gives complaints in words, none where all holds.
 */
import { foldText, type Line, readLedgerText } from "./ledger-text.ts";
import { BUILT, type Ended, type Program, run } from "./program.ts";
import { runHere } from "./resident.ts";
import { at, type Place, runArgs, type Setting, type Task } from "./workload.ts";

/** An answer that the outside world has heard. */
export interface Answer {
  readonly trace_id: string;
  readonly outcome: string;
  readonly result: unknown;
  readonly fingerprint: string;
  readonly unwritten?: readonly { readonly what: string }[];
}

const STOPPED_BY_DISK = [
  "data-root/io-error",
  "data-root/no-room",
  "data-root/not-writable",
  "data-root/too-many-files",
  "data-root/vanished",
  "data-root/no-lock",
  "disk/io-error",
  "disk/no-room",
  "ledger/flush-failed",
  "ledger/io-error",
  "ledger/no-room",
  "ledger/write-failed",
  "state/busy",
];

/** What a process may end with when its disk failed it: the code says which. */
const EXITS = new Set([0, 7, 11]);

/** The whole answers on standard output. A line that was cut off told nobody anything. */
export function answersIn(out: string): readonly Answer[] {
  return out
    .split(/(?<=\n)/)
    .filter((line) => line.endsWith("\n"))
    .map((line) => JSON.parse(line) as Partial<Answer>)
    .filter((said): said is Answer => typeof said.trace_id === "string");
}

/** What is wrong in how a process ended whose disk failed it, or that was killed. */
export function complaintsOfEnd({ code, signal, out, err }: Ended): readonly string[] {
  const said = out + err;
  if (/own.fault|\n {4}at /.test(said)) return [`says that it is its own fault: ${said.trim()}`];
  if (signal === "SIGKILL" || code === null) {
    return signal === "SIGKILL" ? [] : [`ended by ${signal}: ${said.trim()}`];
  }
  if (!EXITS.has(code)) return [`ended with ${code}: ${said.trim()}`];
  if (code === 0) return answersIn(out).length > 0 ? [] : [`ended with 0 and no answer: ${said}`];
  const refused = /"refused":\{"code":"([^"]*)"/.exec(out)?.[1];
  const known = refused !== undefined && STOPPED_BY_DISK.includes(refused);
  return known ? [] : [`refuses with an unexpected code: ${said.trim()}`];
}

/** Which work is done again after the fault: the same name, by another. */
export const AGAIN = "again";

/** Recovers by running once more, then looks at everything. `told` was acknowledged before. */
export async function complaintsAfter(
  setting: Setting,
  place: Place,
  name: string,
  told: readonly Answer[],
): Promise<readonly string[]> {
  const task: Task = { name, by: AGAIN };
  const again = await judged(setting.program, runArgs(setting, place, task));
  if (again.code !== 0) return [`the next run ends with ${again.code}: ${again.out}${again.err}`];
  const answers = [...told, ...answersIn(again.out)];
  if (answers.length !== told.length + 1) return [`the next run has no answer: ${again.out}`];
  const { lines, complaints } = readLedgerText(place.data);
  return [
    ...complaints,
    ...foldText(lines).complaints,
    ...complaintsOfAnswers(lines, answers),
    ...(await complaintsOfVerify(setting, place)),
  ];
}

/** Every answer is what the ledger says, and every execution in the ledger has come to its end. */
export function complaintsOfAnswers(
  lines: readonly Line[],
  answers: readonly Answer[],
): readonly string[] {
  const closed = new Map<string, Line>();
  const opened = new Set<string>();
  for (const line of lines) {
    if (line.type === "opened") opened.add(line.trace);
    if (line.type === "closed") closed.set(line.trace, line);
  }
  const told = answers.flatMap(({ trace_id, outcome, result, fingerprint }) => {
    const stands = closed.get(trace_id);
    if (stands === undefined) return [`the answer of ${trace_id} does not stand`];
    const same =
      stands.outcome === outcome &&
      stands.fingerprint === fingerprint &&
      JSON.stringify(stands.result) === JSON.stringify(result);
    return same ? [] : [`${trace_id} answered otherwise than its record says`];
  });
  const open = [...opened].filter((trace) => !closed.has(trace));
  return [...told, ...open.map((trace) => `${trace} is still open`)];
}

/** The true program is at hand, and judges here. */
function judged(judge: Program, args: readonly string[]): Promise<Ended> {
  return judge === BUILT ? runHere(args) : run(judge, args);
}

export async function complaintsOfVerify(
  setting: Setting,
  place: Place,
): Promise<readonly string[]> {
  const traces = setting.traces === false ? ["--no-traces"] : [];
  const args = ["verify", "--state", "--json", ...traces, ...at(setting, place)];
  const verified = await judged(setting.judge, args);
  const holds = verified.code === 0 && verified.out.includes('"open":[]');
  return holds ? [] : [`verify ends with ${verified.code}: ${verified.out}${verified.err}`];
}
