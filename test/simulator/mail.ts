/**
 * A stream and two who subscribe to it: one notes every event, the other calls the outside with those
 * that ring. What each is to be asked for is said twice: as sealed subscriptions, which the runtime
 * goes by, and in a few plain lines, by which its deliveries are judged.
 */
import type { SealedIntent } from "../../protocol/language/governance.ts";
import type { Graph } from "../../protocol/language/graph.ts";
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { deliveryKey, type SealedSubscription } from "../../protocol/language/subscription.ts";
import { intentOf } from "../runtime/governed.ts";
import { GraphMaker } from "../runtime/protocol.ts";
import { CALL_TIMEOUT_MS } from "./long-graphs.ts";
import type { Random } from "./random.ts";

export const TELL: FullName = "test::WF_MAIL_V0";
const NOTE: FullName = "test::WF_NOTE_V0";
const RING: FullName = "test::WF_RING_V0";

export const MAIL = "test/mail";

/** Longer than who notes can take. */
const LONG_KEY = "Dora";
const KEY_CHARS_MAX = 3;
const RINGS = "rings";

export interface Event {
  readonly key: string;
  readonly kind: string;
  readonly word: number;
}

export function eventFor(random: Random): Json {
  const key = random.pick(["Ada", "Bob", "Cy", LONG_KEY]);
  return { key, kind: random.chance(0.6) ? RINGS : "rests", word: random.below(100) };
}

const PAYLOAD = {
  type: "object",
  required: ["key", "position"],
  additionalProperties: false,
  properties: {
    key: { type: "string", maxLength: KEY_CHARS_MAX },
    position: { type: "integer" },
    word: { type: "integer" },
  },
} as const;

function tellGraph(): Graph {
  const input = { object: [["event", { read: [0] }]] } as const;
  return new GraphMaker(TELL, { type: "object" })
    .effect(
      "tell",
      { semantics: "stream", store: MAIL, operation: "APPEND", input },
      { SUCCESS: "told" },
    )
    .exit("told", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

function noteGraph(): Graph {
  const input = { object: [["event", { read: [0] }]] } as const;
  return new GraphMaker(NOTE, PAYLOAD)
    .effect(
      "note",
      { semantics: "stream", store: "test/notes", operation: "APPEND", input },
      { SUCCESS: "noted" },
    )
    .exit("noted", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

function ringGraph(): Graph {
  return new GraphMaker(RING, PAYLOAD)
    .external(
      "ring",
      {
        implementation: "outside",
        input: { read: [0] },
        repeat: "safe",
        outcomes: { SUCCESS: { type: "integer" }, DECLINED: true },
        timeoutMs: CALL_TIMEOUT_MS,
      },
      { SUCCESS: "rung", DECLINED: "declined", TIMEOUT: "lost" },
    )
    .exit("rung", "SUCCESS")
    .exit("declined", "DECLINED")
    .exit("lost", "LOST")
    .exit("on_fault", "FAULTED")
    .cancellable()
    .graph();
}

export const mailGraphs = (): readonly Graph[] => [tellGraph(), noteGraph(), ringGraph()];

const WANTED: JsonObject = { properties: { kind: { const: RINGS } } };

const subscription = (when: SealedSubscription["when"]): SealedSubscription => ({
  stream: "test::CS_MAIL_V0",
  store: MAIL,
  event: { type: "object", required: ["key"] },
  seal: [],
  when,
  key: { read: [0, "key"] },
  payload: {
    object: [
      ["key", { read: [0, "key"] }],
      ["position", { read: [1] }],
      ["word", { read: [0, "word"] }],
    ],
  },
});

const note = intentOf("post.note", NOTE, { subscribes: subscription(null) });
const ring = intentOf("post.ring", RING, { subscribes: subscription(WANTED) });

export const SUBSCRIBERS: readonly SealedIntent[] = Object.freeze([note, ring]);

/** One event for one subscriber, in words of its own. */
export interface Due {
  readonly intent: string;
  readonly key: string;
  /** Events of one line come one after the other. */
  readonly line: string;
  readonly payload: Json;
  /** It is told to be refused, and that stands in the record. */
  readonly refused: boolean;
}

/** What is due for an event at a position. */
export function dueFor({ key: line, kind, word }: Event, position: number): readonly Due[] {
  const wanted = kind === RINGS ? SUBSCRIBERS : [note];
  return wanted.map(({ type: intent, intent: name }) => ({
    intent,
    key: deliveryKey(name, position),
    line,
    payload: { key: line, position, word },
    refused: line.length > KEY_CHARS_MAX,
  }));
}
