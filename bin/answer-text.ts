/** What an execution came to, in words, and what the command ends with that brought it there. */
import { type Answer, isWaiting, type WaitingAnswer } from "../runtime/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { safe, valueText } from "./print.ts";

export function exitOf(answer: Answer | WaitingAnswer): number {
  if (isWaiting(answer)) return EXIT.waiting;
  return answer.fault ? EXIT.faulted : EXIT.done;
}

export function endText(
  { trace_id, workflow, outcome, result, fault }: Answer,
  file: string,
  { paint }: Pick<Io, "paint">,
): readonly string[] {
  const colour = fault ? paint.red : paint.green;
  const lines = [
    `${colour.bold(outcome)}  ${workflow}`,
    `result  ${valueText(result)}`,
    traceText(file),
  ];
  return fault ? [...lines, examineText(trace_id)] : lines;
}

export function traceText(file: string): string {
  return `trace   ${safe(file)}`;
}

export function examineText(trace: string): string {
  return `        \`pgs examine ${trace}\` says what went wrong`;
}
