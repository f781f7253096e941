/**
 * The rates of several contenders under several loads, taken in turns, as rows: executions a second
 * with what each cost, then how PGS stands to what its budgets compare it with.
 */
import type { Bench } from "../bench.ts";
import type { Rate } from "../executions.ts";
import type { ContenderName, ExecutionsAnswer, ExecutionsRequest } from "../jobs/executions.ts";
import { orderWorkspace, placeOf } from "../order-workspace.ts";
import { numberText } from "../report.ts";
import { type Budget, type Row, type RowText, rowOf } from "../row.ts";
import { ratios, summarize } from "../statistics.ts";
import type { WorkloadName } from "../workloads.ts";

export interface RatesRequest {
  readonly section: string;
  readonly workload: WorkloadName;
  readonly contenders: readonly { readonly name: ContenderName; readonly rounds: number }[];
  readonly loads: readonly number[];
  readonly flushDelayMs: number;
  readonly budgets: readonly RateBudget[];
}

export interface RateBudget extends Budget {
  readonly contender: ContenderName;
  readonly atOnce: number;
  readonly of: "perSecond" | "flushesEach";
}

const WARM_UP_MS = { full: 700, quick: 300 };
const MEASURE_MS = { full: 1_500, quick: 700 };
/** The strongest simple rival, which PGS should not be slower than. */
const RIVAL = "grouped-journal";
const P99_MAX = 3;

type Answers = ReadonlyMap<string, readonly ExecutionsAnswer[]>;

export function ratesOf(bench: Bench, request: RatesRequest): readonly Row[] {
  const answers = answersOf(bench, request);
  const rows = request.loads.flatMap((atOnce) =>
    request.contenders.flatMap(({ name }) =>
      rateRows(request, { contender: name, atOnce }, answers.get(keyOf(name, atOnce)) ?? []),
    ),
  );
  return [...rows, ...request.loads.flatMap((atOnce) => comparedRows(request, atOnce, answers))];
}

function keyOf(contender: ContenderName, atOnce: number): string {
  return `${contender} ${atOnce}`;
}

function answersOf(bench: Bench, request: RatesRequest): Answers {
  const { section, contenders, loads, workload, flushDelayMs } = request;
  const workspace = orderWorkspace(bench);
  const answers = new Map<string, ExecutionsAnswer[]>();
  const rounds = bench.quick ? 1 : Math.max(...contenders.map((contender) => contender.rounds));
  for (let round = 0; round < rounds; round += 1) {
    for (const atOnce of loads) {
      for (const { name, rounds: own } of contenders) {
        const key = keyOf(name, atOnce);
        const taken = answers.get(key) ?? [];
        if (round >= own || (taken[0] !== undefined && "skipped" in taken[0].rate)) continue;
        bench.progress(`${section}: round ${round + 1}, ${name}, ${atOnce} at once`);
        const place = placeOf(bench, { name: key, workspace, workload, flushDelayMs });
        const extent = bench.quick ? "quick" : "full";
        const load = { atOnce, warmUpMs: WARM_UP_MS[extent], measureMs: MEASURE_MS[extent] };
        const asked: ExecutionsRequest = { contender: name, load, place };
        answers.set(key, [...taken, bench.child<ExecutionsAnswer>("executions", asked)]);
      }
    }
  }
  return answers;
}

interface Turn {
  readonly contender: ContenderName;
  readonly atOnce: number;
}

function rateRows(
  { section, budgets }: RatesRequest,
  { contender, atOnce }: Turn,
  answers: readonly ExecutionsAnswer[],
): readonly Row[] {
  const [first] = answers;
  if (first === undefined) return [];
  const what = `${first.name}, ${atOnce} at once`;
  const text: RowText = { section, what, unit: "executions/s" };
  const rates = ratesIn(answers);
  if ("skipped" in first.rate) {
    return [rowOf({ ...text, note: `**skipped**: ${first.rate.skipped}` }, [])];
  }
  const budgetOf = (of: RateBudget["of"]) => {
    const budget = budgets.find(
      (one) => one.contender === contender && one.atOnce === atOnce && one.of === of,
    );
    return budget && { budget: { limit: budget.limit, at: budget.at } };
  };
  const note = `${first.note}; ${costText(rates)}`;
  const rate = rowOf({ ...text, ...budgetOf("perSecond"), note }, of(rates, "perSecond"));
  const flushes = budgetOf("flushesEach");
  if (flushes === undefined) return [rate];
  const flushText: RowText = { section, what: `${what}: flushes each`, unit: "flushes" };
  return [rate, rowOf({ ...flushText, ...flushes }, of(rates, "flushesEach"))];
}

function ratesIn(answers: readonly ExecutionsAnswer[]): readonly Rate[] {
  return answers.flatMap(({ rate }) => ("skipped" in rate ? [] : [rate]));
}

function of(rates: readonly Rate[], member: keyof Rate): readonly number[] {
  return rates.map((rate) => rate[member] ?? Number.NaN);
}

function costText(rates: readonly Rate[]): string {
  const median = (member: keyof Rate) => numberText(summarize(of(rates, member)).median);
  return (
    `each ${median("flushesEach")} flushes, ${median("bytesEach")} bytes written, ` +
    `${median("cpuMicrosEach")} µs of processor; ` +
    `p50 ${median("p50Ms")} ms, p99 ${median("p99Ms")} ms`
  );
}

/** PGS beside its rival, by rounds: what the machine did to one it did to the other. */
function comparedRows({ section }: RatesRequest, atOnce: number, answers: Answers): readonly Row[] {
  const ours = ratesIn(answers.get(keyOf("pgs", atOnce)) ?? []);
  const theirs = ratesIn(answers.get(keyOf(RIVAL, atOnce)) ?? []);
  if (ours.length === 0 || theirs.length === 0) return [];
  const text = (what: string): RowText => ({ section, what, unit: "×" });
  const rival = `journal with group commit, ${atOnce} at once`;
  const rate = ratios(of(ours, "perSecond"), of(theirs, "perSecond"));
  const cpu = ratios(of(ours, "cpuMicrosEach"), of(theirs, "cpuMicrosEach"));
  const spread = ratios(of(ours, "p99Ms"), of(ours, "p50Ms"));
  const judged = atOnce === 64;
  const least = { budget: { limit: 1, at: "least" } } as const;
  const most = { budget: { limit: P99_MAX, at: "most" } } as const;
  return [
    rowOf({ ...text(`PGS ÷ ${rival}: executions/s`), ...(judged ? least : {}) }, rate),
    rowOf(text(`PGS ÷ ${rival}: processor time each`), cpu),
    rowOf({ ...text(`PGS, ${atOnce} at once: p99 ÷ p50`), ...(judged ? most : {}) }, spread),
  ];
}
