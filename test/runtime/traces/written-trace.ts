/**
 * Traces for tests, written as the ledger writes them: bodies in, hashed and chained lines out. It
 * must never make a line in another way than `writeLine` does.
 */
import { type Digest, NO_DIGEST, sha256 } from "../../../protocol/language/digest.ts";
import type { ExternalNode, Graph } from "../../../protocol/language/graph.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { readLine, writeLine } from "../../../protocol/language/record-line.ts";
import type {
  EffectBody,
  LedgerRecord,
  NodeBody,
  OpenedBody,
  RecordBody,
  StepBody,
} from "../../../protocol/language/records.ts";
import { fingerprintOf } from "../../../runtime/fingerprint.ts";
import { callKey } from "../../../runtime/machine/attempt.ts";
import type { Projection, TraceLines } from "../../../runtime/traces/project.ts";
import { ALLOWED, OPERATOR } from "../governed.ts";

export const TRACE = "019aa5c0-7d3e-7b21-9c44-5f1d2e3a4b5c";
export const SNAPSHOT = sha256("a snapshot");

/** Chained lines of one trace at the ledger's positions from `n` on. */
export function writtenLines(
  bodies: readonly RecordBody[],
  { trace = TRACE, n = 1 }: { readonly trace?: string; readonly n?: number } = {},
): string[] {
  let prev: Digest = NO_DIGEST;
  return bodies.map((body, index) => {
    const at = new Date(Date.UTC(2026, 10, 21, 10, 0, 0, n - 1 + index)).toISOString();
    const { line, hash } = writeLine({ n: n + index, trace, seq: index + 1, at, prev }, body);
    prev = hash;
    return line;
  });
}

export function traceLines(lines: readonly string[]): TraceLines {
  return {
    lines: Buffer.from(lines.join("")),
    records: lines.map((line) => {
      const { record } = readLine(line);
      if (record === undefined) throw new Error(`not a record: ${line}`);
      return record;
    }),
  };
}

export function recordsOf(bodies: readonly RecordBody[]): readonly LedgerRecord[] {
  return traceLines(writtenLines(bodies)).records;
}

function openedBody(graph: Graph, more: Partial<OpenedBody> = {}): OpenedBody {
  return {
    type: "opened",
    format: 1,
    epoch: 1,
    flushed: 0,
    snapshot: SNAPSHOT,
    engine: "0.1.0",
    workflow: graph.workflow,
    intent: "pgs.run",
    tenant: "local",
    session: null,
    principal: "tester",
    caller: OPERATOR,
    idempotency_key: null,
    policy: ALLOWED,
    payload: { name: "Ada" },
    started_at: "2026-11-21T10:00:00.000Z",
    ...more,
  };
}

type StepMembers = Partial<Omit<NodeBody, "type">> &
  Partial<Omit<EffectBody, "type">> & { readonly attempts?: number; readonly input?: Json };
/** `node OUTCOME`, and what more its record holds. */
export type Walk = readonly (readonly [step: string, members?: StepMembers])[];

/** The bodies of an execution that walks a graph, from `opened` to `closed`. */
export function walkBodies(graph: Graph, walk: Walk, opened?: Partial<OpenedBody>): RecordBody[] {
  const first = openedBody(graph, opened);
  const bodies: RecordBody[] = [first];
  let last = "";
  for (const [step, members = {}] of walk) {
    const [name, outcome = ""] = step.split(" ");
    const node = graph.nodes.find((one) => one.name === name);
    const edge = node?.edges.find((one) => one.outcome === outcome);
    const to = graph.nodes[edge?.to ?? -1]?.name;
    if (node === undefined || to === undefined) throw new Error(`no edge ${step}`);
    last = to;
    if (node.kind === "external" && outcome !== "VIOLATION") {
      bodies.push(...callBodies(node, { outcome, to }, members));
      continue;
    }
    bodies.push(
      node.kind === "effect" && outcome !== "VIOLATION"
        ? {
            type: "effect",
            node: node.name,
            tenant: "local",
            store: node.store,
            operation: node.operation,
            outcome,
            to,
            ...members,
          }
        : { type: "node", node: node.name, outcome, to, ...members },
    );
  }
  const exit = graph.nodes.find((node) => node.name === last);
  if (exit?.kind !== "exit") throw new Error(`${last} is no exit`);
  bodies.push({
    type: "closed",
    exit: exit.name,
    outcome: exit.outcome,
    result: { id: "AC1" },
    fault: exit.fault,
    records: bodies.length + 1,
    fingerprint: fingerprintOf({ opened: first, steps: bodies.filter(isStepBody) }),
  });
  return bodies;
}

/** What the outside is told to know a call by, in a trace of the usual name. */
export function keyOf(node: string): string {
  return callKey("local", TRACE, node);
}

/** The records of a call: as many attempts as are asked for, and the answer to the last. */
function callBodies(
  { name, effect, operation }: ExternalNode,
  end: { readonly outcome: string; readonly to: string },
  { attempts = 1, input = {}, output, reason }: StepMembers,
): readonly RecordBody[] {
  const asked = { node: name, effect, operation };
  const tries = Array.from({ length: attempts }, (_, at): RecordBody => {
    return { type: "attempted", ...asked, idempotency_key: keyOf(name), attempt: at + 1, input };
  });
  const told = { ...(output === undefined ? {} : { output }), ...(reason && { reason }) };
  return [...tries, { type: "external", ...asked, attempt: attempts, ...end, ...told }];
}

function isStepBody(body: RecordBody): body is StepBody {
  return body.type === "node" || body.type === "effect" || body.type === "external";
}

export function textOf(projection: Projection, file: keyof Projection): string {
  return Buffer.from(projection[file]).toString("utf8");
}
