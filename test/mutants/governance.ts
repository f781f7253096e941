/**
 * Mistakes about who asks: what is told too early, let pass, taken for somebody else's, or looked at
 * too late.
 */
import type { Mistake } from "./mistake.ts";

const ACCEPTANCE = "runtime/acceptance.ts";
const SESSIONS = "runtime/sessions/sessions.ts";
const STANDING = "runtime/sessions/standing.ts";
const CREDENTIAL = "runtime/sessions/credential.ts";
const REPEATS = "runtime/repeats.ts";
const CANCEL = "runtime/cancel.ts";
const WAITING = "runtime/waiting.ts";
const COHERENCE = "runtime/genesis/coherence.ts";

const REFUSALS: readonly Mistake[] = [
  {
    name: "a refusal is told before it is durable",
    file: ACCEPTANCE,
    find: "await ledger.flush();\n    throw new Refusal(family",
    replace: "throw new Refusal(family",
  },
  {
    name: "a refusal is not written down",
    file: ACCEPTANCE,
    find: "state.note(ledger.append(trace, body));",
    replace: "void body;",
  },
  {
    name: "a denial is let pass",
    file: ACCEPTANCE,
    find: 'if (ruled.decision.decision === "allow") return ruled.decision;',
    replace: 'return { ...ruled.decision, decision: "allow" };',
  },
  {
    name: "a permit stands against a forbid",
    file: "runtime/policy/subject.ts",
    find: "if (forbid.length > 0) return",
    replace: "if (forbid.length > 0 && permit.length === 0) return",
  },
];

const HOLDERS: readonly Mistake[] = [
  {
    name: "an expired session is taken",
    file: STANDING,
    find: 'return nowMs >= Date.parse(expires_at) ? "expired" : "open";',
    replace: 'return "open";',
  },
  {
    name: "an ended session is taken",
    file: STANDING,
    find: 'if (ended_at !== null) return "ended";',
    replace: "",
  },
  {
    name: "a session is told before it is durable",
    file: SESSIONS,
    find: "state.note(record);\n    await ledger.flush();\n    return record.at;",
    replace: "state.note(record);\n    return record.at;",
  },
  {
    name: "that a session was ended is told before it is durable",
    file: SESSIONS,
    find: "await ledger.flush();\n      throw over;",
    replace: "throw over;",
  },
  {
    name: "a token opens a session each time",
    file: SESSIONS,
    find: "return token !== null && this.#options.state",
    replace: "return false && this.#options.state",
  },
  {
    name: "a token is not looked up again",
    file: SESSIONS,
    find: "nothing is waited for.\n    if (this.#isUsed(opening))",
    replace: "nothing is waited for.\n    if (false)",
  },
  {
    name: "any secret opens a session",
    file: CREDENTIAL,
    find: "return isSame && digest !== undefined;",
    replace: "return digest !== undefined;",
  },
  {
    name: "another tenant's session is ended",
    file: SESSIONS,
    find: "if (row === undefined || row.tenant !== tenant) throw noSession();",
    replace: "if (row === undefined) throw noSession();",
  },
  {
    name: "a session is taken for the operator's",
    file: SESSIONS,
    find: "return deepFreeze({ tenant, principal, caller, session });",
    replace: 'return deepFreeze({ tenant: "default", principal: "operator", caller, session });',
  },
];

const TENANTS: readonly Mistake[] = [
  {
    name: "tenants share what is under way with a key",
    file: REPEATS,
    find: /return `\$\{tenant\} \$\{key\}`;[\s\S]*?return `\$\{principal\}[^`]*`;/,
    replace: `return key;
}
function textOf({ workflow, payload }: Keyed): string {
  return canonical([workflow, payload]);`,
  },
  {
    name: "a key is looked up in another tenant, too",
    file: REPEATS,
    find: "const row = state.executionByKey(tenant, key);",
    replace:
      'const row = state.executionByKey(tenant, key) ?? state.executionByKey("default", key);',
  },
  {
    name: "another tenant's execution is cancelled",
    file: CANCEL,
    find: "if (row === undefined || row.tenant !== tenant) throw unknownTo(tenant, trace);",
    replace: "if (row === undefined) throw unknownTo(tenant, trace);",
  },
];

const ENDS: readonly Mistake[] = [
  {
    name: "a cancel is told before it is durable",
    file: WAITING,
    find: "void this.#waits.world.ledger.flush().then(abort, abort);",
    replace: "abort();",
  },
  {
    name: "an answer is written behind a cancel",
    file: WAITING,
    find: "if (live.over || live.begun.get(command) !== giveUp) return;",
    replace: "",
  },
  {
    name: "another configuration is taken for the last one",
    file: COHERENCE,
    find: "&& last.configuration === now.configuration",
    replace: "",
  },
];

export const GOVERNANCE: readonly Mistake[] = [...REFUSALS, ...HOLDERS, ...TENANTS, ...ENDS];
