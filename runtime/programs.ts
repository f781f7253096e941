/**
 * The programs of a snapshot: its graphs with their validators, once its capabilities are known to
 * be those that were sealed. A workflow is looked up by name; nothing is compiled before it is used.
 */
import { canonical } from "../protocol/language/canonical.ts";
import type { Capabilities } from "../protocol/language/capabilities.ts";
import { didYouMean } from "../protocol/language/did-you-mean.ts";
import type { SealedIntent } from "../protocol/language/governance.ts";
import type { SchemaCheck } from "../protocol/language/json-schema.ts";
import type { FullName } from "../protocol/language/names.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { CheckedProgram } from "./json-schema.ts";
import type { Snapshot } from "./ports.ts";
import { graphNamed } from "./snapshot/undo-graph.ts";

export interface Programs {
  readonly snapshot: Snapshot;
  /** Implementations that differ from the sealed ones and were let pass. */
  readonly changed: readonly string[];
  /** The program of a workflow that the snapshot has; refuses any other name. */
  readonly find: (workflow: string) => Promise<CheckedProgram>;
  /** The check of what an intent takes, where that is narrower than what its workflow takes. */
  readonly narrowed: (intent: SealedIntent) => Promise<SchemaCheck | null>;
}

export function programsOf(
  snapshot: Snapshot,
  capabilities: Capabilities,
  { allowChanged }: { readonly allowChanged: boolean },
): Programs {
  const changed = changedIn(snapshot, capabilities);
  if (changed.length > 0 && !allowChanged) throw refuseChanged(changed);
  const known = new Map<string, CheckedProgram>();
  const checks = new Map<SealedIntent, SchemaCheck | null>();
  return {
    snapshot,
    changed,
    async find(workflow) {
      const program = known.get(workflow);
      if (program !== undefined) return program;
      const graph =
        graphNamed(snapshot, workflow as FullName) ?? snapshot.graph(knownName(snapshot, workflow));
      // Loaded late: validators take longer to load than everything else together.
      const { programOf } = await import("./json-schema.ts");
      const made = programOf(graph);
      known.set(workflow, made);
      return made;
    },
    async narrowed(intent) {
      const check = checks.get(intent);
      if (check !== undefined) return check;
      const { payload, schemas } = snapshot.graph(intent.workflow);
      const same = canonical(intent.payload) === canonical(schemas[payload] ?? null);
      const made = same ? null : (await import("./json-schema.ts")).checkOf(intent.payload);
      checks.set(intent, made);
      return made;
    },
  };
}

export function knownName(snapshot: Snapshot, workflow: string): FullName {
  const name = snapshot.workflows.find((one) => one === workflow);
  if (name !== undefined) return name;
  throw new Refusal(
    "acceptance",
    "workflow/unknown",
    `the snapshot has no workflow \`${workflow}\``,
    { hint: didYouMean(workflow, snapshot.workflows) ?? "Name it in full: `domain::WF_NAME_V0`." },
  );
}

/** A missing implementation cannot be let pass: there would be nothing to call. */
function changedIn(snapshot: Snapshot, capabilities: Capabilities): readonly string[] {
  return snapshot.capabilities.flatMap(({ implementation, sha256 }) => {
    const digest = capabilities.digestOf(implementation);
    if (digest === undefined) throw refuseMissing(implementation, capabilities);
    return digest === sha256 ? [] : [implementation];
  });
}

function refuseMissing(implementation: string, capabilities: Capabilities): Refusal {
  const names = capabilities.names();
  // It is in the table, and its file is not there.
  const inPart = names.includes(implementation);
  return new Refusal(
    "viability",
    "capability/missing",
    `the snapshot needs the capability \`${implementation}\`, which this program does not have`,
    {
      hint: inPart
        ? "The program was installed in part: install it again."
        : (didYouMean(implementation, names) ?? "Run the version that compiled it."),
    },
  );
}

function refuseChanged(changed: readonly string[]): Refusal {
  const names = changed.map((name) => `\`${name}\``).join(", ");
  return new Refusal(
    "viability",
    "capability/changed",
    `the source of ${names} differs from the sealed one`,
    { hint: "Compile again, or pass `--allow-changed-capabilities` while you are authoring." },
  );
}
