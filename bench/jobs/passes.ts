/**
 * The job behind the compile section's lines by pass: runs the compiler's own list of passes over a
 * workspace, in a fresh process, and takes the time of each. It writes nothing.
 */
import { join } from "node:path";
import { openCapabilities } from "../../capabilities/registry.ts";
import { PASSES } from "../../compiler/compile.ts";
import { protocolFilesIn } from "../../compiler/index.ts";

export interface PassesRequest {
  readonly root: string;
  readonly workspace: string;
}

/** Milliseconds by pass, in their order. */
export type PassesAnswer = readonly (readonly [pass: string, ms: number])[];

export async function passes({ root, workspace }: PassesRequest): Promise<PassesAnswer> {
  const input = {
    workspace: protocolFilesIn(join(workspace, "protocol", "domains"), "protocol/domains"),
    program: protocolFilesIn(join(root, "protocol", "domains"), "<pgs>"),
    capabilities: openCapabilities(join(root, "dist", "capabilities")),
  };
  const times: [string, number][] = [];
  let draft = {} as Parameters<(typeof PASSES)[number][1]>[0];
  for (const [name, step] of PASSES) {
    const begun = performance.now();
    const { made, diagnostics } = await step(draft, input);
    times.push([name, performance.now() - begun]);
    draft = { ...draft, ...made };
    const error = diagnostics.find(({ severity }) => severity === "error");
    if (error !== undefined) throw new Error(`${name}: ${error.code}: ${error.message}`);
  }
  return times;
}
