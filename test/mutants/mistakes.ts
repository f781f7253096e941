/**
 * Mistakes that a writer of this ledger could make, as replacements in the sources: built into the
 * simulator one at a time, never into the program. Each must make the simulator fail. What is
 * replaced must be found exactly once, so that a mistake cannot quietly become none.
 */
import { DELIVERIES } from "./deliveries.ts";
import { GOVERNANCE } from "./governance.ts";
import type { Mistake } from "./mistake.ts";
import { ROOM } from "./room.ts";

const WRITER = "runtime/ledger/segment-writer.ts";
const LEDGER = "runtime/ledger/ledger.ts";
const RECOVERY = "runtime/ledger/recovery.ts";
const CUT = "runtime/ledger/cut.ts";
const DISK = "runtime/system-ports.ts";
const RUNTIME = "runtime/runtime.ts";
const OPEN_RUNTIME = "runtime/open-runtime.ts";
const RUNNING = "runtime/running.ts";
const VAULT = "runtime/sealing/vault.ts";
const PENDING_KEYS = "runtime/sealing/pending-keys.ts";

const FLUSHES: readonly Mistake[] = [
  {
    name: "no flush before an answer",
    file: WRITER,
    find: "await open.file.flush(here);",
    replace: "",
  },
  {
    name: "an answer before its flush is over",
    file: WRITER,
    find: "await this.#flush(together, here);",
    replace: "void this.#flush(together, here).catch(() => {});",
  },
  {
    name: "a flush that failed is made again",
    file: WRITER,
    find: "await open.file.flush(here);",
    replace: "await open.file.flush(here).catch(() => open.file.flush(here));",
  },
  {
    name: "a new segment's name is not flushed",
    file: WRITER,
    find: "if (open.isNew) this.#options.files.flushFolder(ledgerFolder(this.#options.dataRoot));",
    replace: "",
  },
  {
    name: "an answer that does not wait",
    file: RUNNING,
    find: "async settleSome(ended: readonly Journal[]): Promise<void> {\n    await this.#options.world.ledger.flush();",
    replace: "async settleSome(ended: readonly Journal[]): Promise<void> {",
  },
  {
    name: "a file is renamed before it is flushed",
    file: DISK,
    find: "if (flushed) fsyncSync(fd);",
    replace: "",
  },
  {
    name: "a file's new name is not flushed",
    file: DISK,
    find: "flushFolder(dirname(path));",
    replace: "",
  },
  {
    name: "a short write is taken for a whole one",
    file: DISK,
    find: "written += more;",
    replace: "written = data.byteLength;",
  },
  {
    name: "a write without room is not cut back",
    file: WRITER,
    find: "this.#cutBack(segment);\n",
    replace: "",
  },
  {
    name: "a write without room is cut back too far",
    file: WRITER,
    find: "this.#cutBackTo(this.#open, this.#written(this.#open));",
    replace: "this.#cutBackTo(this.#open, 0);",
  },
  {
    name: "no room is taken for written",
    file: LEDGER,
    find: "if (full === undefined) break;",
    replace: "break;",
  },
  {
    name: "a flush that failed is passed over",
    file: WRITER,
    find: "await open.file.flush(here);",
    replace: "await open.file.flush(here).catch(() => {});",
  },
  {
    name: "the new data root is not flushed",
    file: "runtime/data-root.ts",
    find: "    files.flushFolder(dirname(path));\n",
    replace: "",
  },
  {
    name: "the ledger's folder is not flushed",
    file: RECOVERY,
    find: "  files.flushFolder(dataRoot);\n",
    replace: "",
  },
];

const KEYS: readonly Mistake[] = [
  {
    name: "the group is written before its keys are flushed",
    file: LEDGER,
    find: "const full = settling === undefined ? undefined : await settling;",
    replace: "const full = undefined; settling?.catch(() => {});",
  },
  {
    name: "keys are renamed before they are flushed",
    file: PENDING_KEYS,
    find: "await allOf(asides.map((aside) => aside.flush()));",
    replace: `const all = allOf(asides.map((aside) => aside.flush()));
      all.catch(() => {});
      for (const aside of asides.splice(0)) aside.place();
      await all;`,
  },
  {
    name: "keys are not flushed",
    file: PENDING_KEYS,
    find: "await allOf(asides.map((aside) => aside.flush()));",
    replace: "",
  },
  {
    name: "the folder of keys is not flushed",
    file: PENDING_KEYS,
    find: "await allOf(folders.map((folder) => this.#files.flushNames(folder)));",
    replace: "",
  },
  {
    name: "the name of a folder of keys is not flushed",
    file: PENDING_KEYS,
    find: "flushedNow(() => files.flushFolder(dirname(path)));",
    replace: "",
  },
  {
    name: "a flush of keys that failed is passed over",
    file: PENDING_KEYS,
    find: 'if (result.status === "rejected") throw notFlushed(result.reason);',
    replace: "void result;",
  },
  {
    name: "keys without room are taken for settled",
    file: PENDING_KEYS,
    find: "if (isNoRoom(failure)) return failure;",
    replace: "if (isNoRoom(failure)) return undefined;",
  },
  {
    name: "a key that waits for the disk is made anew",
    file: VAULT,
    find: "if (made !== undefined) return made;",
    replace: "",
  },
  {
    name: "a key that stands is taken for flushed",
    file: VAULT,
    find: "if (path !== undefined && entropy !== undefined) pending.distrust(path);",
    replace: "",
  },
];

const STARTS: readonly Mistake[] = [
  {
    name: "nothing is rewritten after an unclean stop",
    file: RECOVERY,
    find: "if (!isSame(watermark?.durable, end)) rewrite(options, end);",
    replace: "if (false) void 0;",
  },
  {
    name: "what does not hold is taken for the end",
    file: RECOVERY,
    find: "if (bad !== undefined) {\n    requireUnacknowledged",
    replace: "if (false) {\n    requireUnacknowledged",
  },
  {
    name: "corruption is cut off",
    file: CUT,
    find: "if (flushed <= end.n) return;",
    replace: "return;",
  },
  {
    name: "what is cut off is not kept",
    file: CUT,
    find: "files.replace(join(folder, aside), torn);",
    replace: "",
  },
  {
    name: "the folder of what was cut off is not flushed",
    file: CUT,
    find: "  files.flushFolder(folder);\n",
    replace: "",
  },
  {
    name: "a ledger that is shorter than the state is taken",
    file: RECOVERY,
    find: "if (!stands || !reaches(files, dataRoot, durable)) refuseTruncated(options);",
    replace: "",
  },
  {
    name: "a last segment is not verified again",
    file: RECOVERY,
    find: "  recheck(options, last);\n",
    replace: "",
  },
  {
    name: "an open execution is forgotten",
    file: "runtime/unfinished.ts",
    find: "const open = [...this.#unfinished.values()];",
    replace: "const open = [...this.#unfinished.values()].slice(1);",
  },
  {
    name: "a checkpoint without what is open",
    file: "runtime/storing-for.ts",
    find: "open: ledger.open()",
    replace: "open: []",
  },
  {
    name: "records are folded twice",
    file: OPEN_RUNTIME,
    find: "if (entry.record.n <= (watermark?.applied ?? 0)) return;",
    replace: "",
  },
  {
    name: "a start does not count its epoch",
    file: RUNTIME,
    find: "const epoch = world.state.epoch + 1;",
    replace: "const epoch = world.state.epoch;",
  },
];

const STATE: readonly Mistake[] = [
  {
    name: "a chain goes on behind the last hash but one",
    file: "runtime/ledger/gathered.ts",
    find: "chain.hash = last;",
    replace: "chain.hash = record.prev;",
  },
  {
    name: "the state is ahead of the ledger",
    file: "runtime/state/overlay.ts",
    find: "while (count > 0 && (this.#queue[count - 1] as Pending).n > applied) count -= 1;",
    replace: "",
  },
  {
    name: "the watermark is ahead of the disk",
    file: WRITER,
    find: "this.#flushes += 1;\n",
    replace: "this.#flushes += 1;\n    this.#durable = last.end;\n",
  },
  {
    name: "a record claims more than was flushed",
    file: "runtime/opening.ts",
    find: "flushed: ledger.durable.n,",
    replace: "flushed: ledger.durable.n + 2,",
  },
  {
    name: "no record says what was flushed",
    file: "runtime/opening.ts",
    find: "flushed: ledger.durable.n,",
    replace: "flushed: 0,",
  },
  {
    name: "an idempotency key is not looked up",
    file: RUNTIME,
    find: "const first = this.#repeats.find(keyed);",
    replace: "const first = undefined as Promise<Answer> | undefined;",
  },
  {
    name: "an idempotency key answers other work",
    file: "runtime/repeats.ts",
    find: "if (!this.#sameWork(keyed, opened)) throw otherWork(keyed.key);",
    replace: "",
  },
  {
    name: "a start forgets the time",
    file: LEDGER,
    find: 'this.#timeMs = at === "" ? Number.NEGATIVE_INFINITY : Date.parse(at);',
    replace: "this.#timeMs = 0;",
  },
  {
    name: "time goes back with the clock",
    file: LEDGER,
    find: "if (ms > this.#timeMs) {",
    replace: "if (ms !== this.#timeMs) {",
  },
];

const OUTSIDE: readonly Mistake[] = [
  {
    name: "a call before its attempt is durable",
    file: "runtime/waiting.ts",
    find: "await world.ledger.flush();\n    } catch (error) {\n      this.#fail(live, error);\n      return;",
    replace: "} catch (error) {\n      this.#fail(live, error);\n      return;",
  },
  {
    name: "a call that must not be repeated is repeated",
    file: "runtime/machine/hear.ts",
    find: 'if (node.repeat === "unsafe") {',
    replace: "if (false) {",
  },
  {
    name: "each attempt has a key of its own",
    file: "runtime/machine/attempt.ts",
    find: "const idempotencyKey = keyOf(going, name);",
    replace: "const idempotencyKey = keyOf(going, name) + attempt;",
  },
  {
    name: "an attempt is not counted",
    file: "runtime/machine/hear.ts",
    find: "attempt: waiting.attempt + 1 }",
    replace: "attempt: waiting.attempt }",
  },
  {
    name: "an answer is made up for a call without one",
    file: "runtime/outside.ts",
    find: '      resolve(unknown("unknown/elapsed",',
    replace: '      resolve({ outcome: "SUCCESS", output: 0 } ?? unknown("unknown/elapsed",',
  },
  {
    name: "nobody takes the lock",
    file: "runtime/owner.ts",
    find: "const lock = take(path);",
    replace: "const lock = take(path) ?? { release() {} };",
  },
  {
    name: "the lock is let go at once",
    file: "runtime/owner.ts",
    find: "leaveNote(files, join(dataRoot, NOTE), { holder, lock });",
    replace: "leaveNote(files, join(dataRoot, NOTE), { holder, lock }); lock.release();",
  },
];

export const MISTAKES: readonly Mistake[] = [
  ...FLUSHES,
  ...KEYS,
  ...STARTS,
  ...STATE,
  ...OUTSIDE,
  ...GOVERNANCE,
  ...DELIVERIES,
  ...ROOM,
];

export function mistakeNamed(name: string): Mistake {
  const found = MISTAKES.find((mistake) => mistake.name === name);
  if (found !== undefined) return found;
  throw new Error(`no mistake is called ${name}: ${MISTAKES.map((one) => one.name).join(", ")}`);
}
