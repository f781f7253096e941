/**
 * The form and the laws of a manifest. A path in it is one of the paths that this format knows:
 * nothing that a manifest says can lead outside its folder.
 */
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import { isDigest } from "../../protocol/language/digest.ts";
import { GOVERNANCE_FILES } from "../../protocol/language/governance.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  graphFileOf,
  LANGUAGE_VERSION,
  type Manifest,
  SNAPSHOT_FORMAT,
} from "../../protocol/language/manifest.ts";
import { PROOFS_FILE } from "../../protocol/language/proofs.ts";
import type { Problem } from "../../protocol/language/refusal.ts";
import { each, type Form, first, integer, is, members, problem, text } from "./form.ts";
import { fullName } from "./graph-form.ts";

const digest = is("a SHA-256 in hexadecimal", isDigest);
const { snapshotFilesMax, snapshotFileBytesMax } = LIMITS;

export const manifestForm: Form = members({
  format: integer(SNAPSHOT_FORMAT, SNAPSHOT_FORMAT),
  language: integer(LANGUAGE_VERSION, LANGUAGE_VERSION),
  files: each(
    members({ path: text, bytes: integer(0, snapshotFileBytesMax), sha256: digest }),
    snapshotFilesMax,
  ),
  workflows: each(members({ workflow: fullName, file: text }), snapshotFilesMax),
  capabilities: each(members({ implementation: text, sha256: digest }), snapshotFilesMax),
  invariants: each(text, snapshotFilesMax),
});

/** The first law that a manifest of the right form breaks. */
export function brokenManifestLaw(manifest: Manifest): Problem | undefined {
  const { files, workflows, capabilities, invariants } = manifest;
  const paths = new Set(files.map(({ path }) => path));
  return (
    sorted(
      "/files",
      files.map(({ path }) => path),
    ) ??
    sorted(
      "/workflows",
      workflows.map(({ workflow }) => workflow),
    ) ??
    sorted(
      "/capabilities",
      capabilities.map(({ implementation }) => implementation),
    ) ??
    sorted("/invariants", invariants) ??
    first(workflows.entries(), ([index, { workflow, file }]) =>
      file === graphFileOf(workflow) && paths.delete(file)
        ? undefined
        : problem(`/workflows/${index}/file`, "expected the workflow's own file"),
    ) ??
    besidesGraphs([...paths])
  );
}

/** Beside the graphs: the table of intents and the policies, both or neither, and what was proven. */
function besidesGraphs(paths: readonly string[]): Problem | undefined {
  const others = paths.filter((path) => path !== PROOFS_FILE);
  const governed = others.length === 2 && GOVERNANCE_FILES.every((path) => others.includes(path));
  if (others.length === 0 || governed) return undefined;
  return problem(
    "/files",
    "expected files of workflows, of intents and policies, or of proofs, only",
  );
}

/** Each name once, in the order of code units. */
export function sorted(at: string, names: readonly string[]): Problem | undefined {
  return first(names.entries(), ([index, name]) => {
    const before = names[index - 1];
    return before === undefined || byCodeUnits(before, name) < 0
      ? undefined
      : problem(`${at}/${index}`, "expected each name once, in order");
  });
}
