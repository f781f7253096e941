/**
 * Mistakes about what reaches subscribers, about executions that are moved to another snapshot, and
 * about refusals that claim what is not so.
 */
import type { Mistake } from "./mistake.ts";

const ROUTE = "runtime/post/route.ts";
const MIGRATE = "runtime/migrate.ts";

const POST: readonly Mistake[] = [
  {
    name: "a delivery that has begun is taken for over",
    file: ROUTE,
    find: 'return this.#waits(row.trace) ? "over" : "open";',
    replace: 'return "over";',
  },
  {
    name: "events of one key are delivered side by side",
    file: "runtime/post/letter.ts",
    find: "const line = key === null ? ONE_LINE : JSON.stringify(key);",
    replace: "const line = key === null ? ONE_LINE : String(position);",
  },
  {
    name: "what is yet to be delivered is stored as delivered",
    file: ROUTE,
    find: "const position = this.#lines.done;",
    replace: "const position = this.#length;",
  },
  {
    name: "a delivery that was hindered is left out",
    file: ROUTE,
    find: "this.#due.unshift(position);",
    replace: "this.ended(position);",
  },
];

const MOVES: readonly Mistake[] = [
  {
    name: "an execution is moved where it does not fit",
    file: MIGRATE,
    find: "if (!verdict.fits || verdict.from === to)",
    replace: "if (verdict.from === to)",
  },
  {
    name: "what was moved goes on as it began",
    file: "runtime/reopen.ts",
    find: 'return moved?.type === "migrated" ? moved.to_snapshot : openedIn(journal).snapshot;',
    replace: "return openedIn(journal).snapshot;",
  },
  {
    name: "two move one execution at once",
    file: MIGRATE,
    find: "if (journal.records.length !== stood) return false;",
    replace: "",
  },
];

const CLAIMS: readonly Mistake[] = [
  {
    name: "a queue with room is said to be full",
    file: "runtime/admission.ts",
    find: "if (this.#waiting >= this.#bounds.queueMax)",
    replace: "if (true)",
  },
  {
    name: "a trace id that is free is said to be taken",
    file: "runtime/runtime.ts",
    find: "if (this.#world.state.execution(trace) === undefined) return trace;",
    replace: "",
  },
  {
    name: "what goes on is said to have ended",
    file: "runtime/cancel.ts",
    find: "ledger.flush();\n    if (this.#find(trace, asker).last !== null)",
    replace: "ledger.flush();\n    if (trace !== null)",
  },
  {
    name: "what ended long ago is said to go on",
    file: "runtime/repeats.ts",
    find: "if (last === null) return this.#waiting(keyed, trace);",
    replace: "if (last !== 0) return this.#waiting(keyed, trace);",
  },
];

export const DELIVERIES: readonly Mistake[] = [...POST, ...MOVES, ...CLAIMS];
