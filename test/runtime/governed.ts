/**
 * Governance made by hand, lowered as the compiler would: who asks in tests, what was decided for
 * them, and policies, which let everybody do everything unless a test narrows them. It must never be
 * a way past the governor: what runs under it was asked for and decided like anything else.
 */
import { ACTS, REACH_TYPE } from "../../protocol/language/acts.ts";
import { DECIDING_ROLES, type DecidingRole } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { CedarExpression } from "../../protocol/language/cedar-expression.ts";
import type {
  CedarRecord,
  CedarSchema,
  GovernedWorkflow,
  SealedGovernance,
  SealedIntent,
  SealedPolicy,
} from "../../protocol/language/governance.ts";
import { deepFreeze } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Caller, Decision } from "../../protocol/language/records.ts";

export const OPERATOR: Caller = deepFreeze({ identity: "operator", roles: [], attributes: {} });

/** What policies that are open decide, as a record holds it. */
export const ALLOWED: Decision = deepFreeze({
  decision: "allow",
  unmet: null,
  rulings: DECIDING_ROLES.map((role, at) => ({
    role,
    decision: "allow" as const,
    determining: [`${policyOf(role, at)}#1`],
  })),
  seen: {},
});

/** Of one whom no statement permits. */
export const DENIED: Decision = deepFreeze({
  decision: "deny",
  unmet: null,
  rulings: [{ role: "security_guard", decision: "deny", determining: [] }],
  seen: {},
});

/** A statement about the acts and intents that it names. */
export interface Statement {
  readonly role: DecidingRole;
  readonly effect: "permit" | "forbid";
  readonly intents: readonly string[];
  /** It applies where all of them hold. */
  readonly when?: readonly CedarExpression[];
}

export interface Governed {
  readonly workflows: readonly FullName[];
  /** Beside the language's own acts. */
  readonly intents?: readonly SealedIntent[];
  /** Unless told, everybody may do everything. */
  readonly statements?: readonly Statement[];
}

export function governanceOf({ workflows, intents = [], statements }: Governed): SealedGovernance {
  const types = [...intents, ...ACTS].map(({ type }) => type).sort(byCodeUnits);
  const said = statements ?? DECIDING_ROLES.map((role) => permit(role, types));
  return deepFreeze({
    intents: {
      intents: [...intents].sort((a, b) => byCodeUnits(a.type, b.type)),
      workflows: [...workflows].sort(byCodeUnits).map(governedWorkflow),
    },
    policies: {
      cedar: cedarSchema(intents),
      policies: said.map(sealedPolicy).sort((a, b) => byCodeUnits(a.policy, b.policy)),
    },
  });
}

export function permit(
  role: DecidingRole,
  intents: readonly string[],
  ...when: readonly CedarExpression[]
): Statement {
  return { role, effect: "permit", intents, when };
}

export function forbid(
  role: DecidingRole,
  intents: readonly string[],
  ...when: readonly CedarExpression[]
): Statement {
  return { role, effect: "forbid", intents, when };
}

/** An intent that takes what its workflow takes, from anybody. */
export function intentOf(
  type: string,
  workflow: FullName,
  more: Partial<SealedIntent> = {},
): SealedIntent {
  return {
    type,
    intent: `test::IN_${type.toUpperCase().replaceAll(".", "_")}_V0`,
    summary: "Made by hand.",
    workflow,
    payload: true,
    requires: { roles: [], attributes: {} },
    context: {},
    labels: [],
    ...more,
  };
}

function policyOf(role: DecidingRole, at: number): FullName {
  return `test::PO_${role.toUpperCase()}_V${at}`;
}

function governedWorkflow(workflow: FullName): GovernedWorkflow {
  return { workflow, labels: [], reach: { effects: [], clearance: [], outside: false } };
}

/** Each statement is a policy of its own: what it is about is all that a statement differs in. */
function sealedPolicy({ role, effect, intents, when = [] }: Statement, at: number): SealedPolicy {
  const policy = policyOf(role, at);
  const cedar = `${effect} (principal, action, resource);`;
  const statement = { id: `${policy}#1`, effect, cedar, conditions: when };
  const about = [...intents].sort(byCodeUnits);
  return { policy, summary: "Made by hand.", role, intents: about, statements: [statement] };
}

function cedarSchema(intents: readonly SealedIntent[]): CedarSchema {
  const roles = [...new Set(intents.flatMap(({ requires }) => requires.roles))];
  const actions = [...ACTS, ...intents.map(({ type }) => ({ type, context: INTENT_CONTEXT }))];
  const applies = { principalTypes: ["Principal"], resourceTypes: ["Tenant"] } as const;
  return {
    "": {
      entityTypes: {
        Principal: {
          memberOfTypes: roles.length === 0 ? ["Tenant"] : ["Role", "Tenant"],
          shape: { type: "Record", attributes: SEEN },
        },
        Tenant: {},
        ...(roles.length === 0 ? {} : { Role: { enum: roles.sort(byCodeUnits) } }),
      },
      actions: Object.fromEntries(
        actions.map(({ type, context }) => [type, { appliesTo: { ...applies, context } }]),
      ),
    },
  };
}

/** What policies can see of who asks: the floor, where it is told. */
const SEEN: CedarRecord["attributes"] = {
  floor: { type: "Long", required: false },
  identity: { type: "String", required: true },
};

const INTENT_CONTEXT: CedarRecord = {
  type: "Record",
  attributes: {
    labels: { type: "Set", element: { type: "String" }, required: true },
    reach: { ...REACH_TYPE, required: true },
    solution: { type: "Record", attributes: {}, required: true },
  },
};
