/**
 * Whether the policies of verified snapshots say what they decide. A file of its own, loaded when
 * evidence was read: it brings the compiler and Cedar along, which nothing that decides needs.
 */
import { misstatedPolicies } from "../compiler/index.ts";
import type { Snapshot, Verification } from "../runtime/index.ts";

/** What was found, and after it what the texts of these snapshots say otherwise. */
export async function withPolicyTexts(
  found: Verification,
  snapshots: Iterable<Snapshot>,
): Promise<Verification> {
  const problems: Verification["problems"][number][] = [];
  for (const { id, governance } of snapshots) {
    const sealed = governance();
    if (sealed === undefined) continue;
    for (const { problem } of await misstatedPolicies(sealed.policies)) {
      const message = `snapshot ${id}: ${problem}`;
      problems.push({
        code: "snapshot/policy-text",
        file: null,
        line: null,
        position: null,
        message,
      });
    }
  }
  if (problems.length === 0) return found;
  return { ...found, ok: false, problems: [...found.problems, ...problems] };
}
