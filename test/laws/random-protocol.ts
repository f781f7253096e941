/**
 * Random well-formed protocols, with payloads that fit them. A workflow is built front to back:
 * each node may lead to any later node, and reads only what every path to it has written, so that
 * it must compile; whether it does is what the tests ask.
 */
import fc from "fast-check";
import type { Json, JsonObject } from "../../protocol/language/json.ts";

/** Numbers in 0..1 that steer every choice; shrinking makes them small, and the workflow simple. */
type Dice = () => number;

export interface RandomProtocol {
  /** A YAML file (JSON documents, which YAML takes) of the domain `random`. */
  readonly text: string;
  readonly workflow: "random::WF_MAIN_V0";
  readonly payloads: readonly Json[];
}

const PAYLOAD: JsonObject = {
  type: "object",
  required: ["name", "amount", "urgent", "tags"],
  additionalProperties: false,
  properties: {
    name: { type: "string", maxLength: 12 },
    amount: { type: "integer", minimum: 0, maximum: 100 },
    urgent: { type: "boolean" },
    tags: { type: "array", maxItems: 4, items: { type: "string", maxLength: 8 } },
    note: { type: "string", maxLength: 20, "x-label": ["pii"] },
  },
};

const ENTRY: JsonObject = {
  type: "object",
  required: ["name", "amount"],
  additionalProperties: false,
  properties: {
    name: { type: "string", maxLength: 12 },
    amount: { type: "integer", minimum: 0, maximum: 100 },
  },
};
const KEY: JsonObject = { type: "string", minLength: 1, maxLength: 200 };

const EFFECTS: readonly JsonObject[] = [
  {
    kind: "effect",
    code: "CS_BOOK_V0",
    summary: "A registry.",
    semantics: "registry",
    store: "book",
    key: KEY,
    value: ENTRY,
  },
  {
    kind: "effect",
    code: "CS_NEWS_V0",
    summary: "A stream.",
    semantics: "stream",
    store: "news",
    value: ENTRY,
  },
  {
    kind: "effect",
    code: "CS_PAGE_V0",
    summary: "Documents.",
    semantics: "document",
    store: "page",
    key: KEY,
    value: ENTRY,
  },
];

const INNER: JsonObject = {
  kind: "workflow",
  code: "WF_INNER_V0",
  summary: "Called by the main workflow.",
  payload: ENTRY,
  start: "size",
  nodes: {
    size: {
      decide: [
        {
          when: { type: "object", required: ["amount"], properties: { amount: { maximum: 50 } } },
          outcome: "SMALL",
        },
        { otherwise: "LARGE" },
      ],
      with: "$.payload",
      on: { SMALL: "small", LARGE: "note" },
    },
    note: {
      effect: "CS_NEWS_V0",
      op: "APPEND",
      with: { event: "$.payload" },
      on: { SUCCESS: "large" },
    },
  },
  exits: {
    small: { outcome: "SMALL", result: { amount: "$.payload.amount" } },
    large: {
      outcome: "LARGE",
      result: { amount: "$.payload.amount", at: "$.nodes.note.position" },
    },
  },
  on_fault: { outcome: "FAULTED" },
};

interface Made {
  readonly node: JsonObject;
  /** Outcomes, and what may be read after each: a path of a string, if there is one. */
  readonly outcomes: readonly { readonly name: string; readonly id: boolean }[];
}

/** What is written on every path to a place: nodes whose output has an `id`. */
type Written = ReadonlySet<string>;

const ENTRY_BINDING = { name: "$.payload.name", amount: "$.payload.amount" };

function makeNode(dice: Dice, written: Written): Made {
  const ids = [...written].map((node) => `$.nodes.${node}.id`);
  const id = ids[Math.floor(dice() * ids.length)];
  const kinds = id === undefined ? FIRST_KINDS : [...OPEN_KINDS, ...KEYED_KINDS, ...KEYED_KINDS];
  const kind = kinds[Math.floor(dice() * kinds.length)] ?? "identify";
  return MAKERS[kind](dice, id ?? "");
}

const OPEN_KINDS = [
  "identify",
  "append",
  "decide",
  "compare",
  "member",
  "read",
  "call",
  "plural",
] as const;
/** Before there is a key, mostly what makes one. */
const FIRST_KINDS = [...OPEN_KINDS, "identify", "identify", "identify", "identify"] as const;
const KEYED_KINDS = ["register", "resolve", "revoke", "put", "get", "remove", "replace"] as const;
type MadeKind = (typeof OPEN_KINDS)[number] | (typeof KEYED_KINDS)[number];

const plain = (...names: string[]) => names.map((name) => ({ name, id: false }));

function keyed(effect: string, op: string, more: JsonObject, outcomes: Made["outcomes"]) {
  return (_dice: Dice, id: string): Made => ({
    node: { effect, op, with: { key: id, ...more } },
    outcomes,
  });
}

const MAKERS: Readonly<Record<MadeKind, (dice: Dice, id: string) => Made>> = {
  identify: (dice) => ({
    node: {
      transform: "platform::CT_CONTENT_ID_V0",
      with: {
        prefix: "R",
        data: dice() < 0.5 ? "$.payload.name" : { of: "$.payload", by: "$.context.tenant" },
      },
    },
    outcomes: [{ name: "SUCCESS", id: true }],
  }),
  append: () => ({
    node: { effect: "CS_NEWS_V0", op: "APPEND", with: { event: ENTRY_BINDING } },
    outcomes: plain("SUCCESS"),
  }),
  read: () => ({
    node: { effect: "CS_NEWS_V0", op: "READ", with: { from: 1, limit: 5 } },
    outcomes: plain("SUCCESS"),
  }),
  decide: (dice) => ({
    node: {
      decide: [
        { when: { type: "integer", maximum: Math.floor(dice() * 100) }, outcome: "LOW" },
        { otherwise: "HIGH" },
      ],
      with: "$.payload.amount",
    },
    outcomes: plain("LOW", "HIGH"),
  }),
  compare: () => ({
    node: {
      transform: "platform::CT_COMPARE_V0",
      with: { left: "$.payload.name", right: "$$.not a path" },
    },
    outcomes: plain("EQUAL", "DIFFERENT"),
  }),
  member: () => ({
    node: {
      transform: "platform::CT_SET_MEMBERSHIP_V0",
      with: { value: "$.payload.name", allowed_set: ["Ada", "Grace", ""] },
    },
    outcomes: plain("MEMBER", "NOT_MEMBER"),
  }),
  plural: () => ({
    node: {
      transform: "platform::CT_CANONICAL_DIGEST_V0",
      with: { value: "$.payload.tags[?length(@) > 2]" },
    },
    outcomes: plain("SUCCESS"),
  }),
  call: () => ({
    node: { call: "WF_INNER_V0", with: ENTRY_BINDING },
    outcomes: plain("SMALL", "LARGE"),
  }),
  register: keyed(
    "CS_BOOK_V0",
    "REGISTER",
    { value: ENTRY_BINDING },
    plain("SUCCESS", "ALREADY_EXISTS"),
  ),
  resolve: keyed("CS_BOOK_V0", "RESOLVE", {}, plain("SUCCESS", "NOT_FOUND")),
  revoke: keyed("CS_BOOK_V0", "REVOKE", {}, plain("SUCCESS", "NOT_FOUND")),
  put: keyed("CS_PAGE_V0", "PUT", { value: ENTRY_BINDING }, plain("SUCCESS")),
  get: keyed("CS_PAGE_V0", "GET", {}, plain("SUCCESS", "NOT_FOUND")),
  remove: keyed("CS_PAGE_V0", "REMOVE", {}, plain("SUCCESS", "NOT_FOUND")),
  replace: keyed(
    "CS_PAGE_V0",
    "REPLACE",
    { value: ENTRY_BINDING, version: 1 },
    plain("SUCCESS", "CONFLICT", "NOT_FOUND"),
  ),
};

/** Builds a workflow of `size` nodes; node `k` is reached from some earlier one. */
function makeWorkflow(dice: Dice, size: number): JsonObject {
  const nodes: Record<string, JsonObject> = {};
  const exits: Record<string, JsonObject> = {};
  const reachedWith = new Map<number, Written>([[0, new Set()]]);
  const meet = (target: number, written: Written) => {
    const known = reachedWith.get(target);
    const both = known === undefined ? written : [...known].filter((node) => written.has(node));
    reachedWith.set(target, new Set(both));
  };
  for (let at = 0; at < size; at++) {
    const written = reachedWith.get(at) ?? new Set<string>();
    const { node, outcomes } = makeNode(dice, written);
    const on: Record<string, string> = {};
    outcomes.forEach(({ name, id }, index) => {
      // The first outcome leads to the next node, so that every node is reached.
      const target = index === 0 ? at + 1 : at + 1 + Math.floor(dice() * (size - at));
      meet(target, id ? new Set([...written, `n${at}`]) : written);
      on[name] = target < size ? `n${target}` : endFor(exits, index, dice);
    });
    if (dice() < 0.2 && node.transform !== undefined) on.FAULT = endFor(exits, 7, dice);
    nodes[`n${at}`] = { ...node, on };
  }
  return {
    kind: "workflow",
    code: "WF_MAIN_V0",
    summary: "A random workflow.",
    payload: PAYLOAD,
    start: "n0",
    nodes,
    exits,
    on_fault: { outcome: "FAULTED" },
  };
}

function endFor(exits: Record<string, JsonObject>, kind: number, dice: Dice): string {
  const name = `end_${kind}`;
  const result = dice() < 0.5 ? { name: "$.payload.name" } : { seen: "$.payload.tags" };
  exits[name] ??= { outcome: `END_${kind}`, result };
  return name;
}

const payload: fc.Arbitrary<Json> = fc
  .record(
    {
      name: fc.oneof(fc.constantFrom("Ada", "Grace", "$.not"), fc.string({ maxLength: 6 })),
      amount: fc.integer({ min: 0, max: 100 }),
      urgent: fc.boolean(),
      tags: fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 }),
      note: fc.string({ maxLength: 10 }),
    },
    { requiredKeys: ["name", "amount", "urgent", "tags"] },
  )
  .map((value) => value as unknown as Json);

/** Without bias: with it, nearly every roll is next to 0, and every workflow the same. */
const roll: fc.Arbitrary<number> = fc.noBias(fc.nat({ max: 9_999 })).map((nat) => nat / 10_000);

export const randomProtocol: fc.Arbitrary<RandomProtocol> = fc
  .record({
    rolls: fc.array(roll, { minLength: 8, maxLength: 60 }),
    size: fc.integer({ min: 1, max: 12 }),
    payloads: fc.array(payload, { minLength: 1, maxLength: 4 }),
  })
  .map(({ rolls, size, payloads }) => {
    let rolled = 0;
    const dice = () => rolls[rolled++ % rolls.length] ?? 0;
    const domain = { kind: "domain", code: "random", summary: "Random.", uses: ["platform"] };
    const documents = [domain, ...EFFECTS, INNER, makeWorkflow(dice, size)];
    return {
      text: documents.map((document) => JSON.stringify(document)).join("\n---\n"),
      workflow: "random::WF_MAIN_V0",
      payloads,
    };
  });
