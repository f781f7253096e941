/**
 * Makes a workspace with one intent and any number of policies about it, as text: each policy a
 * document of one statement, scopes and conditions of several kinds, all of which are asked.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../protocol/language/json.ts";

export const GOVERNED_INTENT = "trade.place_order";
/** Its policies read nothing of a payload. */
export const PLAIN_INTENT = "trade.look_around";
export const ROLES = ["clerk", "trader", "auditor", "porter", "guest"];
const KINDS = 13;

/** `count` policies of the Security Guard, one of each other role. */
export function writeGovernedWorkspace(workspace: string, count: number): void {
  const folder = join(workspace, "protocol", "domains", "trade");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "trade.yaml"), TRADE);
  for (let at = 0; at < count; at += 1) {
    const text = policyText(`PO_GUARD_${at}_V0`, "security_guard", statementOf(at));
    writeFileSync(join(folder, `guard-${at}.yaml`), text);
  }
  for (const role of ["city_manager", "data_steward"]) {
    const cedar =
      'permit(principal, action, resource) unless { context.labels.contains("secret") };';
    const text = policyText(`PO_${role.toUpperCase()}_V0`, role, cedar);
    writeFileSync(join(folder, `${role}.yaml`), text);
  }
  for (const role of ["security_guard", "city_manager", "data_steward"]) {
    const cedar = 'permit(principal in Role::"trader", action, resource == Tenant::"town");';
    const text = policyText(`PO_PLAIN_${role.toUpperCase()}_V0`, role, cedar, PLAIN_INTENT);
    writeFileSync(join(folder, `plain-${role}.yaml`), text);
  }
}

/** A request that the first policy permits and no policy forbids; each differs from the others. */
export function requestPayload(at: number): JsonObject {
  return {
    amount: 1_000 + (at % 9_000),
    kind: `k${at % KINDS}`,
    name: `order ${at}`,
    tags: [`t${at % 50}`, "new"],
  };
}

function statementOf(at: number): string {
  const role = ROLES[at % ROLES.length];
  if (at === 0) return "permit(principal, action, resource) when { context.payload.amount >= 0 };";
  switch (at % 4) {
    case 0:
      return `permit(principal in Role::"${role}", action, resource) when { context.payload.amount < ${at} && context.payload.kind == "k${at % KINDS}" };`;
    case 1:
      return `forbid(principal, action, resource) when { context.payload.amount * 2 > ${1_000_000 + at} && principal.identity != "runtime" };`;
    case 2:
      return `permit(principal, action, resource == Tenant::"town${at}") when { context.payload.tags.contains("t${at}") };`;
    default:
      return `forbid(principal == Principal::"p${at}", action, resource) unless { context.payload.name like "x*${at}" };`;
  }
}

function policyText(code: string, role: string, cedar: string, about = GOVERNED_INTENT): string {
  return `kind: policy
code: ${code}
summary: Generated for measuring.
role: ${role}
intents: [${about}]
cedar: |
  ${cedar}
`;
}

const TRADE = `kind: domain
code: trade
summary: Generated for measuring; one intent that many policies are about.
roles: [${ROLES.join(", ")}]
---
kind: workflow
code: WF_PLACE_ORDER_V0
summary: Sort an order by its amount.
payload:
  type: object
  required: [amount, kind, name, tags]
  additionalProperties: false
  properties:
    amount: { type: integer, minimum: 0 }
    kind: { type: string }
    name: { type: string }
    tags: { type: array, items: { type: string } }
start: sort
nodes:
  sort:
    decide:
      - { when: { minimum: 5000 }, outcome: LARGE }
      - otherwise: SMALL
    with: $.payload.amount
    on: { LARGE: large, SMALL: small }
exits:
  large: { outcome: SUCCESS }
  small: { outcome: SUCCESS }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_PLACE_ORDER_V0
summary: Place an order.
type: ${GOVERNED_INTENT}
workflow: WF_PLACE_ORDER_V0
---
kind: intent
code: IN_LOOK_AROUND_V0
summary: The same, for whom nothing of it matters.
type: ${PLAIN_INTENT}
workflow: WF_PLACE_ORDER_V0
`;
