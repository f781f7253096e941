/** Data roots for tests: made fresh, copied, opened with the handmade protocol. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { type Entry, readLedger } from "../../runtime/ledger/reader.ts";
import { openRuntime } from "../../runtime/open-runtime.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type Ports, type RuntimeOptions, SYSTEM_PORTS } from "../../runtime/runtime-options.ts";
import { Overlay } from "../../runtime/state/overlay.ts";
import { openStore, type SqliteStore } from "../../runtime/state/sqlite.ts";
import { systemFiles } from "../../runtime/system-ports.ts";
import { capabilitiesOf, registerGraph, snapshotOf } from "./protocol.ts";

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Thousands of small files: in memory, where the system has such a place. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A path at which nothing stands yet. */
export function freshRoot(): string {
  const folder = mkdtempSync(join(PLACE, "pgs-"));
  made.push(folder);
  return join(folder, "data");
}

export function copyOf(dataRoot: string): string {
  const copy = freshRoot();
  cpSync(dataRoot, copy, { recursive: true });
  return copy;
}

/** The system's files without their flushes: for tests of what is read, not of what is durable. */
export const UNFLUSHED: Ports = Object.freeze({
  ...SYSTEM_PORTS,
  files: {
    ...systemFiles,
    replace: systemFiles.project,
    writeAside: (path: string, data: Uint8Array, mode?: number) => ({
      ...systemFiles.writeAside(path, data, mode),
      flush: async () => {},
    }),
    flushFolder: () => {},
    flushNames: async () => {},
    openAppend: (path: string) => ({ ...systemFiles.openAppend(path), flush: async () => {} }),
  },
});

/**
 * What the state of a data root holds, in memory: as a start finds it, a new one for each. Closing
 * it does nothing, so that it can be looked at afterwards.
 */
export function statesLike(dataRoot: string): () => SqliteStore {
  const stored = openStore(join(dataRoot, "state.db"), "reading");
  const watermark = stored.watermark();
  const open = stored.open();
  stored.close();
  const entries = entriesOf(dataRoot);
  return () => {
    const store = openStore(":memory:", "writing");
    const overlay = new Overlay(store);
    for (const { record } of entries) overlay.note(record);
    if (watermark !== undefined) overlay.storeUpTo({ watermark, open });
    return { ...store, close: () => {} };
  };
}

export const HOLDER = Object.freeze({ pid: 1, command: "a test" });

export function open(dataRoot: string, more: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const snapshot = more.snapshot ?? snapshotOf([registerGraph()], ["identify"]);
  return openRuntime({
    dataRoot,
    snapshot,
    snapshots: () => snapshot,
    capabilities: capabilitiesOf(),
    tenant: "default",
    principal: "operator",
    holder: HOLDER,
    waitMs: 0,
    ...more,
  });
}

/** Opens, does, closes. */
export async function during<T>(
  dataRoot: string,
  use: (runtime: Runtime) => Promise<T>,
  more: Partial<RuntimeOptions> = {},
): Promise<T> {
  const runtime = await open(dataRoot, more);
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}

export function ledgerFile(dataRoot: string): string {
  return join(dataRoot, "ledger", "00000001.jsonl");
}

export function ledgerBytes(dataRoot: string): Buffer {
  return readFileSync(ledgerFile(dataRoot));
}

export function entriesOf(dataRoot: string): readonly Entry[] {
  return [...readLedger(systemFiles, dataRoot)];
}

export function recordsOf(dataRoot: string, trace?: string): readonly LedgerRecord[] {
  const records = entriesOf(dataRoot).map(({ record }) => record);
  return trace === undefined ? records : records.filter((record) => record.trace === trace);
}
