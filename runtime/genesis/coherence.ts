/**
 * The last gate as values: what the runtime asks of itself, whether it has to, and whether the state
 * holds what the records of such an execution say. It reads its arguments only.
 */
import { BOOT_INTENT, GENESIS_PRINCIPAL, GENESIS_TENANT } from "../../protocol/language/acts.ts";
import { canonical } from "../../protocol/language/canonical.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import type { Gate } from "../../protocol/language/gates.ts";
import { deepFreeze, type Json, member } from "../../protocol/language/json.ts";
import type { EffectBody, LedgerRecord } from "../../protocol/language/records.ts";
import { VERSION } from "../../protocol/language/version.ts";
import type { Asker } from "../asker.ts";
import type { BootRow, Values } from "../ports.ts";
import type { PhaseReport } from "./check.ts";

/** The runtime itself, as it asks. */
export const RUNTIME_ASKER: Asker = deepFreeze({
  tenant: GENESIS_TENANT,
  principal: GENESIS_PRINCIPAL,
  caller: { identity: "runtime", roles: [], attributes: {} } as const,
  session: null,
});

/** What a start is known by. */
export interface StartId {
  readonly epoch: number;
  readonly snapshot: Digest;
  readonly configuration: Digest;
}

/** Whether a start is like the last one that came through all gates, or goes through them again. */
export function bootOf(
  last: BootRow | undefined,
  now: Omit<StartId, "epoch"> & {
    /** The last writer stored all that it wrote, and left nothing open. */
    readonly clean: boolean;
  },
): "same" | "whole" {
  const same =
    now.clean && last?.snapshot === now.snapshot && last.configuration === now.configuration;
  return same ? "same" : "whole";
}

/** The trace of the record that ends a start. */
export function bootTrace(epoch: number): string {
  return `boot-${epoch}`;
}

/** What the runtime asks for. */
export function coherenceWork(
  { epoch, snapshot, configuration }: StartId,
  gates: readonly PhaseReport[],
): { readonly intent: string; readonly payload: Json } {
  const start = { boot: bootTrace(epoch), epoch, snapshot, configuration, engine: VERSION };
  return { intent: BOOT_INTENT, payload: { start, gates: gates.map(inShort) } };
}

/** What was found, without how long it took: that decides nothing. */
function inShort({ gate, checks }: PhaseReport): { readonly gate: Gate; readonly checks: Json } {
  return { gate, checks: checks.map(({ name, found }) => ({ name, found })) };
}

/** The outcome that says that what was read is what was written. */
export const COHERENT = "COHERENT";

/**
 * Where the state does not hold what the records of an execution wrote; undefined where it does. A
 * document that was overwritten since has a later version, and is not compared.
 */
export function driftFrom(records: readonly LedgerRecord[], values: Values): string | undefined {
  for (const record of records) {
    if (record.type !== "effect" || record.outcome !== "SUCCESS") continue;
    const drift = driftAt(record, values);
    if (drift !== undefined) return drift;
  }
  return undefined;
}

function driftAt(record: EffectBody, values: Values): string | undefined {
  const { store, operation, key = "", value = null, output = null, tenant } = record;
  const place = { tenant, store };
  switch (operation) {
    case "REGISTER":
      return differs(`\`${key}\` of \`${store}\``, value, values.registry(place, key)?.value);
    case "APPEND": {
      const position = Number(member(output, "position"));
      const [event] = values.events(place, position, 1);
      return differs(`event ${position} of \`${store}\``, value, event);
    }
    case "PUT": {
      const version = Number(member(output, "version"));
      const stands = values.document(place, key);
      const isLater = stands !== undefined && stands.version > version;
      if (isLater) return undefined;
      const what = `\`${key}\` of \`${store}\` in its version ${version}`;
      return differs(what, value, stands?.version === version ? stands.value : undefined);
    }
    default:
      return undefined;
  }
}

function differs(what: string, written: Json, stands: Json | undefined): string | undefined {
  if (stands === undefined) return `${what} is not there`;
  return canonical(stands) === canonical(written) ? undefined : `${what} is not what was written`;
}
