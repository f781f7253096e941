/**
 * A workflow of a sealed snapshot by the name that somebody typed: in full, or its code alone where
 * only one domain has it. It never guesses.
 */
import { didYouMean } from "../protocol/language/did-you-mean.ts";
import type { Graph } from "../protocol/language/graph.ts";
import { CURRENT_FILE } from "../protocol/language/manifest.ts";
import type { FullName } from "../protocol/language/names.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Snapshot } from "../runtime/index.ts";
import type { Workspace } from "./options.ts";
import { namedSnapshot } from "./snapshots.ts";

/** The snapshot that the workspace names: with `--snapshot`, else the current one. */
export function snapshotIn(workspace: Workspace): Snapshot {
  return namedSnapshot(workspace.snapshot ?? CURRENT_FILE, workspace);
}

export function graphNamed(snapshot: Snapshot, wanted: string): Graph {
  return snapshot.graph(workflowNamed(snapshot.workflows, wanted));
}

function workflowNamed(workflows: readonly FullName[], wanted: string): FullName {
  const meant = workflows.filter((one) => one === wanted || one.endsWith(`::${wanted}`));
  const [name] = meant;
  if (name !== undefined && meant.length === 1) return name;
  if (meant.length > 1) {
    const message = `${meant.length} workflows are called \`${wanted}\``;
    throw new Refusal("usage", "workflow/ambiguous", message, {
      hint: `Name one in full: ${meant.map((one) => `\`${one}\``).join(", ")}.`,
    });
  }
  const codes = workflows.map((one) => one.split("::")[1] ?? one);
  const close = wanted.includes("::") ? workflows : codes;
  throw new Refusal("usage", "workflow/unknown", `the snapshot has no workflow \`${wanted}\``, {
    hint: didYouMean(wanted, close) ?? "`pgs list workflows` shows them.",
  });
}
