/**
 * The ten steps as an XState v5 machine: eight invoked promises, two guarded choices. After every
 * transition the actor's persisted snapshot is written to SQLite, so that an interrupted execution
 * could go on; the two inserts are transactions of their own.
 */
import { assign, createActor, fromPromise, setup, toPromise } from "xstate";
import type { Contender } from "../contender.ts";
import {
  assemble,
  digest,
  identify,
  isFast,
  isKnownCurrency,
  isUsualSize,
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
  readonly receipt: string;
}

const EMPTY = { order_id: "", record: {}, digest: "", receipt: "" };

/** A step as an invoked promise over the machine's context. */
function step<T>(body: (data: Data) => T) {
  return fromPromise<T, Data>(async ({ input }) => body(input));
}

function stepsOf(store: PeerStore) {
  return {
    identify: step((data) => identify(data.order)),
    known_currency: step((data) => isKnownCurrency(data.order)),
    within_rules: step((data) => keepsRules(data.order)),
    assemble: step((data) => assemble(data.order, data.order_id)),
    digest: step((data) => digest(data.record)),
    store: step((data) =>
      store.insertOrder(data.order_id, { order: data.order, digest: data.digest }),
    ),
    announce: step((data) =>
      store.insertEvent({
        type: "ORDER_ACCEPTED",
        order_id: data.order_id,
        priority: isFast(data.order) ? "fast" : "normal",
      }),
    ),
    receipt: step((data) => receipt(data.order_id, data.digest)),
  };
}

/** The context is each step's input. */
const input = ({ context }: { context: Data }) => context;

/** A state that invokes a step of its own name and keeps the answer in a member of the context. */
function keeping(src: string, member: keyof Data, target: string) {
  const kept = assign({ [member]: ({ event }: { event: { output: unknown } }) => event.output });
  return { invoke: { src, input, onDone: { target, actions: kept } } };
}

/** A state whose step answers yes or no. */
function asking(src: string, target: string) {
  const yes = ({ event }: { event: { output: boolean } }) => event.output;
  return { invoke: { src, input, onDone: [{ guard: yes, target }, { target: "refused" }] } };
}

function choosing(test: (order: Order) => boolean, target: string, otherwise: string) {
  const guard = ({ context }: { context: Data }) => test(context.order);
  return { always: [{ guard, target }, { target: otherwise }] };
}

const STATES = {
  identify: keeping("identify", "order_id", "known_currency"),
  known_currency: asking("known_currency", "size"),
  size: choosing(isUsualSize, "within_rules", "refused"),
  within_rules: asking("within_rules", "assemble"),
  assemble: keeping("assemble", "record", "digest"),
  digest: keeping("digest", "digest", "store"),
  store: { invoke: { src: "store", input, onDone: "lane" } },
  lane: choosing(isFast, "announce_fast", "announce"),
  announce: { invoke: { src: "announce", input, onDone: "receipt" } },
  announce_fast: { invoke: { src: "announce", input, onDone: "receipt" } },
  receipt: keeping("receipt", "receipt", "accepted"),
  accepted: { type: "final" },
  refused: { type: "final" },
};

function machineOf(store: PeerStore) {
  return setup({
    types: {} as { context: Data; input: Order; output: Data },
    actors: stepsOf(store),
  }).createMachine({
    id: "accept_order",
    initial: "identify",
    context: ({ input: order }) => ({ order, ...EMPTY }),
    output: input,
    states: STATES as never,
  });
}

export const xstate: Contender = {
  name: "XState 5.33.3, persisted each step",
  note: "snapshot written after each transition, inserts beside it; each commit flushes",
  open: async ({ folder }) => {
    const store = openPeerStore(`${folder}/peer.db`);
    const machine = machineOf(store);
    return {
      execute: async (n) => {
        const actor = createActor(machine, { input: orderOf(n) });
        actor.subscribe(() => store.persist(String(n), actor.getPersistedSnapshot()));
        actor.start();
        const { receipt: given } = await toPromise(actor);
        if (given === "") throw new Error(`order ${n} was not accepted`);
      },
      flushes: store.commits,
      close: async () => store.close(),
    };
  },
};
