/** What an execution waits for, in words, and how to go on: for people who asked for it. */
import type { WaitingAnswer } from "../runtime/index.ts";
import type { Io } from "./io.ts";

type Waits = WaitingAnswer["waiting"];

/** A line for each thing that is waited for. */
export function waitsText(waits: Waits, { paint }: Pick<Io, "paint">): readonly string[] {
  const wide = Math.max(...waits.map(({ node }) => node.length));
  return waits.map(
    ({ node, until, signals }) =>
      `  ${node.padEnd(wide)}  ${signals.length === 0 ? "the time" : signals.join(", ")}  ${paint.dim(`until ${until}`)}`,
  );
}

/** The command that goes on with it: a signal, where one is waited for, else the time. */
export function goingOn(trace: string, waits: Waits): string {
  const told = waits.find(({ signals }) => signals.length > 0);
  if (told === undefined) return "`pgs wake --follow` goes on with it when it is time";
  const name = told.signals.length === 1 ? told.signals[0] : "<signal>";
  return `\`pgs signal ${trace} ${name} --payload <file>\` goes on with it`;
}
