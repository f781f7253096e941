/**
 * Whether what an open execution has recorded could have happened under another snapshot: its records
 * are played back against that one's graph, every transform is called again, and the first record
 * that comes out otherwise is named with its field. Nothing is written, and no call is made.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import { invariant } from "../../protocol/language/invariant.ts";
import type { Json } from "../../protocol/language/json.ts";
import { type LedgerRecord, snapshotOf } from "../../protocol/language/records.ts";
import { Refusal } from "../../protocol/language/refusal.ts";
import type { Program } from "../machine/program.ts";
import type { Programs } from "../programs.ts";
import type { Vault } from "../sealing/vault.ts";
import { replayInFull } from "./full-replay.ts";

/** The record that stands in the way. */
export interface Hindrance {
  /** Its number in the trace, and its node where it has one. */
  readonly seq: number;
  readonly node: string | null;
  /** A JSON Pointer into the record. */
  readonly field: string;
  /** What the record says, and what the other graph would have come to. */
  readonly expected: Json;
  readonly found: Json;
}

/** What is known of one open execution. */
export interface PrefixVerdict {
  readonly trace_id: string;
  readonly workflow: string;
  /** Under which it goes on until it is moved. */
  readonly from: Digest;
  readonly fits: boolean;
  /** Why not, in words; null where it fits. */
  readonly why: string | null;
  /** Null where no single record is in the way. */
  readonly hindrance: Hindrance | null;
}

export interface PrefixBeside {
  /** Of the other snapshot. */
  readonly programs: Programs;
  readonly capabilities: Capabilities;
  readonly vault: Vault;
}

/** Codes of what is not there to be looked at: it hinders, and is no fault of the evidence. */
const HINDERING: ReadonlySet<string> = new Set(["sealing/erased", "workflow/unknown"]);

/** Of a trace that has not ended, `opened` first. */
export async function prefixVerdict(
  records: readonly LedgerRecord[],
  { programs, capabilities, vault }: PrefixBeside,
): Promise<PrefixVerdict> {
  const [opened] = records;
  const from = snapshotOf(records);
  invariant(
    opened?.type === "opened" && from !== undefined,
    "a trace begins with the record that opens it",
  );
  const of = { trace_id: opened.trace, workflow: opened.workflow, from };
  try {
    const program = await programs.find(opened.workflow);
    const hindrance = hindranceIn(records, { program, capabilities, vault });
    const why = hindrance === null ? null : whyOf(hindrance);
    return { ...of, fits: hindrance === null, why, hindrance };
  } catch (error) {
    if (!(error instanceof Refusal) || !HINDERING.has(error.code)) throw error;
    return { ...of, fits: false, why: error.message, hindrance: null };
  }
}

interface Under extends Omit<PrefixBeside, "programs"> {
  readonly program: Program;
}

function hindranceIn(recorded: readonly LedgerRecord[], under: Under): Hindrance | null {
  // That it was moved before is no step of any graph.
  const records = recorded.filter(({ type }) => type !== "migrated");
  const divergence = replayInFull({ records, ...under });
  if (divergence === undefined) return null;
  const { seq, node, field, expected, found } = divergence;
  return { seq, node, field, expected, found };
}

function whyOf({ seq, node, field }: Hindrance): string {
  const at = node === null ? "" : `, node \`${node}\``;
  return `record ${seq}${at}: \`${field}\` would be another`;
}
