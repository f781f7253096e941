/**
 * The job behind the compile section's lines by pass: runs the compiler's own list of passes over a
 * workspace, in a fresh process, and takes the time of each. It writes nothing.
 */
import { join } from "node:path";
import { openCapabilities } from "../../capabilities/registry.ts";
import { PASSES } from "../../compiler/compile.ts";
import { protocolFilesIn } from "../../compiler/index.ts";
import { NOTHING_PROVEN } from "../../compiler/passes/proofs.ts";

export interface PassesRequest {
  readonly root: string;
  readonly workspace: string;
  /** Without it nothing is proven of the graphs, and nothing of it is sealed. */
  readonly isProven?: boolean;
}

/** The passes in their order. Processor time counts all threads: garbage and compiled code, too. */
export type PassesAnswer = readonly {
  readonly pass: string;
  readonly ms: number;
  readonly cpuMs: number;
}[];

export async function passes(request: PassesRequest): Promise<PassesAnswer> {
  const { root, workspace, isProven = true } = request;
  const input = {
    workspace: protocolFilesIn(join(workspace, "protocol", "domains"), "protocol/domains"),
    program: protocolFilesIn(join(root, "protocol", "domains"), "<pgs>"),
    capabilities: openCapabilities(join(root, "dist", "capabilities")),
  };
  const times: { pass: string; ms: number; cpuMs: number }[] = [];
  let draft = { proven: NOTHING_PROVEN } as Parameters<(typeof PASSES)[number][1]>[0];
  for (const [name, step] of PASSES) {
    if (name === "proofs" && !isProven) continue;
    const cpuBefore = process.cpuUsage();
    const begun = performance.now();
    const { made, diagnostics } = await step(draft, input);
    const ms = performance.now() - begun;
    const cpu = process.cpuUsage(cpuBefore);
    times.push({ pass: name, ms, cpuMs: (cpu.user + cpu.system) / 1_000 });
    draft = { ...draft, ...made };
    const error = diagnostics.find(({ severity }) => severity === "error");
    if (error !== undefined) throw new Error(`${name}: ${error.code}: ${error.message}`);
  }
  return times;
}
