/**
 * A workspace in which things are waited for: permits that two people other than the asker approve,
 * votes at several nodes at once, and a timer. With sessions of several people, by real tokens.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ED, goodToken, jwkOf } from "../runtime/identity/tokens.ts";
import { compiledOnce, freshFolder, pgs, type Ran } from "./cli.ts";

const TEXT = "{ type: string, maxLength: 40 }";
const REASON = `{ type: object, required: [reason], additionalProperties: false, properties: { reason: ${TEXT}, pin: { type: string, maxLength: 10, x-label: [secret] } } }`;

/** The deadline may be another one: a workflow that was changed. */
export function townText({ deadline = "P30D", exit = "given" } = {}): string {
  return `
kind: domain
code: town
summary: A town that gives permits.
roles: [approver]
---
kind: effect
code: CS_PERMITS_V0
summary: Permits, as they were given.
semantics: registry
store: permits
key: ${TEXT}
value: { type: object, required: [by], additionalProperties: false, properties: { by: { type: array, items: { type: string } } } }
---
kind: workflow
code: WF_PERMIT_V0
summary: Two people who did not ask for it approve a permit, or one rejects it.
payload: { type: object, required: [site], additionalProperties: false, properties: { site: ${TEXT} } }
start: decide
nodes:
  decide:
    await:
      signals:
        APPROVE: { payload: ${REASON}, people: 2, not_requester: true }
        REJECT: { payload: ${REASON} }
      deadline: ${deadline}
    on: { APPROVE: give, REJECT: rejected, TIMEOUT: forgotten }
  give:
    effect: CS_PERMITS_V0
    op: REGISTER
    with: { key: $.payload.site, value: { by: $.nodes.decide.principals } }
    on: { SUCCESS: ${exit}, ALREADY_EXISTS: ${exit} }
exits:
  ${exit}: { outcome: GIVEN, result: { by: $.nodes.decide.principals } }
  rejected: { outcome: REJECTED, result: { reason: $.nodes.decide.payload.reason } }
  forgotten: { outcome: FORGOTTEN }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_VOTE_V0
summary: One member votes.
payload: { type: object, required: [name], additionalProperties: false, properties: { name: ${TEXT} } }
start: vote
nodes:
  vote:
    await:
      signals:
        YES: { payload: { type: "null" } }
        NO: { payload: { type: "null" } }
      deadline: P1D
    on: { YES: for_it, NO: against, TIMEOUT: against }
exits:
  for_it: { outcome: FOR }
  against: { outcome: AGAINST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_COUNCIL_V0
summary: Every member votes, all at once.
payload: { type: object, required: [members], additionalProperties: false, properties: { members: { type: array, minItems: 1, maxItems: 5, items: { type: object, required: [name], additionalProperties: false, properties: { name: ${TEXT} } } } } }
start: each
nodes:
  each:
    map: $.payload.members
    max: 5
    concurrency: 5
    call: WF_VOTE_V0
    with: { name: $.item.name }
    succeed: [FOR]
    on: { SUCCESS: carried, FAILED: lost }
exits:
  carried: { outcome: CARRIED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
---
kind: workflow
code: WF_LATER_V0
summary: Wait a day, and end.
payload: { type: object, additionalProperties: false, properties: {} }
start: later
nodes:
  later: { await: { after: PT24H }, on: { ELAPSED: done } }
exits:
  done: { outcome: DONE }
on_fault: { outcome: FAULTED }
---
kind: intent
code: IN_PERMIT_V0
summary: Ask for a permit.
type: town.permit
workflow: WF_PERMIT_V0
---
kind: policy
code: PO_TOWN_V0
summary: Everybody may ask, approvers may decide.
role: security_guard
intents: [town.permit, pgs.signal]
cedar: |
  permit(principal, action == Action::"town.permit", resource);
  permit(principal in Role::"approver", action == Action::"pgs.signal", resource)
  when { context.workflow == "town::WF_PERMIT_V0" };
---
kind: policy
code: PO_TOWN_TENANTS_V0
summary: Any tenant.
role: city_manager
intents: [town.permit]
cedar: permit(principal, action, resource);
---
kind: policy
code: PO_TOWN_DATA_V0
summary: Nothing labelled is asked with.
role: data_steward
intents: [town.permit]
cedar: permit(principal, action, resource);
`.trimStart();
}

const CONFIG = `operator: { tenant: town, principal: clerk }
identity: { issuer: "https://issuer.example", audience: pgs, jwks_file: keys.json }
`;

export const townPlace = compiledOnce(() => ({
  "protocol/domains/town/all.yaml": townText(),
  "pgs.config.yaml": CONFIG,
  "keys.json": JSON.stringify({ keys: [jwkOf(ED, { kid: "ed" })] }),
}));

/** Begins an execution that waits, on behalf of the clerk. */
export function begin(folder: string, trace: string, payload: object, wf?: string): Ran {
  const what = wf === undefined ? ["--intent", "town.permit"] : ["--wf", `town::${wf}`];
  const input = JSON.stringify(payload);
  return pgs(["run", ...what, "--payload", "-", "--trace-id", trace, "--json"], {
    cwd: folder,
    input,
  });
}

let tokens = 0;

/** The credential of somebody who shows a token. */
export function credentialOf(
  folder: string,
  sub: string,
  { roles = ["approver"], tenant = "town" }: { roles?: readonly string[]; tenant?: string } = {},
): string {
  tokens += 1;
  const now = Math.floor(Date.now() / 1_000);
  const token = goodToken({ sub, tenant, roles, attributes: {}, jti: `${sub}-${tokens}` }, now);
  const file = join(freshFolder(), "token.jwt");
  writeFileSync(file, token);
  const ran = pgs(["session", "create", "--token", file], { cwd: folder });
  if (ran.code !== 0) throw new Error(ran.out + ran.err);
  return ran.out.trim();
}

export interface Saying {
  readonly by?: string;
  readonly payload?: string;
  readonly more?: readonly string[];
}

/** Says something to an execution, on behalf of a session, or else as the operator. */
export function say(folder: string, trace: string, name: string, saying: Saying = {}): Ran {
  const { by, payload = '{"reason":"fine"}', more = [] } = saying;
  const env: Record<string, string> = by === undefined ? {} : { PGS_SESSION: by };
  const args = ["signal", trace, name, "--payload", "-", "--json", ...more];
  return pgs(args, { cwd: folder, input: payload, env });
}
