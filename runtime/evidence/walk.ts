/**
 * Whether the records of a trace are a walk: a possible run of the sealed graphs that it went under,
 * from their start to an exit (L1), or, where a graph is not at hand, at least a course in which each
 * step begins where another one led. Values are compared by a full replay.
 */
import type { Digest } from "../../protocol/language/digest.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import {
  isMachineRecord,
  type LedgerRecord,
  type MigratedBody,
  type OpenedBody,
} from "../../protocol/language/records.ts";
import { anotherTenant, type Impossible } from "./agenda.ts";
import { type Conformance, conformance } from "./conformance.ts";

/** A record that does not belong where it stands. */
export interface Misstep extends Impossible {
  readonly record: LedgerRecord;
}

/** The graph of a trace's workflow under a snapshot; undefined where that is not at hand. */
export type GraphOf = (snapshot: Digest) => Graph | undefined;

/** The first record of a trace whose chain holds that is not possible where it stands. */
export function misstep(records: readonly LedgerRecord[], graphOf: GraphOf): Misstep | undefined {
  const [opened] = records;
  if (opened?.type !== "opened") return undefined;
  let under = opened.snapshot;
  let course = courseOf(graphOf(under), opened);
  for (const [at, record] of records.entries()) {
    const found = course.take(record);
    if (found !== undefined) return { record, ...found };
    if (record.type !== "migrated") continue;
    const moved = movedTo(records.slice(0, at), { record, under, graphOf });
    if (!("take" in moved)) return { record, ...moved };
    under = record.to_snapshot;
    course = moved;
  }
  return undefined;
}

interface Move {
  readonly record: MigratedBody;
  readonly under: Digest;
  readonly graphOf: GraphOf;
}

/** The course under the next graph, of which the records so far are the beginning, too. */
function movedTo(
  before: readonly LedgerRecord[],
  { record, under, graphOf }: Move,
): Conformance | Impossible {
  if (record.from !== under) {
    return { code: "path/other-snapshot", message: `it went under ${under}, not ${record.from}` };
  }
  const [opened] = before;
  const graph = graphOf(record.to_snapshot);
  const course = courseOf(graph, opened as OpenedBody);
  for (const one of before) {
    const found = one.type === "migrated" ? undefined : course.take(one);
    if (found === undefined) continue;
    const message = `under ${record.to_snapshot} record ${one.seq} is not possible: ${found.message}`;
    return { code: "path/no-prefix", message };
  }
  return course;
}

function courseOf(graph: Graph | undefined, { tenant }: OpenedBody): Conformance {
  return graph === undefined ? withoutGraph(tenant) : conformance(graph);
}

/**
 * Where a graph is not at hand: what comes next is what some record led to, or is within a fork that
 * one led to, as its name says.
 */
function withoutGraph(tenant: string): Conformance {
  const due = new Set<string>();
  let begun = false;
  return {
    take(record) {
      if (record.type === "cancelled" && record.tenant !== tenant) {
        return anotherTenant(tenant, record.tenant);
      }
      const told = record.type === "closed" ? record.exit : nodeOf(record);
      if (told === undefined) return undefined;
      const own = due.has(told);
      if (begun && !own && !isWithin(told, due) && !undoes(record, due)) {
        const names = [...due].slice(0, 3).map((name) => `\`${name}\``);
        return {
          code: "path/broken",
          message: `${names.join(" or ")} comes next and \`${told}\` stands here`,
        };
      }
      // What an execution begins with no record led to: it may be within a fork.
      if (!begun) for (const name of around(told)) due.add(name);
      begun = true;
      const to = isMachineRecord(record) && "to" in record ? record.to : undefined;
      if (to === undefined) due.add(told);
      else {
        leave(due, told);
        due.add(to);
      }
      return undefined;
    },
  };
}

function nodeOf(record: LedgerRecord): string | undefined {
  return isMachineRecord(record) ? record.node : undefined;
}

/** Whether a name begins with that of a fork that comes next. */
function isWithin(told: string, due: ReadonlySet<string>): boolean {
  return around(told).some((name) => due.has(name));
}

/** The names of the forks that a node may be within, as its own says it. */
function around(told: string): readonly string[] {
  const names: string[] = [];
  for (let at = told.indexOf("/"); at >= 0; at = told.indexOf("/", at + 1)) {
    const name = told.slice(0, at);
    names.push(name);
    const fork = name.replace(/\[[0-9]+\]$/, "");
    if (fork !== name) names.push(fork);
  }
  return names;
}

/** What is undone has been passed before: where it leads back to is what comes next. */
function undoes(record: LedgerRecord, due: ReadonlySet<string>): boolean {
  if ("compensates" in record && "to" in record) return due.has(record.to);
  const begins = record.type === "attempted" || record.type === "retry";
  return begins && record.node.endsWith("/compensate");
}

/** What ended within a fork leads nowhere: it is forgotten with the fork. */
function leave(due: Set<string>, told: string): void {
  due.delete(told);
  if (due.size === 0) return;
  for (const name of due) {
    if (name.startsWith(`${told}/`) || name.startsWith(`${told}[`)) due.delete(name);
  }
}
