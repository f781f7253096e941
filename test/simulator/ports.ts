/**
 * The runtime's ports as one simulated process has them. The files are the system's own ports, over a
 * simulated `node:fs`: every call is made on behalf of the process, and by a dead one not at all.
 */
import type { AsideFile, Clock, Entropy, Files, OpenFile } from "../../runtime/ports.ts";
import type { Ports } from "../../runtime/runtime-options.ts";
import { systemFiles } from "../../runtime/system-ports.ts";
import type { Machine, Process } from "./machine.ts";
import type { Random } from "./random.ts";
import { applied, type Stored, storeOf } from "./stored.ts";

export function filesOf(machine: Machine, process: Process): Files {
  const as = <T>(work: () => T) => machine.as(process, work);
  return {
    standing: (path) => as(() => systemFiles.standing(path)),
    names: (folder) => as(() => systemFiles.names(folder)),
    makeFolder: (folder, mode) => as(() => systemFiles.makeFolder(folder, mode)),
    read: (path) => as(() => systemFiles.read(path)),
    readAt: (path, offset, length) => as(() => systemFiles.readAt(path, offset, length)),
    openAppend: (path) => openFileOf(machine, process, path),
    replace: (path, data, mode) => as(() => systemFiles.replace(path, data, mode)),
    project: (path, data) => as(() => systemFiles.project(path, data)),
    writeAside: (path, data, mode) => asideFileOf(machine, process, { path, data, mode }),
    remove: (path) => as(() => systemFiles.remove(path)),
    flushFolder: (folder) => as(() => systemFiles.flushFolder(folder)),
    flushNames: async (folder) => as(() => systemFiles.flushNames(folder)),
  };
}

interface Written {
  readonly path: string;
  readonly data: Uint8Array;
  readonly mode: number | undefined;
}

function asideFileOf(machine: Machine, process: Process, { path, data, mode }: Written): AsideFile {
  const as = <T>(work: () => T) => machine.as(process, work);
  const file = as(() => systemFiles.writeAside(path, data, mode));
  return {
    // Of many at once, that of a dead process fails like the others: it is not a call that throws.
    flush: async () => as(() => file.flush()),
    place: () => as(() => file.place()),
    discard: () => as(() => file.discard()),
  };
}

function openFileOf(machine: Machine, process: Process, path: string): OpenFile {
  const as = <T>(work: () => T) => machine.as(process, work);
  const file = as(() => systemFiles.openAppend(path));
  return {
    append: (data) => as(() => file.append(data)),
    overwriting() {
      const write = as(() => file.overwriting());
      return write && ((data, at) => as(() => write(data, at)));
    },
    flush: () => as(() => file.flush()),
    truncate: (length) => as(() => file.truncate(length)),
    standing: () => as(() => file.standing()),
    close: () => as(() => file.close()),
  };
}

function clockOf({ agenda }: Machine, process: Process): Clock {
  return {
    now: () => agenda.shown(),
    timer: (ms, ring) =>
      agenda.timer(ms, `a timer of ${process.name}`, () => {
        if (process.alive) ring();
      }),
  };
}

function entropyOf(random: Random): Entropy {
  return { bytes: (count) => random.bytes(count) };
}

export function portsOf(machine: Machine, process: Process, stored: Stored): Ports {
  const store = storeOf(stored, machine, process);
  process.refresh = store.refresh;
  process.storeAside = (changes, checkpoint) => {
    machine.as(process, () => applied(stored, machine, { changes, checkpoint }));
  };
  return {
    clock: clockOf(machine, process),
    entropy: entropyOf(machine.random.split()),
    files: filesOf(machine, process),
    store() {
      store.refresh();
      return store;
    },
    lock: (path) => machine.lock(path, process),
  };
}
