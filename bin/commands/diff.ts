/**
 * `pgs diff`: what changed between two sealed snapshots, by what they mean, and whether it breaks who
 * relies on the first. It reads the two snapshots, and writes nothing.
 */
import type { Command } from "commander";
import { compareSnapshots, flowLines } from "../../compiler/index.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { diffText } from "../diff-text.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { jsonOption, type WorkspaceOptions, workspaceOf, workspaceOption } from "../options.ts";
import { namedSnapshot, type StandingSnapshot } from "../snapshots.ts";

const NOTES = `
Compared are workflows by their names: paths (by names of nodes and outcomes; how many came and went,
and a shortest one of each), outcomes, effects, bounds, payloads and results; intents by their types,
with what they take and ask for; policies; and the sources of capabilities. Where an intent leads to
another workflow than before, that one is compared with the former.

Breaking is what those who rely on the first snapshot may fail with: a workflow or an intent that is
gone, an outcome that came or went, a payload or a caller that is no longer taken, a result that may be
other than before; and, under a heading of their own, safeguards that are weaker than they were: fewer
people for a signal, or its requester among them; an invariant, a budget or a compensation that is gone,
a budget that is higher, an invariant that is another; labels that effects of a workflow may now be
given. In JSON these have the code \`safeguard\`. What cannot be proven to be compatible is breaking, and says so. Policies that
decide otherwise are told as changed: \`pgs policy impact\` says for which recorded requests.

Exit codes: 0 compatible; 2 wrong use; 3 breaking; 6 a snapshot does not hold.
`;

export function define(command: Command, io: Io, done: (exitCode: number) => void): void {
  const how = "a snapshot's id, its first 8 digits or more, `current`, or a folder";
  jsonOption(workspaceOption(command))
    .argument("<old>", `what somebody relies on: ${how}`)
    .argument("<new>", "what would take its place: a snapshot, named in the same way")
    .addHelpText("after", NOTES)
    .action(async (old: string, other: string, options: WorkspaceOptions) => {
      const workspace = await workspaceOf(options, io);
      const [before, after] = [old, other].map((name) => namedSnapshot(name, workspace));
      invariant(before !== undefined && after !== undefined, "two names give two snapshots");
      const found = compareSnapshots(comparable(before), comparable(after), flowLines);
      const document = { before: before.id, after: after.id, ...found };
      io.out(options.json === true ? `${JSON.stringify(document)}\n` : diffText(found, io.paint));
      done(found.verdict === "compatible" ? EXIT.done : EXIT.doesNotCompile);
    });
}

function comparable(snapshot: StandingSnapshot) {
  const { manifest, workflows, capabilities, graph, governance, proofs } = snapshot;
  const { invariants } = manifest;
  const digests = new Map(manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const files = new Map(manifest.workflows.map(({ workflow, file }) => [workflow, file]));
  const digestOf = (workflow: FullName) => digests.get(files.get(workflow) ?? "") ?? "";
  return { workflows, capabilities, graph, governance, proofs, invariants, digestOf };
}
