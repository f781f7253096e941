/** What two snapshots are compared by, of a protocol from a text. */
import type { Comparable } from "../../../compiler/diff/snapshot-diff.ts";
import { INTENTS_FILE, POLICIES_FILE } from "../../../protocol/language/governance.ts";
import { graphFileOf } from "../../../protocol/language/manifest.ts";
import { PROOFS_FILE } from "../../../protocol/language/proofs.ts";
import { compiledText } from "../compiled.ts";

/** Fails the test, with the messages, where it does not compile. */
export async function sealed(text: string): Promise<Comparable> {
  const { snapshot, diagnostics } = await compiledText(text);
  if (snapshot === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { manifest, files } = snapshot;
  const read = (path: string) => JSON.parse(files.get(path) ?? "null");
  return {
    workflows: manifest.workflows.map(({ workflow }) => workflow),
    capabilities: manifest.capabilities,
    invariants: manifest.invariants,
    proofs: () => read(PROOFS_FILE),
    graph: (workflow) => read(graphFileOf(workflow)),
    governance: () => ({ intents: read(INTENTS_FILE), policies: read(POLICIES_FILE) }),
    digestOf: (workflow) =>
      manifest.files.find(({ path }) => path === graphFileOf(workflow))?.sha256 ?? "",
  };
}

/** Policies of all three roles that let everybody do it. */
export function openTo(intent: string): string {
  const roles = ["security_guard", "city_manager", "data_steward"] as const;
  return roles
    .map(
      (role) => `---
kind: policy
code: PO_${role.toUpperCase()}_V0
summary: Rules of one role.
role: ${role}
intents: [${intent}]
cedar: permit(principal, action, resource);
`,
    )
    .join("");
}
