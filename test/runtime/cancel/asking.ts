/** A workflow that writes, asks the outside twice, and can be cancelled wherever it asks. */
import type { External, ExternalCall } from "../../../protocol/language/capabilities.ts";
import type { Graph } from "../../../protocol/language/graph.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { LedgerRecord } from "../../../protocol/language/records.ts";
import { openVault, replayFull } from "../../../runtime/index.ts";
import { type RuntimeOptions, SYSTEM_PORTS, type Work } from "../../../runtime/runtime-options.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

export const ASK: FullName = "test::WF_ASK_V0";

const LONG_MS = 60_000;

export function askGraph(repeat: "safe" | "unsafe" = "safe"): Graph {
  const maker = new GraphMaker(ASK, { type: "object", properties: { pin: { type: "string" } } });
  const outcomes = { DONE: true };
  const asks = { implementation: "outside", repeat, timeoutMs: LONG_MS, outcomes } as const;
  const key = { read: [maker.slot("identify"), "id"] as const };
  return maker
    .sealPayload(["pin"])
    .transform(
      "identify",
      { implementation: "identify", input: { literal: 1 }, outcomes: { SUCCESS: true } },
      { SUCCESS: "note" },
    )
    .effect(
      "note",
      {
        semantics: "registry",
        store: "test/notes",
        operation: "REGISTER",
        input: {
          object: [
            ["key", key],
            ["value", { literal: "noted" }],
          ],
        },
      },
      { SUCCESS: "choose", ALREADY_EXISTS: "choose" },
    )
    .add(
      {
        ...{ kind: "decide", name: "choose", edges: [], input: { read: [0] } },
        ...{ origin: { workflow: ASK, node: "choose" }, rows: [], otherwise: "ASK" },
      },
      { ASK: "ask" },
    )
    .external("ask", { ...asks, input: { literal: "first" } }, { DONE: "again" })
    .external("again", { ...asks, input: { literal: "again" } }, { DONE: "done" })
    .exit("done", "SUCCESS")
    .cancellable()
    .exit("on_fault", "FAULTED")
    .graph();
}

export const said = async () => ({ outcome: "DONE", output: "because" });

/** An outside that never answers, and gives up when it is told to. */
export function silence(): { readonly call: External["call"]; readonly calls: ExternalCall[] } {
  const calls: ExternalCall[] = [];
  return {
    calls,
    call: (call) => {
      calls.push(call);
      return new Promise(() => {});
    },
  };
}

/** What a runtime needs to ask this outside. */
export function asking(
  call: External["call"],
  repeat: "safe" | "unsafe" = "safe",
): Partial<RuntimeOptions> {
  return {
    snapshot: snapshotOf([askGraph(repeat)], ["identify", "outside"]),
    capabilities: capabilitiesOf({}, { outside: call }),
  };
}

export const WORK: Work = { workflow: ASK, payload: { question: "why" }, traceId: "t1" };

/** The data root replayed in full: whether it makes the same records again. */
export function replayed(dataRoot: string, { snapshot, capabilities }: Partial<RuntimeOptions>) {
  const { files } = SYSTEM_PORTS;
  if (snapshot === undefined || capabilities === undefined) throw new Error("nothing to replay by");
  return replayFull(
    { kind: "ledger", files, dataRoot },
    {
      snapshot: () => snapshot,
      capabilities,
      allowChangedCapabilities: false,
      vault: openVault(dataRoot, files),
    },
  );
}

/** Settles when something holds, asked again after each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

export function types(records: readonly LedgerRecord[]): readonly string[] {
  return records.map((record) =>
    "node" in record ? `${record.type} ${record.node}` : record.type,
  );
}
