/**
 * Cedar as the runtime asks it: the only file here that knows the package, loaded when something is
 * to be decided. Every request is held against the sealed types first. Cedar skips a statement that
 * fails to evaluate, a `forbid` too: any error in an answer denies, and so does no answer.
 */
import type { AuthorizationCall } from "@cedar-policy/cedar-wasm/nodejs";
import type { Verdict } from "../../protocol/language/artifacts.ts";
import type { CedarSchema, SealedStatement } from "../../protocol/language/governance.ts";
import type { JsonObject } from "../../protocol/language/json.ts";

export interface CedarRequest {
  readonly principal: {
    readonly name: string;
    readonly roles: readonly string[];
    readonly attributes: JsonObject;
  };
  readonly tenant: string;
  /** The type of an intent. */
  readonly action: string;
  readonly context: JsonObject;
}

export interface CedarAnswer {
  readonly decision: Verdict;
  /** The ids of the statements that made it, sorted; none where nothing permits, or on an error. */
  readonly determining: readonly string[];
  readonly errors: readonly string[];
}

/** What some statements decide. */
export type AskCedar = (
  request: CedarRequest,
  statements: readonly SealedStatement[],
  schema: CedarSchema,
) => CedarAnswer;

type Package = typeof import("@cedar-policy/cedar-wasm/nodejs");

let loading: Promise<AskCedar> | undefined;

/** Loads Cedar, once a process. */
export function loadCedar(): Promise<AskCedar> {
  loading ??= import("@cedar-policy/cedar-wasm/nodejs").then(askerOf);
  return loading;
}

function askerOf(cedar: Package): AskCedar {
  return (request, statements, schema) => {
    const call = callOf(request, statements, schema);
    let answer: ReturnType<Package["isAuthorized"]>;
    try {
      answer = cedar.isAuthorized(call);
    } catch (error) {
      return denial([`Cedar gave no answer: ${String(error)}`]);
    }
    if (answer.type === "failure") return denial(answer.errors.map(({ message }) => message));
    const { decision, diagnostics } = answer.response;
    const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
    if (errors.length > 0) return denial(errors);
    return { decision, determining: diagnostics.reason.toSorted(), errors };
  };
}

function denial(errors: readonly string[]): CedarAnswer {
  return { decision: "deny", determining: [], errors: errors.toSorted() };
}

function callOf(
  { principal, tenant, action, context }: CedarRequest,
  statements: readonly SealedStatement[],
  schema: CedarSchema,
): AuthorizationCall {
  const who = { type: "Principal", id: principal.name };
  const where = { type: "Tenant", id: tenant };
  const roles = principal.roles.map((id) => ({ type: "Role", id }));
  const call = {
    principal: who,
    action: { type: "Action", id: action },
    resource: where,
    context,
    schema,
    validateRequest: true,
    policies: {
      staticPolicies: Object.fromEntries(statements.map(({ id, cedar }) => [id, cedar])),
    },
    entities: [
      { uid: who, attrs: principal.attributes, parents: [...roles, where] },
      { uid: where, attrs: {}, parents: [] },
    ],
  };
  // Plain data of the shape that the package takes; its types know nothing of what is frozen.
  return call as unknown as AuthorizationCall;
}
