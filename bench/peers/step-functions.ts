/**
 * The ten steps as Amazon States Language on aws-local-stepfunctions: eight tasks answered by local
 * handlers, two choices. The engine itself keeps nothing; only the two inserts are durable.
 */
import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import type { Contender } from "../contender.ts";
import {
  assemble,
  digest,
  identify,
  isKnownCurrency,
  keepsRules,
  type Order,
  orderOf,
  receipt,
} from "../ten-steps.ts";
import { openPeerStore, type PeerStore } from "./store.ts";

interface Data {
  readonly order: Order;
  readonly order_id: string;
  readonly record: Record<string, unknown>;
  readonly digest: string;
}

/** A task whose result becomes the member `result` of the state's data. */
function task(result: string, next: string | null) {
  return {
    Type: "Task",
    Resource: "arn:aws:lambda:eu-central-1:123456789012:function:step",
    ResultPath: `$.${result}`,
    ...(next === null ? { End: true } : { Next: next }),
  };
}

const DEFINITION = {
  StartAt: "identify",
  States: {
    identify: task("order_id", "known_currency"),
    known_currency: task("currency_known", "size"),
    size: {
      Type: "Choice",
      Choices: [
        { Variable: "$.order.total_cents", NumericLessThanEquals: 1_000_000, Next: "within_rules" },
      ],
      Default: "refused",
    },
    within_rules: task("within_rules", "assemble"),
    assemble: task("record", "digest"),
    digest: task("digest", "store"),
    store: task("stored", "lane"),
    lane: {
      Type: "Choice",
      Choices: [{ Variable: "$.order.tier", StringEquals: "premium", Next: "announce_fast" }],
      Default: "announce",
    },
    announce: task("announced", "receipt"),
    announce_fast: task("announced", "receipt"),
    receipt: task("receipt", null),
    refused: { Type: "Fail", Error: "REFUSED" },
  },
} as unknown as StateMachineDefinition;

function handlersOf(store: PeerStore) {
  const announce = (priority: string) => (data: Data) => {
    store.insertEvent({ type: "ORDER_ACCEPTED", order_id: data.order_id, priority });
    return true;
  };
  return {
    identify: (data: Data) => identify(data.order),
    known_currency: (data: Data) => isKnownCurrency(data.order),
    within_rules: (data: Data) => keepsRules(data.order),
    assemble: (data: Data) => assemble(data.order, data.order_id),
    digest: (data: Data) => digest(data.record),
    store: (data: Data) => {
      store.insertOrder(data.order_id, { order: data.order, digest: data.digest });
      return true;
    },
    announce: announce("normal"),
    announce_fast: announce("fast"),
    receipt: (data: Data) => receipt(data.order_id, data.digest),
  };
}

/** The peer needs Node 22 for this one function; on Node 20 it gets it from here. */
function completePromise(): void {
  const promise = Promise as unknown as { withResolvers?: unknown };
  promise.withResolvers ??= <T>() => {
    let resolve: (value: T) => void = () => undefined;
    let reject: (reason: unknown) => void = () => undefined;
    const made = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise: made, resolve, reject };
  };
}

export const stepFunctions: Contender = {
  name: "aws-local-stepfunctions 3.0.0",
  note: "keeps no progress: after a crash it starts over; two autocommitted inserts",
  open: async ({ folder }) => {
    completePromise();
    const store = openPeerStore(`${folder}/peer.db`);
    const machine = new StateMachine(DEFINITION, {});
    const overrides = { taskResourceLocalHandlers: handlersOf(store) as never };
    return {
      execute: async (n) => {
        const run = machine.run({ order: orderOf(n) } as never, { overrides });
        const { receipt: given } = (await run.result) as unknown as { receipt?: string };
        if (given === undefined) throw new Error(`order ${n} was not accepted`);
      },
      flushes: store.commits,
      close: async () => store.close(),
    };
  },
};
