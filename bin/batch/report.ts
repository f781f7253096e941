/**
 * What a batch says: a line for each line of the file when it has ended, and a summary at the end.
 * With `--json` each is a JSON document of its own. Numbers of lines are those of the file.
 */
import type { Refusal } from "../../protocol/language/refusal.ts";
import type { Answer, WaitingAnswer } from "../../runtime/index.ts";
import { byId } from "../by-id.ts";
import type { Io } from "../io.ts";
import { count, safe } from "../print.ts";
import type { Tally } from "./tally.ts";

export interface Report {
  readonly ended: (line: number, answer: Answer) => string;
  readonly waits: (line: number, answer: WaitingAnswer) => string;
  readonly refused: (line: number, refusal: Refusal) => string;
  /** A line that was taken when the batch broke off. */
  readonly unanswered: (line: number, refusal: Refusal) => string;
  readonly summary: (tally: Tally, close: Closing) => string;
}

export interface Closing {
  readonly seconds: number;
  /** Traces that could not be written. */
  readonly unwritten: number;
  /** What was found when the data root was opened; left out where that was nothing. */
  readonly recovery?: object;
}

export const JSON_REPORT: Report = Object.freeze({
  ended(line: number, answer: Answer) {
    const { trace_id, exit, outcome, result, fingerprint, fault, repeated } = answer;
    return json({ line, trace_id, exit, outcome, result, fingerprint, fault, repeated });
  },
  waits(line: number, { trace_id, waiting, repeated }: WaitingAnswer) {
    return json({ line, trace_id, waiting, repeated });
  },
  refused: (line: number, refusal: Refusal) => json({ line, refused: members(refusal) }),
  unanswered: (line: number, refusal: Refusal) => json({ line, unanswered: members(refusal) }),
  summary(tally: Tally, { seconds, unwritten, ...found }: Closing) {
    const { lines, outcomes, ended, faulted, repeated, waiting, refused, unanswered } = tally;
    const ran = { lines, ended, outcomes, faulted, repeated, waiting };
    const counts = { ...ran, refused, unanswered, unwritten };
    const executions_per_second = rate(tally, seconds);
    const stopped = tally.stoppedBy ?? null;
    return json({ summary: { ...counts, executions_per_second, seconds, stopped, ...found } });
  },
});

function json(document: object): string {
  return `${JSON.stringify(document)}\n`;
}

function members({ code, message, problems, hint, trace }: Refusal): object {
  return byId({ code, message, problems, hint, trace });
}

/** Executions that ran, in a second. */
function rate({ ended, waiting, repeated }: Tally, seconds: number): number {
  return seconds === 0 ? 0 : Math.round((ended + waiting - repeated) / seconds);
}

export function textReport({ paint }: Pick<Io, "paint">): Report {
  const told = (line: number, what: string, { code, message, problems }: Refusal) => {
    const places = problems.map((problem) => ` at ${problem.pointer || "the root"}`).join(",");
    const why = safe(`${code}${places}: ${reason(message, problems)}`);
    return `${line}  ${paint.red(what)}  ${why}\n`;
  };
  return {
    ended(line, { outcome, fault, repeated, trace_id }) {
      const end = (fault ? paint.red : paint.green)(outcome);
      return `${line}  ${end}  ${trace_id}${repeated ? paint.dim("  repeated") : ""}\n`;
    },
    waits(line, { waiting, trace_id, repeated }) {
      const [first] = waiting;
      const at = first === undefined ? "" : `  ${paint.dim(`${first.node} until ${first.until}`)}`;
      const again = repeated ? paint.dim("  repeated") : "";
      return `${line}  ${paint.yellow("waiting")}  ${trace_id}${at}${again}\n`;
    },
    refused: (line, refusal) => told(line, "refused", refusal),
    unanswered: (line, refusal) => told(line, "unanswered", refusal),
    summary(tally, { seconds, unwritten }) {
      const { ended, faulted, repeated, waiting, refused, unanswered, stoppedBy } = tally;
      const outcomes = Object.entries(tally.outcomes).map(
        ([outcome, number]) => `${outcome} ${thousands(number)}`,
      );
      const rest = [
        [waiting, waiting === 1 ? "waits" : "wait"],
        [refused, "refused"],
        [faulted, "on the fault route"],
        [repeated, "repeated"],
        [unanswered, "unanswered"],
        [unwritten, "without trace files"],
      ] as const;
      const parts = [
        `${count(ended, "execution")} ended`,
        ...rest.filter(([number]) => number > 0).map(([n, what]) => `${thousands(n)} ${what}`),
      ];
      const speed = `${thousands(rate(tally, seconds))} executions a second, ${seconds} s`;
      const left =
        stoppedBy !== undefined
          ? `; stopped by ${stoppedBy}, lines may be left`
          : tally.isUnread
            ? "; its reader has gone, lines may be left"
            : "";
      const lines = [
        `${count(tally.lines, "line")}: ${parts.join(", ")}`,
        ...(outcomes.length === 0 ? [] : [outcomes.join(", ")]),
        `${speed}${left}`,
      ];
      return `\n${lines.join("\n")}\n`;
    },
  };
}

/** The first place says more than the sentence above all of them. */
function reason(message: string, problems: Refusal["problems"]): string {
  const [first] = problems;
  return first === undefined || message.startsWith(first.message) ? message : first.message;
}

function thousands(number: number): string {
  return number.toLocaleString("en-US");
}
