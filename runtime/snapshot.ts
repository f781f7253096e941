/**
 * Opens sealed snapshots. Every byte that is used was held against its digest before, the folder
 * holds exactly the files that were sealed, and a graph is checked whole before the machine sees it.
 * It never reads outside the snapshot's folder and never mends anything.
 */
import { isDigest } from "../protocol/language/digest.ts";
import {
  INTENTS_FILE,
  type IntentTable,
  POLICIES_FILE,
  type PolicyTable,
  type SealedGovernance,
} from "../protocol/language/governance.ts";
import type { Graph } from "../protocol/language/graph.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { member } from "../protocol/language/json.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import {
  CURRENT_FILE,
  MANIFEST_FILE,
  type Manifest,
  SNAPSHOT_FORMAT,
} from "../protocol/language/manifest.ts";
import type { FullName } from "../protocol/language/names.ts";
import { PROOFS_FILE, type SealedProofs } from "../protocol/language/proofs.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { Files, Snapshot } from "./ports.ts";
import { json, problem, table } from "./snapshot/form.ts";
import { intentsForm, policiesForm } from "./snapshot/governance-form.ts";
import { brokenIntentLaw, brokenPolicyLaw } from "./snapshot/governance-laws.ts";
import { graphForm } from "./snapshot/graph-form.ts";
import { brokenLaw } from "./snapshot/graph-laws.ts";
import { brokenManifestLaw, manifestForm } from "./snapshot/manifest-form.ts";
import { believe, parseSealed, type SealedJson } from "./snapshot/read-sealed-json.ts";
import { readSealed, refuse, requireExactFiles } from "./snapshot/sealed-files.ts";

export interface OpenedSnapshot extends Snapshot {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Who may try what, frozen; undefined where the snapshot has no intent. */
  readonly governance: () => SealedGovernance | undefined;
  /** What was proven of it, frozen; undefined where the snapshot is older than that. */
  readonly proofs: () => SealedProofs | undefined;
}

/** Whatever was proven: for people only, so that nothing is asked of it but to be plain. */
const proofsForm = table(/^[a-z][a-z_]*$/, json, LIMITS.snapshotItemsMax);

/** A line with an id: 64 digits and a newline. */
const CURRENT_BYTES = 65;

/**
 * The folder of a snapshot: by its id, by its own path, or, when nothing is named, the one that
 * `current` names. All paths are absolute; nothing of the snapshot itself is read.
 */
export function resolveSnapshot(files: Files, snapshots: string, wanted?: string): string {
  const id = wanted ?? currentOf(files, snapshots);
  const folder = isDigest(id) ? `${snapshots}/${id}` : id;
  if (files.standing(folder)?.kind !== "folder") {
    throw notFound(
      `\`${folder}\` is no snapshot`,
      "Compile the protocol, or name another snapshot.",
    );
  }
  return folder;
}

function currentOf(files: Files, snapshots: string): string {
  const path = `${snapshots}/${CURRENT_FILE}`;
  const standing = files.standing(path);
  if (standing === undefined) {
    throw notFound(`\`${path}\` is missing`, "Compile the protocol first: `pgs compile`.");
  }
  const isLine = standing.kind === "file" && standing.bytes === CURRENT_BYTES;
  const [id, ...rest] = isLine ? Buffer.from(files.read(path)).toString("latin1").split("\n") : [];
  if (isDigest(id) && rest.length === 1 && rest[0] === "") return id;
  throw refuse("bad-current", path, "does not hold one snapshot id");
}

function notFound(message: string, hint: string): Refusal {
  return new Refusal("usage", "snapshot/not-found", message, { hint });
}

/**
 * Opens the snapshot in a folder that bears its id. Graphs are read, checked and frozen when they
 * are first asked for.
 */
export function openSnapshot(files: Files, folder: string): OpenedSnapshot {
  const id = folder.split(/[/\\]/).filter(Boolean).at(-1);
  if (!isDigest(id)) throw refuse("unnamed-folder", folder, "does not bear a snapshot's id");
  const path = `${folder}/${MANIFEST_FILE}`;
  const sealed = parseSealed(path, readSealed(files, path, id));
  refuseNewer(sealed);
  const manifest = believe(sealed, manifestForm, brokenManifestLaw);
  requireExactFiles(files, folder, manifest.files);
  const graphs = new Map<FullName, Graph>();
  let governance: SealedGovernance | undefined;
  return {
    id,
    folder,
    manifest,
    workflows: manifest.workflows.map(({ workflow }) => workflow),
    capabilities: manifest.capabilities,
    governance: () => {
      governance ??= openGovernance(files, { folder, manifest });
      return governance;
    },
    proofs: () => {
      const sealed = sealedFile(files, { folder, manifest }, PROOFS_FILE);
      return sealed && believe<SealedProofs>(sealed, proofsForm, () => undefined);
    },
    graph: (workflow) => {
      const graph = graphs.get(workflow) ?? openGraph(files, { folder, manifest }, workflow);
      graphs.set(workflow, graph);
      return graph;
    },
  };
}

/** Opens a snapshot and reads all of it; what it returns has been checked to the last byte. */
export function verifySnapshot(files: Files, folder: string): OpenedSnapshot {
  const snapshot = openSnapshot(files, folder);
  for (const workflow of snapshot.workflows) snapshot.graph(workflow);
  snapshot.governance();
  snapshot.proofs();
  return snapshot;
}

function refuseNewer({ path, value }: SealedJson): void {
  const format = member(value as never, "format");
  if (typeof format !== "number" || format <= SNAPSHOT_FORMAT) return;
  throw new Refusal(
    "evidence",
    "snapshot/newer-format",
    `\`${path}\` has format ${format}, this program reads up to ${SNAPSHOT_FORMAT}`,
    { hint: "Install a newer version of the program." },
  );
}

function openGraph(
  files: Files,
  { folder, manifest }: Pick<OpenedSnapshot, "folder" | "manifest">,
  workflow: FullName,
): Graph {
  const entry = manifest.workflows.find((one) => one.workflow === workflow);
  const file = manifest.files.find(({ path }) => path === entry?.file);
  invariant(file !== undefined, "only workflows of the snapshot are asked for");
  const path = `${folder}/${file.path}`;
  return believe<Graph>(
    parseSealed(path, readSealed(files, path, file.sha256)),
    graphForm,
    (graph) =>
      graph.workflow === workflow
        ? brokenLaw(graph)
        : problem("/workflow", `expected \`${workflow}\``),
  );
}

/** A file beside the graphs; undefined where the snapshot has it not. */
function sealedFile(
  files: Files,
  { folder, manifest }: Pick<OpenedSnapshot, "folder" | "manifest">,
  name: string,
): SealedJson | undefined {
  const file = manifest.files.find(({ path }) => path === name);
  if (file === undefined) return undefined;
  const path = `${folder}/${name}`;
  return parseSealed(path, readSealed(files, path, file.sha256));
}

function openGovernance(
  files: Files,
  { folder, manifest }: Pick<OpenedSnapshot, "folder" | "manifest">,
): SealedGovernance | undefined {
  const sealed = (name: string) => sealedFile(files, { folder, manifest }, name);
  const tables = { intents: sealed(INTENTS_FILE), policies: sealed(POLICIES_FILE) };
  if (tables.intents === undefined || tables.policies === undefined) return undefined;
  const workflows = manifest.workflows.map(({ workflow }) => workflow);
  const intents = believe<IntentTable>(tables.intents, intentsForm, (table) =>
    brokenIntentLaw(table, workflows),
  );
  const policies = believe<PolicyTable>(tables.policies, policiesForm, (table) =>
    brokenPolicyLaw(table, intents),
  );
  return { intents, policies };
}
