/**
 * A small workspace in which who may do what depends on who asks and on what is asked: letters of one
 * kind are for everybody, others for clerks; nobody runs a workflow by its name. For tests of what
 * bad input gets.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerRecord } from "../../protocol/language/records.ts";
import { compiledOnce, pgs, type Ran } from "./cli.ts";

const DESK = `
kind: domain
code: desk
summary: A desk at which letters are taken.
roles: [clerk]
---
kind: effect
code: CS_LETTERS_V0
summary: Letters, as they came in.
semantics: stream
store: letters
value: { type: object, required: [kind], properties: { kind: { type: string, maxLength: 40 } } }
---
kind: workflow
code: WF_TAKE_V0
summary: Take a letter.
payload:
  type: object
  required: [kind]
  properties:
    kind: { type: string, maxLength: 40 }
    weight: { type: integer }
start: take
nodes:
  take:
    effect: CS_LETTERS_V0
    op: APPEND
    with: { event: $.payload }
    on: { SUCCESS: taken }
exits:
  taken: { outcome: SUCCESS, result: { position: $.nodes.take.position } }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_HAND_IN_V0
summary: Hand in a letter.
type: desk.hand_in
workflow: WF_TAKE_V0
---
kind: intent
code: IN_FILE_V0
summary: File a letter, for clerks.
type: desk.file
workflow: WF_TAKE_V0
requires: { roles: [clerk] }
---
kind: policy
code: PO_DESK_V0
summary: Light letters of a known kind from everybody, all letters from clerks.
role: security_guard
intents: [desk.hand_in, desk.file]
cedar: |
  permit(principal in Role::"clerk", action, resource);
  permit(principal, action == Action::"desk.hand_in", resource)
  when { context.payload.kind == "caf\u00e9" };
  forbid(principal, action, resource)
  when { context.payload has weight && context.payload.weight > 100 };
---
kind: policy
code: PO_DESK_TENANTS_V0
summary: The desk stands in the tenant of the house.
role: city_manager
intents: [desk.hand_in, desk.file]
cedar: |
  permit(principal, action, resource == Tenant::"house");
---
kind: policy
code: PO_DESK_DATA_V0
summary: Letters hold nothing that has a label.
role: data_steward
intents: [desk.hand_in, desk.file]
cedar: |
  permit(principal, action, resource);
---
kind: policy
code: PO_NO_RUNS_V0
summary: Nobody runs a workflow by its name here, the operator neither.
role: security_guard
intents: [pgs.run]
cedar: |
  forbid(principal, action, resource);
`;

const CONFIG = "operator:\n  tenant: house\n  principal: visitor\n";

export const deskPlace = compiledOnce(() => ({
  "protocol/domains/desk/all.yaml": DESK.trimStart(),
  "pgs.config.yaml": CONFIG,
}));

/** Asks at the desk. */
export function ask(
  folder: string,
  args: readonly string[],
  call: {
    readonly input?: string | Uint8Array;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Ran {
  return pgs(["run", ...args, "--payload", "-", "--json"], { cwd: folder, ...call });
}

/** What stands in the ledger, but for what a start writes of itself. */
export function recordsIn(folder: string): readonly LedgerRecord[] {
  const file = join(folder, "data/ledger/00000001.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const all = lines.map((line) => JSON.parse(line) as LedgerRecord);
  const starts = all.filter((one) => one.type === "opened" && one.tenant === "_genesis");
  const own = new Set(starts.map(({ trace }) => trace));
  return all.filter(({ type, trace }) => type !== "boot" && !own.has(trace));
}
