/**
 * The job behind the section on starts: a runtime comes through its last gate and does one piece of
 * work, in a process where neither has been done before. What a start adds is in the sum of both,
 * since they share what they load.
 */
import { sha256 } from "../../protocol/language/digest.ts";
import { SYSTEM_PORTS } from "../../runtime/index.ts";
import type { Place } from "../contender.ts";
import { executing, openPgs } from "../peers/pgs.ts";

export interface BootRequest {
  readonly place: Place;
  /** Another one than before makes the start a whole one. */
  readonly configuration: string;
  readonly order: number;
}

export interface BootAnswer {
  readonly kind: "same" | "whole";
  readonly bootMs: number;
  /** The same in processor time. */
  readonly bootCpuMs: number;
  /** Processor time of the start and of the work behind it. */
  readonly bothMs: number;
  readonly flushes: number;
}

export async function boot({ place, configuration, order }: BootRequest): Promise<BootAnswer> {
  const runtime = await openPgs(place, SYSTEM_PORTS);
  const before = process.cpuUsage();
  const began = performance.now();
  const { kind } = await runtime.boot({
    configuration: sha256(configuration),
    gates: () => [],
  });
  const bootMs = performance.now() - began;
  const booted = process.cpuUsage(before);
  await executing(runtime, place)(order);
  const { user, system } = process.cpuUsage(before);
  const { flushes } = runtime;
  await runtime.close();
  const bootCpuMs = (booted.user + booted.system) / 1_000;
  return { kind, bootMs, bootCpuMs, bothMs: (user + system) / 1_000, flushes };
}
