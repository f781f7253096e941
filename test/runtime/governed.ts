/**
 * Governance made by hand: who asks in tests, what was decided for them, and policies that let
 * everybody do everything, beside such as a test narrows. It must never be a way past the governor:
 * what runs under it was asked for and decided like anything else.
 */
import { ACTS } from "../../protocol/language/acts.ts";
import { DECIDING_ROLES, type DecidingRole } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type {
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

/** What the policies below decide, as a record holds it. */
export const ALLOWED: Decision = deepFreeze({
  decision: "allow",
  unmet: null,
  rulings: DECIDING_ROLES.map((role) => ({
    role,
    decision: "allow" as const,
    determining: [`${policyOf(role)}#1`],
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

export interface Governed {
  readonly workflows: readonly FullName[];
  /** Beside the language's own acts. */
  readonly intents?: readonly SealedIntent[];
}

/** Policies under which everybody may do everything. */
export function openGovernance({ workflows, intents = [] }: Governed): SealedGovernance {
  const types = [...intents.map(({ type }) => type), ...ACTS.map(({ type }) => type)];
  const applied = types.sort(byCodeUnits);
  return deepFreeze({
    intents: {
      intents: [...intents].sort((a, b) => byCodeUnits(a.type, b.type)),
      workflows: [...workflows].sort(byCodeUnits).map(governedWorkflow),
    },
    policies: {
      cedar: cedarSchema(),
      policies: DECIDING_ROLES.map((role) => openPolicy(role, applied)).sort((a, b) =>
        byCodeUnits(a.policy, b.policy),
      ),
    },
  });
}

function policyOf(role: DecidingRole): FullName {
  return `test::PO_${role.toUpperCase()}_V0`;
}

function governedWorkflow(workflow: FullName): GovernedWorkflow {
  return { workflow, labels: [], reach: { effects: [], clearance: [], outside: false } };
}

function openPolicy(role: DecidingRole, intents: readonly string[]): SealedPolicy {
  const policy = policyOf(role);
  const statement = {
    id: `${policy}#1`,
    effect: "permit",
    cedar: "permit (principal, action, resource);",
    conditions: [],
  } as const;
  return { policy, summary: "Made by hand.", role, intents, statements: [statement] };
}

function cedarSchema(): CedarSchema {
  const applies = { principalTypes: ["Principal"], resourceTypes: ["Tenant"] } as const;
  return {
    "": {
      entityTypes: {
        Principal: {
          memberOfTypes: ["Tenant"],
          shape: {
            type: "Record",
            attributes: { identity: { type: "String", required: true } },
          },
        },
        Tenant: {},
      },
      actions: Object.fromEntries(
        ACTS.map(({ type, context }) => [type, { appliesTo: { ...applies, context } }]),
      ),
    },
  };
}
