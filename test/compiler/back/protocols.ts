/** Protocols that the tests of lowering and sealing are written against. */
import type { Texts } from "./typed.ts";

const TEXT = { type: "string" } as const;
const ANY = { type: "object" } as const;
const WITH_ID = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: { id: TEXT },
} as const;

/** A registration that first calls a check of its own. */
export const REGISTRATION: Texts = {
  transforms: [
    {
      kind: "transform",
      code: "CT_IDENTIFY_V0",
      summary: "Gives an id.",
      input: ANY,
      outcomes: { SUCCESS: WITH_ID, REFUSED: ANY },
      implementation: "identify",
      examples: [],
    },
  ],
  effects: [
    {
      kind: "effect",
      code: "CS_ACTORS_V0",
      summary: "Actors.",
      semantics: "registry",
      store: "actors",
      key: TEXT,
      value: ANY,
    },
    {
      kind: "effect",
      code: "CS_AUDIT_V0",
      summary: "What happened.",
      semantics: "stream",
      store: "audit",
      value: ANY,
    },
  ],
  workflows: [
    {
      kind: "workflow",
      code: "WF_CHECK_V0",
      summary: "Checks a record.",
      payload: { type: "object", required: ["record"], properties: { record: ANY } },
      start: "look",
      nodes: {
        look: {
          decide: [{ when: { required: ["name"] }, outcome: "NAMED" }, { otherwise: "NAMELESS" }],
          with: "$.payload.record",
          on: { NAMED: "identify", NAMELESS: "bad" },
        },
        identify: {
          transform: "CT_IDENTIFY_V0",
          with: { data: "$.payload.record" },
          on: { SUCCESS: "good", REFUSED: "bad" },
        },
      },
      exits: {
        good: { outcome: "VALID", result: { id: "$.nodes.identify.id" } },
        bad: { outcome: "INVALID" },
      },
      on_fault: { outcome: "FAULTED" },
    },
    {
      kind: "workflow",
      code: "WF_REGISTER_V0",
      summary: "Registers an actor.",
      payload: { type: "object", required: ["actor"], properties: { actor: ANY } },
      start: "check",
      nodes: {
        check: {
          call: "WF_CHECK_V0",
          with: { record: "$.payload.actor" },
          on: { VALID: "register", INVALID: "refuse" },
        },
        register: {
          effect: "CS_ACTORS_V0",
          op: "REGISTER",
          with: { key: "$.nodes.check.id", value: "$.payload.actor.data?" },
          on: { SUCCESS: "announce", ALREADY_EXISTS: "known" },
        },
        announce: {
          effect: "CS_AUDIT_V0",
          op: "APPEND",
          with: {
            event: { type: "REGISTERED", id: "$.nodes.check.id", by: "$.context.principal" },
          },
          on: { SUCCESS: "registered" },
        },
        refuse: {
          effect: "CS_AUDIT_V0",
          op: "APPEND",
          with: { event: { type: "REFUSED" } },
          on: { SUCCESS: "refused" },
        },
      },
      exits: {
        registered: { outcome: "SUCCESS", result: { id: "$.nodes.check.id" } },
        known: { outcome: "ALREADY_EXISTS", result: { id: "$.nodes.check.id" } },
        refused: { outcome: "REFUSED" },
      },
      on_fault: { outcome: "FAULTED" },
    },
  ],
};
