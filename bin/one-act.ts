/**
 * A data root that is opened for one thing, and let go of whatever comes of that. What was done is
 * durable: what could not be written behind it is told beside it, and never in its place.
 */
import type { Runtime } from "../runtime/index.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import type { Workspace } from "./options.ts";
import { type Unwritten, unlessRefused } from "./projections.ts";

/** How a data root is opened for somebody who waits for the answer. */
export function openingFor(
  workspace: Workspace,
  more: Partial<Omit<EngineOptions, "workspace">> = {},
): EngineOptions {
  return {
    workspace,
    traces: "all",
    allowChangedCapabilities: false,
    waitMs: workspace.config.wait_seconds * 1_000,
    roomWaitMs: 0,
    ...more,
  };
}

export interface Acted<T> {
  readonly done: T;
  readonly unwritten: readonly Unwritten[];
}

export async function actOn<T>(
  engine: Engine,
  act: (runtime: Runtime) => Promise<T>,
): Promise<Acted<T>> {
  let done: T;
  try {
    done = await act(engine.runtime);
  } catch (error) {
    // Why it was refused is what the caller asks; the state is folded again next time.
    await letGo(engine);
    throw error;
  }
  return { done, unwritten: await letGo(engine) };
}

/** What could not be written: of the state, and of trace files. */
export async function letGo(
  { runtime, projections }: Engine,
  closing: Promise<Unwritten | undefined> = unlessRefused(runtime.close(), { what: "state" }),
): Promise<readonly Unwritten[]> {
  const state = await closing;
  const { first } = projections.unwritten();
  return state === undefined ? first : [state, ...first];
}
