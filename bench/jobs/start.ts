/**
 * The job behind the recovery section: opens a runtime on a data root that was left by another
 * process, and says how long that took and how much of the ledger was read for it.
 */
import { join } from "node:path";
import { type Ports, SYSTEM_PORTS } from "../../runtime/index.ts";
import type { Files } from "../../runtime/ports.ts";
import type { Place } from "../contender.ts";
import { bytesGiven } from "../executions.ts";
import { openPgs } from "../peers/pgs.ts";

export interface StartRequest {
  readonly place: Place;
}

export interface StartAnswer {
  /** Until new work is taken. */
  readonly seconds: number;
  readonly readyCpuSeconds: number;
  /** Until all that was open has ended, and the processor time up to there. */
  readonly endedSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Executions that were open and came to their ends. */
  readonly continued: number;
  /** Through the files port, of the ledger alone. */
  readonly ledgerBytesRead: number;
  /** By the whole process, SQLite included, while it opened; null where nobody counts. */
  readonly allBytesRead: number | null;
}

const KIB = 1_024;

export async function start({ place }: StartRequest): Promise<StartAnswer> {
  const read = { bytes: 0 };
  const ledger = join(place.folder, "data", "ledger");
  const files = counting(SYSTEM_PORTS.files, ledger, read);
  const ports: Ports = { ...SYSTEM_PORTS, files };
  const before = bytesGiven("rchar");
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const runtime = await openPgs(place, ports);
  const seconds = (performance.now() - begun) / 1_000;
  const readyCpu = process.cpuUsage(cpuBefore);
  const after = bytesGiven("rchar");
  const ledgerBytesRead = read.bytes;
  await runtime.recovered();
  const endedSeconds = (performance.now() - begun) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const { continued, stuck } = runtime.recovery;
  if (stuck.length > 0) throw new Error(`${stuck.length} executions could not go on`);
  await runtime.close();
  return {
    seconds,
    readyCpuSeconds: (readyCpu.user + readyCpu.system) / 1_000_000,
    endedSeconds,
    peakBytes: process.resourceUsage().maxRSS * KIB,
    cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
    continued: continued.length,
    ledgerBytesRead,
    allBytesRead: before === null || after === null ? null : after - before,
  };
}

function counting(files: Files, folder: string, read: { bytes: number }): Files {
  const counted = (path: string, data: Uint8Array) => {
    if (path.startsWith(folder)) read.bytes += data.byteLength;
    return data;
  };
  return {
    ...files,
    read: (path) => counted(path, files.read(path)),
    readAt: (path, offset, length) => counted(path, files.readAt(path, offset, length)),
  };
}
