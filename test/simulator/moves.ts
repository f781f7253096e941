/**
 * What records may say of executions that were moved to another snapshot, read from the ledger alone.
 * The two snapshots differ in what is told late in an execution: whatever is told is told as the one
 * says that it is under by then, and nothing that was told before would be told otherwise there.
 */
import { isObject, type Json } from "../../protocol/language/json.ts";
import type { LedgerRecord, MigratedBody } from "../../protocol/language/records.ts";
import { Failure } from "./failure.ts";
import { SNAPSHOTS, UNDER, type Under } from "./protocol.ts";

interface Course {
  readonly under: Under;
  /** What both snapshots say differently stands in its records. */
  readonly bound: boolean;
}

export class Moves {
  readonly #courses = new Map<string, Course>();
  /** `<trace> <snapshot>`. */
  readonly #moved = new Set<string>();

  take(record: LedgerRecord): void {
    if (record.type === "opened") {
      const { trace, snapshot } = record;
      this.#courses.set(trace, { under: nameOf(snapshot), bound: false });
      return;
    }
    const course = this.#courses.get(record.trace);
    if (course === undefined) return;
    if (record.type === "migrated") this.#move(record, course);
    else if (record.type === "effect") this.#told(record, course, record.value);
    else if (record.type === "closed") this.#told(record, course, record.result);
  }

  #move(record: LedgerRecord & MigratedBody, course: Course): void {
    const { n, trace, from, to_snapshot: to } = record;
    if (SNAPSHOTS[course.under].id !== from || from === to) {
      throw new Failure(
        `record ${n}: ${trace} is moved from ${from}, and is under ${course.under}`,
      );
    }
    if (course.bound) throw new Failure(`record ${n}: ${trace} does not fit where it is moved to`);
    this.#courses.set(trace, { ...course, under: nameOf(to) });
    this.#moved.add(`${trace} ${to}`);
  }

  #told({ n, trace }: LedgerRecord, course: Course, told: Json | undefined): void {
    if (!isObject(told) || told.under === undefined) return;
    if (told.under !== course.under) {
      throw new Failure(`record ${n}: ${trace} goes on as ${told.under}, not ${course.under}`);
    }
    this.#courses.set(trace, { ...course, bound: true });
  }

  /** What was told of moves stands. */
  check(told: ReadonlySet<string>): void {
    for (const one of told) {
      if (!this.#moved.has(one)) throw new Failure(`that ${one} was moved does not stand`);
    }
  }
}

function nameOf(id: string): Under {
  const found = UNDER.find((name) => SNAPSHOTS[name].id === id);
  if (found === undefined) throw new Failure(`nobody knows the snapshot ${id}`);
  return found;
}
