/**
 * The examples of the platform's contracts. An author's compile leaves them out, since they come with
 * the program; here they are run as an author's own would be: the domain under another name.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCapabilities } from "../../capabilities/registry.ts";
import { compile, protocolFilesIn, protocolFilesOf } from "../../compiler/index.ts";
import { root } from "../program/cli.ts";

const folder = join(root, "protocol/domains/platform");

/** Acts and the boot are the platform's alone, and have no examples. */
const GOVERNS = /^kind: (?:intent|policy)$/m;

/** The platform as a domain of an author's, with a change to its text. */
function compileReplica(change: (text: string) => string) {
  const files = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    if (GOVERNS.test(text)) return [];
    return [[`replica/${file}`, change(text.replace("code: platform", "code: replica"))]];
  });
  return compile({
    workspace: protocolFilesOf(Object.fromEntries(files) as Record<string, string>),
    program: protocolFilesIn(join(root, "protocol/domains"), "<pgs>"),
    capabilities: openCapabilities(join(root, "dist/capabilities")),
  });
}

test("every example of the platform gives what it says, and every outcome has one", async () => {
  const { diagnostics } = await compileReplica((text) => text);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
});

test("an example that says something else is found", async () => {
  const { diagnostics } = await compileReplica((text) => text.replace("88bab6d8", "00000000"));
  expect(diagnostics.map(({ code }) => code)).toEqual(["typecheck/example-output"]);
});
