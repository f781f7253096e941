/**
 * Closing a runtime that still waits for calls which a stop had interrupted: whoever looks on is told
 * of whose, where it takes a while. It ends no call, and names nobody else's.
 */
import { SYSTEM_PORTS } from "../runtime/index.ts";
import { type Engine, leftText } from "./engine.ts";
import type { Io } from "./io.ts";
import { type Unwritten, unlessRefused } from "./projections.ts";

/** Nobody wonders before that. */
const TOLD_AFTER_MS = 1_000;
/** So many are named. */
const NAMED_MAX = 3;

/** Gives what could not be stored of the state; tells of what stays open. */
export async function closeTelling(engine: Engine, io: Io): Promise<Unwritten | undefined> {
  const takeBack = tellOfCalls(engine, io);
  try {
    return await unlessRefused(engine.runtime.close(), { what: "state" });
  } finally {
    takeBack();
    io.err(leftText(engine));
  }
}

/** Tells on standard error, once, unless it is taken back before. */
export function tellOfCalls(engine: Engine, { err }: Io): () => void {
  if (engine.runtime.recovery.calling.length === 0) return () => {};
  return SYSTEM_PORTS.clock.timer(TOLD_AFTER_MS, () => err(callsText(engine)));
}

function callsText({ runtime, recovery, isCalling }: Engine): string {
  if (!runtime.recovery.calling.some(isCalling)) return "";
  const own = recovery.calling.filter(isCalling);
  const named = own.slice(0, NAMED_MAX).join(", ");
  const more = own.length > NAMED_MAX ? ` and ${own.length - NAMED_MAX} more` : "";
  const whose = own.length === 0 ? "a call" : `the call of ${named}${more}`;
  return `waiting for ${whose} to the outside, which a stop had interrupted\n`;
}
