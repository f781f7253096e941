/** An order that waits, tries again and is undone: all of it in one workflow. */

const REQUEST = `
      type: object
      required: [method, url, body]
      additionalProperties: false
      properties:
        method: { const: POST }
        url: { type: string }
        body: { type: string, x-label: [secret] }`;

const ANSWERS = `
      DONE: { type: object, required: [receipt], properties: { receipt: { type: string } } }
      DECLINED: { type: object }
      UNREACHABLE: { type: object }`;

export const BANK = `
kind: effect
code: CS_BANK_V0
summary: The bank that moves money.
semantics: external
implementation: http-call
settings: { hosts: [bank.example.org] }
clearance: [secret]
operations:
  PAY:
    input:${REQUEST}
    outcomes:${ANSWERS}
    repeat: unsafe
    timeout: PT30S
  REFUND:
    input:${REQUEST}
    outcomes:${ANSWERS}
    repeat: safe
    timeout: PT30S
`;

export const SEATS = `
kind: effect
code: CS_SEATS_V0
summary: Seats that are taken.
semantics: registry
store: seats
key: { type: string }
value: { type: object }
`;

const PAYLOAD = `
  type: object
  required: [seat, card, due]
  additionalProperties: false
  properties:
    seat: { type: string }
    card: { type: string, x-label: [secret] }
    due: { type: string, format: date-time }`;

export const ORDER = `
kind: workflow
code: WF_ORDER_V0
summary: A seat that two people have to agree to.
payload:${PAYLOAD}
start: take
nodes:
  take:
    effect: CS_SEATS_V0
    op: REGISTER
    with: { key: $.payload.seat, value: {} }
    compensate:
      effect: CS_SEATS_V0
      op: REVOKE
      with: { key: $.payload.seat }
      done: [SUCCESS, NOT_FOUND]
    on: { SUCCESS: agree, ALREADY_EXISTS: taken }
  agree:
    await:
      signals:
        APPROVE:
          payload:
            type: object
            required: [note]
            properties: { note: { type: string, x-label: [pii] } }
          people: 2
          not_requester: true
        REJECT: { payload: { type: "null" } }
      deadline: $.payload.due
    on: { APPROVE: pay, REJECT: given_back, TIMEOUT: given_back }
  pay:
    effect: CS_BANK_V0
    op: PAY
    with: { method: POST, url: "https://bank.example.org/payments", body: $.payload.card }
    timeout: PT10S
    retry: { outcomes: [UNREACHABLE], attempts: 4, wait: PT1S, factor: 3 }
    compensate:
      effect: CS_BANK_V0
      op: REFUND
      with: { method: POST, url: "https://bank.example.org/refunds", body: $.nodes.pay.receipt }
      undoes: [DONE]
      done: [DONE]
      retry: { outcomes: [UNREACHABLE, TIMEOUT], attempts: 9, wait: PT1M, wait_max: PT1H }
    on: { DONE: cool, DECLINED: given_back, UNREACHABLE: given_back, IN_DOUBT: unclear }
  cool:
    await: { after: P1DT12H }
    on: { ELAPSED: look }
  look:
    decide:
      - { when: { const: A1 }, outcome: BROKEN }
      - otherwise: FINE
    with: $.payload.seat
    on: { BROKEN: given_back, FINE: sold }
exits:
  sold: { outcome: SUCCESS, result: { by: $.nodes.agree.principals, note: $.nodes.agree.payload.note } }
  taken: { outcome: TAKEN }
  unclear: { outcome: UNCLEAR }
  given_back: { compensate: true, result: { seat: $.payload.seat } }
on_fault: { outcome: FAULTED }
`;

/** The same, undone where it fails and where it is cancelled. */
export const CAREFUL = ORDER.replace("WF_ORDER_V0", "WF_CAREFUL_V0")
  .replace("undoes: [DONE]", "undoes: [DONE, IN_DOUBT]")
  .replace("body: $.nodes.pay.receipt", "body: receipt")
  .replace("on_fault: { outcome: FAULTED }", "on_fault: { compensate: true }")
  .concat("on_cancel: { compensate: true }\n");

/** Calls it, and may fail afterwards. */
export const CALLER = `
kind: workflow
code: WF_CALLER_V0
summary: Calls an order and takes a place besides.
payload:${PAYLOAD}
start: order
nodes:
  order:
    call: WF_CAREFUL_V0
    with: $.payload
    on:
      SUCCESS: place
      TAKEN: taken
      UNCLEAR: taken
      COMPENSATED: nothing
      PARTLY_COMPENSATED: something
  place:
    effect: CS_SEATS_V0
    op: REGISTER
    with: { key: place, value: {} }
    on: { SUCCESS: done, ALREADY_EXISTS: undone }
exits:
  done: { outcome: SUCCESS }
  taken: { outcome: TAKEN }
  nothing: { outcome: NOTHING, result: { seat: $.nodes.order.result.seat } }
  something: { outcome: SOMETHING, result: { stands: $.nodes.order.stands } }
  undone: { compensate: true }
on_fault: { outcome: FAULTED }
`;

export function textOf(...parts: readonly string[]): string {
  return parts.join("---");
}
