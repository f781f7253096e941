/**
 * Makes a workspace of any number of ten-node workflows, as text: domains of fifty, each workflow a
 * file with a payload of its own, transforms, decisions, effects of all three semantics, bindings
 * and exits. The same number always gives the same bytes; no two workflows are alike.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const NODES_EACH = 10;
const WORKFLOWS_A_DOMAIN = 50;

/** Words that names and enumerations are made of. */
const THINGS = ["order", "parcel", "member", "meter", "claim", "ticket", "invoice", "device"];
const PLACES = ["basel", "bern", "chur", "geneva", "lugano", "sion", "zug", "zurich"];

/** Of ten lengths, so that ten to the third names of nodes give a thousand shapes of boxes. */
const ENDINGS = [
  "",
  "_up",
  "_now",
  "_here",
  "_again",
  "_before",
  "_at_once",
  "_together",
  "_somewhere",
  "_afterwards",
];

interface Names {
  readonly size: string;
  readonly lane: string;
  readonly refused: string;
}

/** No two workflows under a thousand draw alike: each has a layout of its own to be made. */
function namesOf(at: number): Names {
  return {
    size: `size${pick(ENDINGS, at)}`,
    lane: `lane${pick(ENDINGS, Math.floor(at / 10))}`,
    refused: `refused${pick(ENDINGS, Math.floor(at / 100))}`,
  };
}

/** The `at`-th of a list, round and round. */
function pick<T>(list: readonly T[], at: number): T {
  return list[at % list.length] as T;
}

function domainText(code: string): string {
  return `kind: domain
code: ${code}
summary: Generated for measuring; fifty workflows and what they write to.
uses: [platform]
`;
}

/** What a domain's workflows share: a schema, and a store of each semantics. */
function contractsText(at: number): string {
  return `kind: schema
code: SC_PLACE_V0
summary: Where something is.
schema:
  type: object
  required: [city, street]
  additionalProperties: false
  properties:
    city: { enum: [${PLACES.slice(0, 3 + (at % 5)).join(", ")}] }
    street: { type: string, minLength: 1, maxLength: ${60 + at} }
    floor: { type: integer, minimum: -3, maximum: 80 }

---
kind: effect
code: CS_RECORDS_V0
summary: Records, each written once.
semantics: registry
store: records
key: { type: string, minLength: 1, maxLength: 128 }
value:
  type: object
  required: [name, place, digest]
  additionalProperties: false
  properties:
    name: { type: string, minLength: 1, maxLength: 80 }
    place: { $ref: SC_PLACE_V0 }
    digest: { type: string }

---
kind: effect
code: CS_EVENTS_V0
summary: What happened, in order.
semantics: stream
store: events
value:
  type: object
  required: [type, id]
  additionalProperties: false
  properties:
    type: { type: string, minLength: 1, maxLength: 64 }
    id: { type: string }
    lane: { type: string }

---
kind: effect
code: CS_COUNTERS_V0
summary: The last record of each name.
semantics: document
store: counters
key: { type: string, minLength: 1, maxLength: 128 }
value:
  type: object
  required: [last]
  additionalProperties: false
  properties:
    last: { type: string }
`;
}

function payloadText(at: number, thing: string): string {
  return `payload:
  type: object
  required: [${thing}, origin]
  additionalProperties: false
  properties:
    origin: { enum: [web, counter, phone] }
    ${thing}:
      type: object
      required: [name, amount_${at}, place]
      additionalProperties: false
      properties:
        name: { type: string, minLength: 1, maxLength: 80 }
        amount_${at}: { type: integer, minimum: 0, maximum: ${1_000_000 + at} }
        place: { $ref: SC_PLACE_V0 }
        note: { type: string, maxLength: 500 }
`;
}

/** The first five nodes: who, whether allowed, how large, by which rules, under which digest. */
function checkNodes(at: number, thing: string): string {
  const { size, refused } = namesOf(at);
  return `  identify:
    transform: platform::CT_CONTENT_ID_V0
    with: { prefix: ${thing.slice(0, 2).toUpperCase()}, data: $.payload.${thing} }
    on: { SUCCESS: known_origin }
  known_origin:
    transform: platform::CT_SET_MEMBERSHIP_V0
    with: { value: $.payload.origin, allowed_set: [web, counter] }
    on: { MEMBER: ${size}, NOT_MEMBER: ${refused} }
  ${size}:
    decide:
      - when: { type: object, properties: { amount: { maximum: ${1_000 + at} } } }
        outcome: SMALL
      - when: { type: object, properties: { amount: { maximum: ${50_000 + at} } } }
        outcome: USUAL
      - otherwise: LARGE
    with: { amount: $.payload.${thing}.amount_${at} }
    on: { SMALL: digest, USUAL: within_rules, LARGE: ${refused} }
  within_rules:
    transform: platform::CT_VALIDATE_RULES_V0
    with:
      parameters:
        amount: $.payload.${thing}.amount_${at}
        city: $.payload.${thing}.place.city
      rules:
        - { field: city, op: ne, value: ${pick(PLACES, at)} }
        - { field: amount, op: lte, value: ${40_000 + at} }
    on: { VALID: digest, INVALID: ${refused} }
  digest:
    transform: platform::CT_CANONICAL_DIGEST_V0
    with: { value: { id: $.nodes.identify.id, place: $.payload.${thing}.place } }
    on: { SUCCESS: register }
`;
}

/** The last five nodes: written once, counted, sorted into a lane, announced in one of two ways. */
function writeNodes(at: number, thing: string): string {
  const { lane } = namesOf(at);
  return `  register:
    effect: CS_RECORDS_V0
    op: REGISTER
    with:
      key: $.nodes.identify.id
      value:
        name: $.payload.${thing}.name
        place: $.payload.${thing}.place
        digest: $.nodes.digest.digest
    on: { SUCCESS: count, ALREADY_EXISTS: known }
  count:
    effect: CS_COUNTERS_V0
    op: PUT
    with: { key: $.payload.${thing}.name, value: { last: $.nodes.identify.id } }
    on: { SUCCESS: ${lane} }
  ${lane}:
    decide:
      - when: { type: object, properties: { origin: { const: web } } }
        outcome: WEB
      - otherwise: DESK
    with: { origin: $.payload.origin }
    on: { WEB: announce_web, DESK: announce_desk }
  announce_web:
    effect: CS_EVENTS_V0
    op: APPEND
    with:
      event: { type: ${thing.toUpperCase()}_KEPT, id: $.nodes.identify.id, lane: web }
    on: { SUCCESS: kept }
  announce_desk:
    effect: CS_EVENTS_V0
    op: APPEND
    with:
      event: { type: ${thing.toUpperCase()}_KEPT, id: $.nodes.register.key, lane: desk }
    on: { SUCCESS: kept }
`;
}

function workflowText(at: number): string {
  const thing = pick(THINGS, at);
  return `kind: workflow
code: ${workflowCode(at)}
summary: Keep a ${thing} of kind ${at}, once, and say so.
${payloadText(at, thing)}start: identify
nodes:
${checkNodes(at, thing)}${writeNodes(at, thing)}exits:
  kept:
    outcome: SUCCESS
    result: { id: $.nodes.identify.id, version: $.nodes.count.version }
  known: { outcome: ALREADY_EXISTS, result: { id: $.nodes.identify.id } }
  ${namesOf(at).refused}: { outcome: REFUSED }
on_fault: { outcome: FAULTED }
`;
}

export function workflowCode(at: number): string {
  return `WF_KEEP_${pick(THINGS, at).toUpperCase()}_${at}_V0`;
}

/** The domain of the `at`-th workflow, and its folder. */
export function areaOf(workspace: string, at: number) {
  const number = Math.floor(at / WORKFLOWS_A_DOMAIN);
  const domain = `area_${number}`;
  return { number, domain, folder: join(workspace, "protocol", "domains", domain) };
}

/** Writes `<workspace>/protocol/domains/…`. Returns the bytes of all texts. */
export function generateWorkspace(workspace: string, workflows: number): number {
  let bytes = 0;
  const write = (folder: string, name: string, text: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    bytes += Buffer.byteLength(text);
  };
  for (let at = 0; at < workflows; at += 1) {
    const { number, domain, folder } = areaOf(workspace, at);
    if (at % WORKFLOWS_A_DOMAIN === 0) {
      write(folder, "domain.yaml", domainText(domain));
      write(folder, "contracts.yaml", contractsText(number));
    }
    write(folder, `keep-${at}.yaml`, workflowText(at));
  }
  return bytes;
}

/**
 * One workflow of `steps` nodes in a line, for what a node costs the machine: every second node is a
 * decision, the others are transforms, each reading what stands in the payload.
 */
export function generateLine(workspace: string, steps: number): void {
  const nodes: string[] = [];
  for (let at = 0; at < steps; at += 1) {
    const next = at + 1 === steps ? "done" : `step_${at + 1}`;
    nodes.push(at % 2 === 0 ? comparison(at, next) : decision(at, next));
  }
  const folder = join(workspace, "protocol", "domains", "lines");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "domain.yaml"), domainText("lines"));
  writeFileSync(join(folder, "line.yaml"), lineText(nodes.join("")));
}

function comparison(at: number, next: string): string {
  return `  step_${at}:
    transform: platform::CT_COMPARE_V0
    with: { left: $.payload.amount, right: ${at} }
    on: { EQUAL: ${next}, DIFFERENT: ${next} }
`;
}

function decision(at: number, next: string): string {
  return `  step_${at}:
    decide:
      - when: { type: object, properties: { amount: { maximum: ${at} } } }
        outcome: SMALL
      - otherwise: LARGE
    with: { amount: $.payload.amount }
    on: { SMALL: ${next}, LARGE: ${next} }
`;
}

function lineText(nodes: string): string {
  return `kind: workflow
code: WF_LINE_V0
summary: Nodes in a line.
payload:
  type: object
  required: [amount]
  additionalProperties: false
  properties:
    amount: { type: integer, minimum: 0, maximum: 1000 }
start: step_0
nodes:
${nodes}exits:
  done: { outcome: SUCCESS }
on_fault: { outcome: FAULTED }
`;
}
