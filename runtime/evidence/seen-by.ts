/**
 * Whether a tenant may be shown a trace: its own, and what is no tenant's: starts, and what a torn
 * write left. It never says whose a trace is that may not be shown.
 */
import { GENESIS_TENANT } from "../../protocol/language/acts.ts";
import type { TraceReading } from "./read-trace.ts";

export function isSeenBy(tenant: string, { records }: TraceReading): boolean {
  // Of lines that do not hold, nothing is shown but that.
  if (records.length === 0) return true;
  const whose = records.flatMap((record) => ("tenant" in record ? [record.tenant] : []));
  if (whose.length > 0) return whose.every((one) => one === tenant || one === GENESIS_TENANT);
  return records.every(({ type }) => type === "boot" || type === "cut");
}
