/** The job behind the durable section: one engine, one number of executions at once. */
import type { Contender, Place } from "../contender.ts";
import { type Load, measureRate, type Rate } from "../executions.ts";

const CONTENDERS: Readonly<Record<string, () => Promise<Contender>>> = {
  pgs: async () => (await import("../peers/pgs.ts")).pgs,
  flush: async () => (await import("../peers/flush.ts")).bareFlush,
  xstate: async () => (await import("../peers/xstate.ts")).xstate,
  "step-functions": async () => (await import("../peers/step-functions.ts")).stepFunctions,
};

export interface ExecutionsRequest {
  readonly contender: string;
  readonly load: Load;
  readonly place: Place;
}

export interface ExecutionsAnswer extends Rate {
  readonly name: string;
  readonly note: string;
}

export async function executions(request: ExecutionsRequest): Promise<ExecutionsAnswer> {
  const open = CONTENDERS[request.contender];
  if (open === undefined) throw new Error(`there is no contender \`${request.contender}\``);
  const contender = await open();
  const rate = await measureRate(contender, request.load, request.place);
  return { name: contender.name, note: contender.note, ...rate };
}
