/**
 * A protocol with two subscribers to one stream, made by hand, and what the ledger says of its
 * deliveries. One of the two waits for the outside in between, so that order is not a matter of luck.
 */
import { expect } from "vitest";
import type { Json } from "../../../protocol/language/json.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { LedgerRecord, OpenedBody, RefusedBody } from "../../../protocol/language/records.ts";
import type { SealedSubscription } from "../../../protocol/language/subscription.ts";
import type { Deliveries, DeliverOptions } from "../../../runtime/post/post-office.ts";
import type { Runtime } from "../../../runtime/runtime.ts";
import type { RuntimeOptions } from "../../../runtime/runtime-options.ts";
import { governanceOf, intentOf, type Statement } from "../governed.ts";
import { capabilitiesOf, GraphMaker, snapshotOf } from "../protocol.ts";

const TELL: FullName = "test::WF_TELL_V0";
const NOTE: FullName = "test::WF_NOTE_V0";
const SLOW: FullName = "test::WF_SLOW_V0";
const EVENTS = "test/events";

export interface Event {
  readonly key: string;
  readonly kind: "plain" | "other";
}

const secretAt = (...path: string[]) => ({ path, labels: ["secret"] as const });

function tellGraph() {
  return new GraphMaker(TELL, { type: "object" })
    .sealPayload(["secret"])
    .effect(
      "tell",
      {
        semantics: "stream",
        store: EVENTS,
        operation: "APPEND",
        input: { object: [["event", { read: [0] }]] },
        sealInput: [secretAt("event", "secret")],
      },
      { SUCCESS: "told" },
    )
    .exit("told", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

const PAYLOAD = {
  type: "object",
  required: ["key", "position"],
  additionalProperties: false,
  properties: {
    key: { type: "string", maxLength: 3 },
    position: { type: "integer" },
    secret: { type: "string" },
  },
};

function noteGraph() {
  return new GraphMaker(NOTE, PAYLOAD)
    .sealPayload(["secret"])
    .effect(
      "note",
      {
        semantics: "stream",
        store: "test/notes",
        operation: "APPEND",
        input: { object: [["event", { read: [0] }]] },
        sealInput: [secretAt("event", "secret")],
      },
      { SUCCESS: "noted" },
    )
    .exit("noted", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

function slowGraph() {
  return new GraphMaker(SLOW, PAYLOAD)
    .external(
      "wait",
      {
        implementation: "outside",
        input: { read: [0] },
        repeat: "safe",
        outcomes: { DONE: { type: "object" } },
      },
      { DONE: "done" },
    )
    .exit("done", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

const SUBSCRIPTION: SealedSubscription = {
  stream: "test::CS_EVENTS_V0",
  store: EVENTS,
  event: { type: "object", required: ["key"] },
  seal: [secretAt("secret")],
  when: null,
  key: { read: [0, "key"] },
  payload: {
    object: [
      ["key", { read: [0, "key"] }],
      ["position", { read: [1] }],
    ],
  },
};

export const ALL = intentOf("post.all", NOTE, { subscribes: SUBSCRIPTION });
export const PLAIN = intentOf("post.plain", SLOW, {
  subscribes: {
    ...SUBSCRIPTION,
    when: { properties: { kind: { const: "plain" } } },
  },
});

export interface Mail {
  readonly statements?: readonly Statement[];
  readonly subscribes?: Partial<SealedSubscription>;
  readonly outside?: (input: Json) => Promise<void>;
}

/** What a runtime needs for it. */
export function mail({ statements, subscribes, outside }: Mail = {}): Partial<RuntimeOptions> {
  const intents = [{ ...ALL, subscribes: { ...SUBSCRIPTION, ...subscribes } }, PLAIN];
  const workflows = [TELL, NOTE, SLOW];
  const governance = governanceOf({ workflows, intents, ...(statements && { statements }) });
  return {
    snapshot: snapshotOf([tellGraph(), noteGraph(), slowGraph()], ["outside"], governance),
    capabilities: capabilitiesOf(
      {},
      {
        outside: async ({ input }) => {
          await outside?.(input);
          return { outcome: "DONE", output: {} };
        },
      },
    ),
  };
}

export async function deliver(
  { post }: Runtime,
  options: DeliverOptions = {},
): Promise<Deliveries> {
  if (post === undefined) throw new Error("some intent subscribes");
  return post.deliver(options);
}

export function telling(event: Json) {
  return { workflow: TELL, payload: event };
}

type Begun = LedgerRecord & (OpenedBody | RefusedBody);

/** What deliveries came to, by their keys, in the ledger's order: executions and refusals. */
export function deliveries(
  records: readonly LedgerRecord[],
): ReadonlyMap<string, readonly Begun[]> {
  const found = new Map<string, Begun[]>();
  for (const record of records) {
    if (record.type !== "opened" && record.type !== "refused") continue;
    if (record.cause === undefined) continue;
    const key = `${record.tenant} ${record.idempotency_key}`;
    found.set(key, [...(found.get(key) ?? []), record]);
  }
  return found;
}

/** Every event of a tenant that is wanted was delivered once, and no other was. */
export function expectAllDelivered(
  records: readonly LedgerRecord[],
  tenant = "default",
  appended = eventsIn(records, tenant),
): void {
  const due = appended.flatMap(({ kind }, at) => [
    `${tenant} post/${ALL.intent}/${at + 1}`,
    ...(kind === "plain" ? [`${tenant} post/${PLAIN.intent}/${at + 1}`] : []),
  ]);
  const found = [...deliveries(records)].filter(([key]) => key.startsWith(`${tenant} `));
  expect(found.map(([key]) => key).toSorted()).toEqual(due.toSorted());
  for (const [, begun] of found) expect(begun).toHaveLength(1);
}

/** The events that a tenant's stream holds. */
export function eventsIn(records: readonly LedgerRecord[], tenant = "default"): readonly Event[] {
  return records.flatMap((record) =>
    record.type === "effect" && record.store === EVENTS && record.tenant === tenant
      ? [record.value as unknown as Event]
      : [],
  );
}

/** Of events with one key, each was begun when the former's execution had ended. */
export function expectInOrder(records: readonly LedgerRecord[]): void {
  const ends = new Map(
    records.flatMap((record) =>
      record.type === "closed" || record.type === "refused" ? [[record.trace, record.n]] : [],
    ),
  );
  const last = new Map<string, { readonly position: number; readonly end: number }>();
  const begun = [...deliveries(records).values()].flat().toSorted((a, b) => a.n - b.n);
  for (const { tenant, intent, cause, trace, n } of begun) {
    const position = cause?.position ?? 0;
    const { key } = eventsIn(records, tenant)[position - 1] as Event;
    const line = `${tenant} ${intent} ${key}`;
    const before = last.get(line);
    expect(position).toBeGreaterThan(before?.position ?? 0);
    expect(n).toBeGreaterThanOrEqual(before?.end ?? 0);
    last.set(line, { position, end: ends.get(trace) ?? Number.POSITIVE_INFINITY });
  }
}
