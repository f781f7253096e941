/**
 * The job behind the section on maps: one execution that maps over so many items, each of which
 * writes, in a process of its own. What is noted is counted in the store afterwards.
 */
import { isWaiting, SYSTEM_PORTS } from "../../runtime/index.ts";
import type { Place } from "../contender.ts";
import { MAP_KEY_CHARS, MAP_WORKFLOW } from "../map-workspace.ts";
import { openPgs } from "../peers/pgs.ts";
import { storedOrders } from "../stored-orders.ts";

export interface MapRequest {
  readonly place: Pick<Place, "folder" | "snapshots" | "capabilities" | "storeWorkerFile">;
  readonly items: number;
}

export interface MapAnswer {
  /** From the list to the durable end. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly flushes: number;
  readonly peakBytes: number;
}

const KIB = 1_024;

export async function map({ place, items }: MapRequest): Promise<MapAnswer> {
  const runtime = await openPgs(place, SYSTEM_PORTS);
  const keys = Array.from({ length: items }, (_, at) => String(at).padStart(MAP_KEY_CHARS, "0"));
  const before = { cpu: process.cpuUsage(), flushes: runtime.flushes };
  const began = performance.now();
  const answer = await runtime.submit({ workflow: MAP_WORKFLOW, payload: { keys } });
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(before.cpu);
  const flushes = runtime.flushes - before.flushes;
  if (isWaiting(answer) || answer.exit !== "noted") throw new Error("not all was noted");
  await runtime.close();
  const stored = storedOrders(`${place.folder}/data`);
  if (stored !== items) throw new Error(`${items} items, ${stored} stored`);
  const peakBytes = process.resourceUsage().maxRSS * KIB;
  return { seconds, cpuSeconds: (user + system) / 1_000_000, flushes, peakBytes };
}
