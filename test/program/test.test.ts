/** Authored cases and runs made from paths, as an author meets them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, freshFolder, pgs } from "./cli.ts";

const PROTOCOL = `kind: domain
code: example
summary: An example.
---
kind: effect
code: CS_CLAIMS_V0
summary: Claims, with what became of them.
semantics: registry
store: claims
key: { type: string }
value: { type: object }
---
kind: workflow
code: WF_CLAIM_V0
summary: Keep a claim; a large one when two people approved it.
payload:
  type: object
  required: [claim, euros]
  additionalProperties: false
  properties:
    claim: { type: string, maxLength: 100 }
    euros: { type: integer, minimum: 1, x-label: [pii] }
start: sort
nodes:
  sort:
    decide:
      - { when: { maximum: 100 }, outcome: SMALL }
      - otherwise: LARGE
    with: $.payload.euros
    on: { SMALL: keep, LARGE: approve }
  approve:
    await:
      signals:
        APPROVE: { payload: { type: object }, people: 2, not_requester: true }
        REJECT: { payload: { type: object, required: [why], properties: { why: { type: string } } } }
      deadline: P30D
    on: { APPROVE: keep, REJECT: rejected, TIMEOUT: late }
  keep:
    effect: CS_CLAIMS_V0
    op: REGISTER
    with: { key: $.payload.claim, value: { paid: true } }
    on: { SUCCESS: kept, ALREADY_EXISTS: known }
exits:
  kept: { outcome: SUCCESS, result: { claim: $.payload.claim } }
  known: { outcome: KNOWN }
  rejected: { outcome: REJECTED, result: { why: $.nodes.approve.payload.why } }
  late: { outcome: LATE }
on_fault: { outcome: FAULTED }
---
kind: invariant
code: AS_APPROVED_V0
summary: What is large is approved before it is kept.
workflows: [WF_CLAIM_V0]
never:
  first: { node: approve, outcome: TIMEOUT }
  then: { effect: CS_CLAIMS_V0 }
`;

const CASES = `---
kind: test
code: TS_CLAIM_V0
summary: How claims go.
workflow: WF_CLAIM_V0
cases:
`;

const GOOD = `
  - name: a small one
    payload: { claim: a, euros: 5 }
    path: [{ sort: SMALL }, { keep: SUCCESS }]
    outcome: SUCCESS
    result: { claim: a }
  - name: approved by two
    payload: { claim: a, euros: 500 }
    answers: { approve: [{ outcome: APPROVE }] }
    outcome: SUCCESS
  - name: rejected, with a reason
    payload: { claim: a, euros: 500 }
    answers: { approve: [{ outcome: REJECT, output: { why: too much } }] }
    outcome: REJECTED
    result: { why: too much }
  - name: nobody said anything
    payload: { claim: a, euros: 500 }
    answers: { approve: [{ outcome: TIMEOUT }] }
    path: [{ sort: LARGE }, { approve: TIMEOUT }]
    outcome: LATE
  - name: known, as the store says
    payload: { claim: a, euros: 5 }
    answers: { keep: [{ outcome: ALREADY_EXISTS, output: { key: a, value: {} } }] }
    outcome: KNOWN
`;

function workspaceWith(cases: string, protocol = PROTOCOL): string {
  const folder = freshFolder();
  mkdirSync(join(folder, "protocol/domains/example"), { recursive: true });
  const text = cases === "" ? protocol : `${protocol}${CASES}${cases}`;
  writeFileSync(join(folder, "protocol/domains/example/example.yaml"), text);
  return folder;
}

function tested(folder: string, ...more: string[]) {
  return pgs(["test", "--workspace", folder, ...more]);
}

test("cases that go as expected pass, and every path is driven", () => {
  const folder = workspaceWith(GOOD);
  const before = filesIn(folder);
  const { code, out, err } = tested(folder);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^ok +a small one protocol\/domains\/example\/example.yaml:\d+$/m);
  expect(out).toMatch(/^example::WF_CLAIM_V0 +6 +6 +7 of 7 +\d+ *$/m);
  expect(out).toContain("as expected: 5 cases");
  expect(filesIn(folder)).toEqual(before);
});

test("the document counts paths and edges, and says what was found", () => {
  expect(tested(workspaceWith(GOOD), "--json").json()).toMatchObject({
    ok: true,
    cases: [
      {
        name: "a small one",
        problems: [],
        found: {
          path: [
            { node: "sort", outcome: "SMALL" },
            { node: "keep", outcome: "SUCCESS" },
          ],
          exit: "kept",
          outcome: "SUCCESS",
          result: { claim: "a" },
        },
      },
      {},
      {},
      {},
      {},
    ],
    goldens: [{ state: "missing" }],
    workflows: [
      {
        workflow: "example::WF_CLAIM_V0",
        complete: true,
        paths: { driven: 6, feasible: "6", declared: "6" },
        edges: { driven: 7, declared: 7, missing: [] },
      },
    ],
  });
});

test("a case that goes another way fails, with both paths side by side", () => {
  const wrong = `
  - name: a large one
    payload: { claim: a, euros: 500 }
    answers: { approve: [{ outcome: TIMEOUT }] }
    path: [{ sort: LARGE }, { approve: APPROVE }, { keep: SUCCESS }]
    outcome: LATE
`;
  const { code, out } = tested(workspaceWith(wrong), "--no-paths");
  expect(code).toBe(3);
  expect(out).toMatch(/^FAILS +a large one /m);
  expect(out).toMatch(/^ +≠ +approve: APPROVE +approve: TIMEOUT$/m);
  expect(out).toMatch(/^ +≠ +keep: SUCCESS +–$/m);
  expect(out).toContain("not as expected: 1 of 1 case");
});

const WRONG: readonly (readonly [what: string, text: string, told: RegExp])[] = [
  [
    "an outcome with which no path ends",
    "payload: { claim: a, euros: 5 }\n    outcome: SUCESS",
    /no path ends in SUCESS, so this can never happen\. Did you mean `SUCCESS`\?/,
  ],
  [
    "a node that there is not",
    "payload: { claim: a, euros: 5 }\n    path: [{ sort: SMALL }, { kep: SUCCESS }]\n    outcome: SUCCESS",
    /there is no node `kep`\. Did you mean `keep`\?/,
  ],
  [
    "an outcome that a node never has",
    "payload: { claim: a, euros: 5 }\n    path: [{ sort: SMAL }, { keep: SUCCESS }]\n    outcome: SUCCESS",
    /`sort` never ends in SMAL\. Did you mean `SMALL`\?/,
  ],
  [
    "steps that never follow each other",
    "payload: { claim: a, euros: 500 }\n    answers: { approve: [{ outcome: TIMEOUT }] }\n    path: [{ sort: LARGE }, { keep: SUCCESS }]\n    outcome: LATE",
    /`sort` LARGE leads to `approve`, and never to `keep`/,
  ],
  [
    "an answer that is missing",
    "payload: { claim: a, euros: 500 }\n    outcome: SUCCESS",
    /no answer is given for `approve`/,
  ],
  [
    "an answer that nobody asks for",
    "payload: { claim: a, euros: 5 }\n    answers: { approve: [{ outcome: APPROVE }] }\n    outcome: SUCCESS",
    /nothing asked for the answer that is given for `approve`/,
  ],
  [
    "a payload that does not fit",
    "payload: { claim: a, euros: 0 }\n    outcome: SUCCESS",
    /the payload does not fit: \/euros /,
  ],
  [
    "a signal whose payload does not fit",
    "payload: { claim: a, euros: 500 }\n    answers: { approve: [{ outcome: REJECT, output: {} }] }\n    outcome: REJECTED",
    /what is told to `approve` does not fit/,
  ],
  [
    "another result",
    "payload: { claim: a, euros: 5 }\n    outcome: SUCCESS\n    result: { claim: b }",
    /expected the result \{"claim":"b"\}, found \{"claim":"a"\}/,
  ],
];

test.each(WRONG)("%s is told so", (_, text, told) => {
  const { code, out } = tested(workspaceWith(`\n  - name: one\n    ${text}\n`), "--no-paths");
  expect(out).toMatch(told);
  expect(code).toBe(3);
});

test("what the cases came to is kept when asked for, and compared from then on", () => {
  const folder = workspaceWith(GOOD);
  const golden = join(folder, "protocol/domains/example/TS_CLAIM_V0.golden.json");
  expect(tested(folder).out).toContain("not kept");
  expect(tested(folder, "--update").code).toBe(0);
  expect(JSON.parse(readFileSync(golden, "utf8"))).toMatchObject({
    test: "example::TS_CLAIM_V0",
    cases: [
      { name: "a small one", path: ["sort: SMALL", "keep: SUCCESS"], exit: "kept" },
      {},
      {},
      {},
      {},
    ],
  });
  expect(tested(folder).code).toBe(0);
  const file = join(folder, "protocol/domains/example/example.yaml");
  const changed = readFileSync(file, "utf8").replace(
    "late: { outcome: LATE }",
    "late: { outcome: LATE, result: 1 }",
  );
  writeFileSync(file, changed);
  const { code, out } = tested(folder);
  expect(code).toBe(3);
  expect(out).toContain("DIFFERS protocol/domains/example/TS_CLAIM_V0.golden.json");
  expect(tested(folder, "--update").code).toBe(0);
  expect(tested(folder).code).toBe(0);
});

test("an invariant that does not hold refuses the protocol, with the path that breaks it", () => {
  const broken = PROTOCOL.replace("TIMEOUT: late }", "TIMEOUT: keep }").replace(
    "  late: { outcome: LATE }\n",
    "",
  );
  const { code, out, err } = pgs(["compile", "--check", workspaceWith("", broken)]);
  expect([code, out.includes("error")]).toEqual([3, expect.any(Boolean)]);
  expect(`${out}${err}`).toContain("proofs/never");
  expect(`${out}${err}`).toMatch(/`sort` LARGE → `approve` TIMEOUT → `keep` \w+ → `\w+`/);
  expect(tested(workspaceWith("", broken)).code).toBe(3);
});

test("an invariant that holds is named in the manifest", () => {
  const folder = workspaceWith("");
  expect(pgs(["compile", folder]).code).toBe(0);
  const current = readFileSync(join(folder, "snapshots/current"), "utf8").trim();
  const manifest = JSON.parse(
    readFileSync(join(folder, "snapshots", current, "manifest.json"), "utf8"),
  );
  expect(manifest.invariants).toEqual(["example::AS_APPROVED_V0"]);
  const proofs = JSON.parse(
    readFileSync(join(folder, "snapshots", current, "proofs.json"), "utf8"),
  );
  expect(proofs.invariants).toMatchObject([
    { invariant: "example::AS_APPROVED_V0", law: "never", workflows: ["example::WF_CLAIM_V0"] },
  ]);
  // As it was authored, for whoever compares two snapshots.
  expect(proofs.invariants[0].says).toBeDefined();
});

test("where a labelled field ends up is shown, by the ways that it decides as well", () => {
  const folder = workspaceWith("");
  expect(pgs(["compile", folder]).code).toBe(0);
  const shown = pgs(["flow", "WF_CLAIM_V0", "--workspace", folder]);
  expect(shown.code).toBe(0);
  expect(shown.out).toMatch(/^\$\.payload\.euros \(pii\)$/m);
  expect(shown.out).toMatch(/^decided on at +sort/m);
  expect(shown.out).toMatch(/^depends +rejected +result REJECTED$/m);
  const asked = pgs([
    "flow",
    "WF_CLAIM_V0",
    "$.payload.claim",
    "--workspace",
    folder,
    "--json",
  ]).json();
  expect(asked).toMatchObject({
    flows: [
      {
        source: "$.payload.claim",
        ends: expect.arrayContaining([
          { kind: "store", to: "example/claims", node: "keep", explicit: true, implicit: false },
        ]),
      },
    ],
  });
  const wrong = pgs(["flow", "WF_CLAIM_V0", "$.payload.clam", "--workspace", folder]);
  expect([wrong.code, wrong.err.includes("is no place of")]).toEqual([2, true]);
});
