/** A small protocol with an intent, and policies made of parts, for the tests of policies. */
import type { Compilation } from "../../../compiler/compile.ts";
import type { SealedGovernance } from "../../../protocol/language/governance.ts";
import { compiledText } from "../compiled.ts";

export const OPEN = "permit(principal, action, resource);";

const PAYLOAD = `{ type: object, required: [name, age], additionalProperties: false, properties: {
  name: { type: string }, age: { type: integer }, note: { type: string }, sure: { type: boolean },
  email: { type: string, x-label: [pii] }, weight: { type: number },
  tags: { type: array, items: { type: string } },
  home: { type: object, properties: { town: { type: string }, street: { type: string, x-label: [secret] } } } } }`;

export interface Parts {
  readonly payload?: string;
  /** More keys of the domain, each a line. */
  readonly domain?: string;
  /** More keys of the intent, each a line. */
  readonly intent?: string;
  readonly guard?: string;
  readonly manager?: string;
  readonly steward?: string;
  /** More documents. */
  readonly more?: string;
}

/** The Cedar texts stand as blocks. */
export function protocolText(parts: Parts): string {
  const { payload = PAYLOAD, domain = "", intent = "", more = "" } = parts;
  const rules = [
    ["security_guard", "PO_GUARD_V0", parts.guard ?? OPEN],
    ["city_manager", "PO_MANAGER_V0", parts.manager ?? OPEN],
    ["data_steward", "PO_STEWARD_V0", parts.steward ?? OPEN],
  ] as const;
  const policies = rules.map(([role, code, cedar]) =>
    [
      `---\nkind: policy\ncode: ${code}\nsummary: Rules.\nrole: ${role}\nintents: [club.join]`,
      `cedar: |\n${cedar.replace(/^/gm, "  ")}\n`,
    ].join("\n"),
  );
  return `kind: domain
code: example
summary: A club.
${domain}
---
kind: workflow
code: WF_JOIN_V0
summary: Sort who would join by age.
payload: ${payload}
start: sort
nodes:
  sort:
    decide: [{ when: { minimum: 18 }, outcome: ADULT }, { otherwise: CHILD }]
    with: $.payload.age
    on: { ADULT: admitted, CHILD: refused }
exits: { admitted: { outcome: SUCCESS }, refused: { outcome: REFUSED } }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_JOIN_V0
summary: Join the club.
type: club.join
workflow: WF_JOIN_V0
${intent}
${policies.join("")}${more}`;
}

export function compiledOf(parts: Parts): Promise<Compilation> {
  return compiledText(protocolText(parts));
}

/** What is sealed of it; fails the test, with the messages, where it does not compile. */
export async function governanceOf(parts: Parts): Promise<SealedGovernance> {
  const { snapshot, diagnostics } = await compiledOf(parts);
  if (snapshot === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const sealed = (file: string) => JSON.parse(snapshot.files.get(file) ?? "");
  return { intents: sealed("intents.json"), policies: sealed("policies.json") };
}

/** Codes with their places. */
export function findings({ diagnostics }: Compilation): readonly string[] {
  return diagnostics.map(({ code, span }) => `${span.line}:${span.column} ${code}`);
}
