/**
 * Whether a ledger bears out what its records say of starts: what came to life went through the
 * gates in an execution that stands before it, or goes on like an earlier start that did, under the
 * same snapshot and configuration. It takes records in the order of the whole ledger.
 */
import { BOOT_INTENT, GENESIS_TENANT } from "../../protocol/language/acts.ts";
import type { Digest } from "../../protocol/language/digest.ts";
import { type Json, member } from "../../protocol/language/json.ts";
import type { BootBody, LedgerRecord, OpenedBody } from "../../protocol/language/records.ts";
import type { Broken } from "./chain.ts";

export interface BootCheck {
  /** Says why the record cannot stand behind those before it; undefined where it can. */
  readonly take: (record: LedgerRecord) => Broken | undefined;
}

/** An execution that went through the gates, or is on its way. */
interface Going {
  readonly epoch: number;
  readonly snapshot: Digest;
  readonly configuration: Json | undefined;
  readonly isCoherent: boolean;
}

/** As the last gate's workflow ends where everything held. */
const COHERENT = "COHERENT";

export function bootCheck(): BootCheck {
  const known = new Map<string, Going>();
  const unstarted = startCheck();
  return {
    take(record) {
      const missing = unstarted(record);
      if (missing !== undefined) return missing;
      switch (record.type) {
        case "opened": {
          if (record.tenant !== GENESIS_TENANT) return undefined;
          known.set(record.trace, goingOf(record));
          return otherStart(record);
        }
        case "closed": {
          const going = known.get(record.trace);
          if (going === undefined) return undefined;
          if (record.outcome !== COHERENT || record.fault) known.delete(record.trace);
          else known.set(record.trace, { ...going, isCoherent: true });
          return undefined;
        }
        case "boot":
          return unlike(record, known.get(record.like));
        default:
          return undefined;
      }
    },
  };
}

/** Where starts are told at all, a writer begins nothing on anybody's behalf before its own is. */
function startCheck(): (record: LedgerRecord) => Broken | undefined {
  let told: number | undefined;
  return (record) => {
    if (!("epoch" in record)) return undefined;
    const { epoch } = record;
    const isBoot = record.type === "boot";
    if (!isBoot && (told === undefined || record.tenant === GENESIS_TENANT)) return undefined;
    const isMissing = !isBoot && told !== epoch;
    // Once a writer.
    told = epoch;
    if (!isMissing) return undefined;
    return broken("missing", `the writer of epoch ${epoch} began work before its start is told`);
  };
}

function goingOf({ epoch, snapshot, payload }: OpenedBody): Going {
  const configuration = member(member(payload, "start"), "configuration");
  return { epoch, snapshot, configuration, isCoherent: false };
}

/** What it says that it starts is what its own record says of it. */
function otherStart({ intent, payload, epoch, snapshot, engine }: OpenedBody): Broken | undefined {
  if (intent !== BOOT_INTENT) {
    return broken("other-intent", `\`${GENESIS_TENANT}\` asks for \`${intent}\``);
  }
  const said = member(payload, "start");
  const own = { boot: `boot-${epoch}`, epoch, snapshot, engine };
  const other = Object.entries(own).find(([name, value]) => member(said, name) !== value);
  if (other === undefined) return undefined;
  return broken("other-start", `its payload has another \`${other[0]}\` than its record`);
}

function unlike(
  { trace, like, epoch, snapshot, configuration }: LedgerRecord & BootBody,
  going: Going | undefined,
): Broken | undefined {
  if (going?.isCoherent !== true || going.epoch > epoch) {
    return broken("not-coherent", `\`${like}\` did not go through the gates before \`${trace}\``);
  }
  if (going.snapshot !== snapshot) {
    return broken("other-snapshot", `\`${like}\` went through the gates under another snapshot`);
  }
  if (going.configuration === configuration) return undefined;
  return broken("other-configuration", `\`${like}\` went through under another configuration`);
}

function broken(code: string, message: string): Broken {
  return { code: `boot/${code}`, message };
}
