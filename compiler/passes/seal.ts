/**
 * The pass `seal`: graphs to the bytes of a snapshot. Canonical JSON, names sorted, no time and no
 * place: the same protocol and the same capabilities give the same id everywhere. It writes nothing.
 */
import { byCodeUnits, canonical } from "../../protocol/language/canonical.ts";
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import {
  INTENTS_FILE,
  POLICIES_FILE,
  type SealedGovernance,
} from "../../protocol/language/governance.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import {
  graphFileOf,
  LANGUAGE_VERSION,
  MANIFEST_FILE,
  type Manifest,
  type SealedCapability,
  SNAPSHOT_FORMAT,
} from "../../protocol/language/manifest.ts";
import { PROOFS_FILE, type SealedProofs } from "../../protocol/language/proofs.ts";
import type { Passed, SealedSnapshot } from "../model.ts";
import type { ProvenAll } from "./proofs.ts";

export interface Sealable {
  readonly graphs: readonly Graph[];
  /** Left out only for a snapshot as they were before there were policies. */
  readonly governance?: SealedGovernance;
  /** Left out only for a snapshot as they were before anything was proven. */
  readonly proven?: ProvenAll;
  readonly capabilities: Capabilities;
}

export function seal({
  graphs,
  governance,
  proven,
  capabilities,
}: Sealable): Passed<SealedSnapshot> {
  const sorted = [...graphs].sort((a, b) => byCodeUnits(a.workflow, b.workflow));
  const texts: (readonly [path: string, text: string])[] = sorted.map((graph) => [
    graphFileOf(graph.workflow),
    textOf(graph),
  ]);
  if (governance !== undefined) {
    texts.push([INTENTS_FILE, textOf(governance.intents)]);
    texts.push([POLICIES_FILE, textOf(governance.policies)]);
  }
  if (proven !== undefined) texts.push([PROOFS_FILE, textOf(proven.sealed)]);
  const manifest: Manifest = {
    format: SNAPSHOT_FORMAT,
    language: LANGUAGE_VERSION,
    files: texts
      .map(([path, text]) => ({ path, bytes: Buffer.byteLength(text), sha256: sha256(text) }))
      .sort((a, b) => byCodeUnits(a.path, b.path)),
    workflows: sorted.map(({ workflow }) => ({ workflow, file: graphFileOf(workflow) })),
    capabilities: sealedCapabilities(graphs, capabilities),
    invariants: proven?.invariants ?? [],
  };
  const text = textOf(manifest);
  const files = new Map([...texts, [MANIFEST_FILE, text]]);
  return { value: { id: sha256(text), manifest, files }, diagnostics: [] };
}

type Sealed = Graph | Manifest | SealedProofs | SealedGovernance[keyof SealedGovernance];

function textOf(value: Sealed): string {
  const text = `${canonical(value as unknown as Json)}\n`;
  invariant(Buffer.byteLength(text) <= LIMITS.snapshotFileBytesMax, "a sealed file fits its limit");
  return text;
}

/** The implementations that some graph invokes, with the digest of what runs now. */
function sealedCapabilities(
  graphs: readonly Graph[],
  capabilities: Capabilities,
): SealedCapability[] {
  const used = graphs.flatMap(({ nodes }) =>
    nodes.flatMap((node) => ("implementation" in node ? [node.implementation] : [])),
  );
  return [...new Set(used)].sort(byCodeUnits).map((implementation) => {
    const digest = capabilities.digestOf(implementation);
    invariant(digest !== undefined, `\`${implementation}\` is in the table of implementations`);
    return { implementation, sha256: digest };
  });
}
