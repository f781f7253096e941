/**
 * The committed domains, compiled and run as users compile and run them: through the doors of the
 * compiler and the runtime, on a data root of their own.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compilation, compile, protocolFilesIn, writeSnapshot } from "../../compiler/index.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { Json } from "../../protocol/language/json.ts";
import {
  type Answer,
  type Booted,
  type ClosedExecution,
  openRuntime,
  openSnapshot,
  projectTrace,
  type Runtime,
  type RuntimeOptions,
  renderPng,
  resolveSnapshot,
  SYSTEM_PORTS,
  underOf,
  type Work,
  writeProjection,
} from "../../runtime/index.ts";
import { capabilities, freshFolder } from "../capabilities/built.ts";

const ROOT = join(import.meta.dirname, "../..");
const FONT = join(ROOT, "runtime/traces/picture-font.ttf");
export const DOMAINS = join(ROOT, "protocol/domains");

export function compileDomains(folder: string): Promise<Compilation> {
  return compile({
    workspace: protocolFilesIn(folder, "protocol/domains"),
    program: protocolFilesIn(DOMAINS, "program"),
    capabilities,
  });
}

/** A payload file of a domain. */
export function payload(domain: string, name: string): Uint8Array {
  return readFileSync(join(DOMAINS, domain, "payloads", `${name}.json`));
}

export interface World {
  readonly folder: string;
  /** Everything that closed, in order. */
  readonly closed: readonly ClosedExecution[];
  readonly run: (workflow: string, payload: Uint8Array | Json) => Promise<Answer>;
  readonly submit: (work: Work) => Promise<Answer>;
  /** Comes through the last gate, as the program does before any work. */
  readonly boot: () => Promise<Booted>;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  /** Write traces as `pgs run` does. */
  readonly pictured?: boolean;
  /** The local operator: `tester` of the tenant `default`, unless told. */
  readonly operator?: Pick<RuntimeOptions, "tenant" | "principal" | "roles" | "attributes">;
  /** A data root of before; an empty one, unless told. */
  readonly folder?: string;
}

/** A data root on which the committed domains run. */
export async function openWorld(
  compilation: Compilation,
  { pictured = false, operator, folder = freshFolder() }: WorldOptions = {},
): Promise<World> {
  const { snapshot } = compilation;
  if (snapshot === null) throw new Error("the domains compile");
  const snapshots = join(folder, "snapshots");
  writeSnapshot(snapshot, snapshots);
  const { files } = SYSTEM_PORTS;
  const open = (id?: string) => openSnapshot(files, resolveSnapshot(files, snapshots, id));
  const current = open();
  const closed: ClosedExecution[] = [];
  async function onClosed(execution: ClosedExecution): Promise<void> {
    closed.push(execution);
    const [opened] = execution.records;
    if (!pictured || opened?.type !== "opened") return;
    const under = underOf(current, opened.workflow);
    const projection = await projectTrace(execution, under, (svg) => renderPng(svg, FONT));
    const { trace } = execution;
    writeProjection(files, join(folder, "traces"), { trace, projection });
  }
  const runtime = await openRuntime({
    dataRoot: join(folder, "data"),
    snapshot: current,
    snapshots: open,
    capabilities,
    tenant: "default",
    principal: "tester",
    ...operator,
    holder: { pid: process.pid, command: "vitest" },
    onClosed,
  });
  return {
    folder,
    closed,
    run: (workflow, given) => ended(runtime.submit({ workflow, payload: given })),
    submit: (work) => ended(runtime.submit(work)),
    boot: () => runtime.boot({ configuration: sha256(""), gates: () => [] }),
    close: () => runtime.close(),
  };
}

/** Of what waits for nothing. */
async function ended(told: ReturnType<Runtime["submit"]>): Promise<Answer> {
  const answer = await told;
  if (answer.outcome === undefined) throw new Error(`${answer.trace_id} waits`);
  return answer;
}
