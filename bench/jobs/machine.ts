/**
 * The job behind the machine section: drives `step` over one sealed graph with answers that are
 * ready, many times. The answers are real: taken once from the built capabilities. Nothing is
 * written, and no implementation runs while time is taken.
 */
import { openCapabilities } from "../../capabilities/registry.ts";
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import { deepFreeze, type Json, type JsonObject, member } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { programOf } from "../../runtime/json-schema.ts";
import {
  type Answer,
  type Command,
  type CommitCommand,
  type FinishCommand,
  NEW,
  type Program,
} from "../../runtime/machine/program.ts";
import { step } from "../../runtime/machine/step.ts";
import { openSnapshot, resolveSnapshot } from "../../runtime/snapshot.ts";
import { systemFiles } from "../../runtime/system-ports.ts";

export interface MachineRequest {
  readonly snapshots: string;
  readonly capabilities: string;
  readonly workflow: FullName;
  readonly payload: JsonObject;
  readonly samples: number;
}

export interface MachineAnswer {
  /** Nodes on the path, the exit not counted. */
  readonly nodes: number;
  readonly outcome: string;
  /** Microseconds a node, by sample: of time, and of the processor, all threads. */
  readonly microsEach: readonly number[];
  readonly cpuMicrosEach: readonly number[];
}

/** Nodes that one sample goes through, about; and those that warm the machine up. */
const NODES_A_SAMPLE = 100_000;
const WARM_UP_SAMPLES = 5;

const CONTEXT: JsonObject = Object.freeze({
  trace_id: "bench",
  tenant: "default",
  principal: "bench",
  session: null,
  started_at: "2026-01-01T00:00:00.000Z",
});

const ASKED = Object.freeze({ kind: "accepted", identity: "operator", context: CONTEXT } as const);

type Answers = (command: Command) => Answer | undefined;

export function machine(request: MachineRequest): MachineAnswer {
  const folder = resolveSnapshot(systemFiles, request.snapshots);
  const program = programOf(openSnapshot(systemFiles, folder).graph(request.workflow));
  const payload = deepFreeze(request.payload);
  const ready = new Map<number, Answer>();
  const first = execute(program, payload, asking(openCapabilities(request.capabilities), ready));
  if (first.finish.fault) throw new Error(`${request.workflow} ended on its fault route`);
  const answers: Answers = (command) => ("node" in command ? ready.get(command.node) : undefined);
  const runs = Math.ceil(NODES_A_SAMPLE / first.nodes);
  const microsEach: number[] = [];
  const cpuMicrosEach: number[] = [];
  for (let sample = -WARM_UP_SAMPLES; sample < request.samples; sample += 1) {
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    for (let run = 0; run < runs; run += 1) execute(program, payload, answers);
    const micros = (performance.now() - begun) * 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    if (sample < 0) continue;
    microsEach.push(micros / (runs * first.nodes));
    cpuMicrosEach.push((cpu.user + cpu.system) / (runs * first.nodes));
  }
  return { nodes: first.nodes, outcome: first.finish.outcome, microsEach, cpuMicrosEach };
}

/** From the accepted payload to the end; `nodes` counts the records, one a node. */
function execute(
  program: Program,
  payload: Json,
  answers: Answers,
): { readonly finish: FinishCommand; readonly nodes: number } {
  let nodes = 0;
  let { execution, commands } = step(program, NEW, { ...ASKED, payload });
  for (;;) {
    const last = commands.at(-1);
    for (const command of commands) if (command.kind === "record") nodes += 1;
    if (last?.kind === "finish") return { finish: last, nodes };
    const answer = last === undefined ? undefined : answers(last);
    if (last === undefined || answer === undefined || !("node" in last)) {
      throw new Error("the machine asked for something that no answer is ready for");
    }
    const kind = last.kind === "commit" ? "committed" : "result";
    ({ execution, commands } = step(program, execution, { kind, node: last.node, answer }));
  }
}

/** Answers for real, once, and keeps each answer by its node. */
function asking(capabilities: Capabilities, kept: Map<number, Answer>): Answers {
  return (command) => {
    if (command.kind !== "invoke" && command.kind !== "commit") return undefined;
    const answer =
      command.kind === "commit"
        ? writing(command)
        : capabilities.transform(command.implementation)(command.input);
    kept.set(command.node, deepFreeze(answer));
    return answer;
  };
}

/** What a store answers to the first write of all. */
function writing({ operation, input }: CommitCommand): Answer {
  if (operation === "APPEND") return { outcome: "SUCCESS", output: { position: 1 } };
  if (operation !== "REGISTER") throw new Error(`no answer is known for ${operation}`);
  const key = member(input, "key") ?? null;
  return { outcome: "SUCCESS", output: { key, value: member(input, "value") ?? null } };
}
