/**
 * A protocol whose work fans out to the outside: a flight and a hotel are booked side by side, which
 * must not happen twice, then several things are asked for at a time, some of them again; where one is
 * never told, what was booked is given back.
 */
const TEXT = "{ type: string, maxLength: 20 }";

function desk(code: string, port: number, path: string, repeat: "safe" | "unsafe"): string {
  return `
kind: effect
code: ${code}
summary: A desk that answers ${path}.
semantics: external
implementation: http-call
settings: { hosts: ["127.0.0.1:${port}"], insecure: true, private: true }
operations:
  ASK:
    input: { type: object, required: [method, url, headers, body], additionalProperties: false, properties: { method: { const: POST }, url: { const: "http://127.0.0.1:${port}/${path}" }, headers: { const: {} }, body: ${TEXT} } }
    outcomes:
      RESPONSE: { type: object }
      UNREADABLE: { type: object }
      REFUSED: { type: object }
      UNREACHABLE: { type: object }
    repeat: ${repeat}
    timeout: PT1M
---`;
}

export function tripsText(port: number): string {
  const asking = (path: string) =>
    `{ method: POST, url: "http://127.0.0.1:${port}/${path}", headers: {}, body: $.payload.what }`;
  const what = `{ type: object, required: [what], additionalProperties: false, properties: { what: ${TEXT} } }`;
  return `
kind: domain
code: trips
summary: Trips that are booked.
---${desk("CS_ASK_V0", port, "ask", "safe")}${desk("CS_BOOK_V0", port, "book", "unsafe")}${desk("CS_UNBOOK_V0", port, "unbook", "safe")}
kind: workflow
code: WF_BOOK_V0
summary: Book something, once.
payload: ${what}
start: book
nodes:
  book:
    effect: CS_BOOK_V0
    op: ASK
    with: ${asking("book")}
    compensate:
      effect: CS_UNBOOK_V0
      op: ASK
      with: ${asking("unbook")}
      undoes: [RESPONSE, UNREADABLE, IN_DOUBT]
      done: [RESPONSE]
      retry: { outcomes: [UNREADABLE], attempts: 3, wait: PT0.3S }
    on: { RESPONSE: booked, UNREADABLE: lost, REFUSED: lost, UNREACHABLE: lost, IN_DOUBT: lost }
exits:
  booked: { outcome: BOOKED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_ASK_V0
summary: Ask for something, again where it is not understood.
payload: ${what}
start: ask
nodes:
  ask:
    effect: CS_ASK_V0
    op: ASK
    with: ${asking("ask")}
    retry: { outcomes: [UNREADABLE], attempts: 3, wait: PT0.3S, factor: 2 }
    irreversible: true
    pivot: true
    on: { RESPONSE: told, UNREADABLE: lost, REFUSED: lost, UNREACHABLE: lost, TIMEOUT: lost }
exits:
  told: { outcome: TOLD }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_TRIP_V0
summary: Book both, ask for each, and give back where something stays unknown.
payload: { type: object, required: [items], additionalProperties: false, properties: { items: { type: array, minItems: 1, items: ${TEXT} } } }
start: both
nodes:
  both:
    parallel:
      flight: { call: WF_BOOK_V0, with: { what: flight }, succeed: [BOOKED] }
      hotel: { call: WF_BOOK_V0, with: { what: hotel }, succeed: [BOOKED] }
    on: { SUCCESS: each, FAILED: taken_back }
  each:
    map: $.payload.items
    max: 4
    concurrency: 3
    call: WF_ASK_V0
    with: { what: $.item }
    succeed: [TOLD]
    collect: true
    on: { SUCCESS: booked, FAILED: taken_back, VIOLATION: taken_back }
exits:
  booked: { outcome: SUCCESS, result: $.nodes.each.results }
  taken_back: { compensate: true }
on_fault: { outcome: FAULTED }
on_cancel: { compensate: true }
---
kind: workflow
code: WF_WORD_V0
summary: Wait for a word.
payload: ${what}
start: word
nodes:
  word:
    await: { signals: { GO: { payload: ${what} } }, deadline: P1D }
    on: { GO: said, TIMEOUT: lost }
exits:
  said: { outcome: SAID, result: $.nodes.word.payload.what }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_MIXED_V0
summary: Ask, while a word is waited for.
payload: ${what}
start: both
nodes:
  both:
    parallel:
      word: { call: WF_WORD_V0, with: { what: $.payload.what }, succeed: [SAID] }
      ask: { call: WF_ASK_V0, with: { what: $.payload.what }, succeed: [TOLD] }
    on: { SUCCESS: done, FAILED: lost }
exits:
  done: { outcome: SUCCESS, result: $.nodes.both.word.result }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_UNTIL_V0
summary: Wait for a time.
payload: { type: object, required: [at], additionalProperties: false, properties: { at: { type: string, format: date-time } } }
start: pause
nodes:
  pause:
    await: { until: $.payload.at }
    on: { ELAPSED: done, VIOLATION: far }
exits:
  done: { outcome: DONE }
  far: { outcome: FAR }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_ALL_UNTIL_V0
summary: Wait for several times at once.
payload: { type: object, required: [times], additionalProperties: false, properties: { times: { type: array, minItems: 1, maxItems: 5, items: { type: string, format: date-time } } } }
start: each
nodes:
  each:
    map: $.payload.times
    max: 5
    concurrency: 5
    call: WF_UNTIL_V0
    with: { at: $.item }
    succeed: [DONE]
    on: { SUCCESS: done, FAILED: far }
exits:
  done: { outcome: DONE }
  far: { outcome: FAR }
on_fault: { outcome: FAULTED }
`.trimStart();
}
