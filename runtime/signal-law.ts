/**
 * The sealed graph's own law of who may say what: so many different people, and, where it says so,
 * none of them who asked for the execution. Policies cannot lift it. It reads records, and decides
 * nothing else.
 */
import type { AwaitedSignal } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import type { LedgerRecord } from "../protocol/language/records.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import { refusalOfSignal } from "./machine/await.ts";
import type { Program, WaitCommand } from "./machine/program.ts";
import type { Listening, Telling } from "./signalling-seam.ts";

/** What the graph says of a signal that a node waits for. */
export function awaitedAt(
  { graph }: Pick<Program, "graph">,
  { node }: Pick<WaitCommand, "node">,
  signal: string,
): AwaitedSignal {
  const waiting = graph.nodes[node];
  invariant(waiting?.kind === "await", "what waits for a signal is a node that awaits");
  const found = waiting.signals.find(([name]) => name === signal)?.[1];
  invariant(found !== undefined, "a wait names signals of its own node");
  return found;
}

/** Who has told a node this already, by its name in records. */
export function saidBy(
  records: readonly LedgerRecord[],
  node: string,
  signal: string,
): ReadonlySet<string> {
  const said = records.filter(
    (record) => record.type === "signal" && record.node === node && record.signal === signal,
  );
  return new Set(said.flatMap((record) => ("principal" in record ? [record.principal] : [])));
}

const HINTS: Readonly<Record<string, string>> = {
  "signal/requester": "Somebody else has to say it.",
  "signal/said-already": "It counts once; somebody else has to say it, too.",
};
const AT_A_SHELL =
  "People at a shell cannot be told apart: whoever is somebody else says it with a session that a token opened (`pgs session create --token FILE`).";

/** A name is a person, and so are all operators together: the machine's own law. */
export function requireMaySay(
  { program, execution, opened: { trace } }: Listening,
  { wait, order }: Telling,
): void {
  const refused = refusalOfSignal(program, execution, wait, order);
  if (refused === undefined) return;
  const { code, message, problems } = refused;
  throw new Refusal("acceptance", code, `${message} (\`${wait.name}\` of \`${trace}\`)`, {
    problems,
    hint: isOfPeople(code) && order.caller.identity === "operator" ? AT_A_SHELL : HINTS[code],
  });
}

function isOfPeople(code: string): boolean {
  return code in HINTS;
}
