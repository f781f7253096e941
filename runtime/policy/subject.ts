/**
 * One type of intent, or one act, with the statements that are about it, made ready to be asked.
 * Security Guard, City Manager and Data Steward are asked in this order, up to the first that
 * denies. An error in any statement denies, though Cedar would leave that statement out.
 */
import { DECIDING_ROLES, type DecidingRole } from "../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../protocol/language/canonical.ts";
import type { SealedGovernance, SealedIntent } from "../../protocol/language/governance.ts";
import { isObject, type JsonObject } from "../../protocol/language/json.ts";
import type { Decision, RoleRuling } from "../../protocol/language/records.ts";
import type { Asked, Ruled } from "./asked.ts";
import { chain, prepare, type Scene } from "./expressions.ts";
import { truth } from "./operators.ts";
import { type Evaluate, Places, type Reading, readAs } from "./places.ts";
import { NOTHING_REQUIRED, oddAttribute, requirementsOf } from "./requires.ts";
import { shownOf } from "./shown.ts";
import { CannotEvaluate } from "./values.ts";

/** What was decided, and whether the same caller may ask again and get the same without a look. */
export interface Told extends Ruled {
  readonly varied: boolean;
}

export interface Subject {
  readonly ready: () => Promise<void>;
  readonly decide: (asked: Asked) => Told;
}

interface Statement {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly applies: Evaluate;
}

interface Asking {
  readonly role: DecidingRole;
  readonly statements: readonly Statement[];
}

/** Undefined for a type that the policies were not checked against. */
export function subjectOf(type: string, governance: SealedGovernance): Subject | undefined {
  const { entityTypes, actions } = governance.policies.cedar[""];
  if (!Object.hasOwn(actions, type)) return undefined;
  const context = actions[type]?.appliesTo.context;
  if (context === undefined) return undefined;
  const { shape } = entityTypes.Principal;
  const intent = governance.intents.intents.find((one) => one.type === type);
  const places = new Places({
    attributes: shape,
    context,
    varies: (member) => intent === undefined || member === undefined || member === "payload",
  });
  const roles = rolesOf(type, governance, { places, action: { type: "Action", id: type } });
  const { ready, unmet } = intent === undefined ? NOTHING_REQUIRED : requirementsOf(intent);
  const contextOf = contextsOf(intent, governance);
  return {
    ready,
    decide(asked) {
      const { caller } = asked;
      const missing = unmet(caller) ?? oddAttribute(caller, shape);
      if (missing !== null) return denied(missing);
      const seen = contextOf(asked);
      const reading: Reading = {
        ...asked,
        attributes: { ...caller.attributes, identity: caller.identity },
        context: isObject(seen) ? seen : {},
        values: [],
      };
      if (intent === undefined) {
        const odd = problemOf(() => readAs(seen, context, "context"));
        if (odd !== null) return { ...denied(odd), varied: true };
      }
      const rulings = rulingsOf(roles, reading);
      const decision = rulings.at(-1)?.decision ?? "deny";
      const { seen: read, varied } = places.seen(reading);
      return {
        decision: Object.freeze({ decision, unmet: null, rulings, seen: read }),
        context: decision === "deny" ? shownOf(reading.context, context) : null,
        varied,
      };
    },
  };
}

export function denied(unmet: string): Told {
  const decision: Decision = { decision: "deny", unmet, rulings: [], seen: {} };
  return { decision: Object.freeze(decision), context: null, varied: false };
}

/** The statements about a type, by the role that they are of; those left out that never apply. */
function rolesOf(type: string, { policies }: SealedGovernance, scene: Scene): readonly Asking[] {
  return DECIDING_ROLES.map((role) => {
    const about = policies.policies.filter(
      (policy) => policy.role === role && policy.intents.includes(type),
    );
    const statements = about
      .flatMap((policy) => policy.statements)
      .map(({ id, effect, conditions }) => {
        const parts = conditions.map((condition) => prepare(condition, scene));
        return { id, effect, ...chain("&&", parts) };
      })
      .filter(({ constant }) => constant !== false)
      .sort((a, b) => byCodeUnits(a.id, b.id));
    return {
      role,
      statements: statements.map(({ evaluate: applies, ...one }) => ({ ...one, applies })),
    };
  });
}

/** What stands in the context of a request. */
function contextsOf(
  intent: SealedIntent | undefined,
  { intents }: SealedGovernance,
): (asked: Asked) => Asked["payload"] {
  if (intent === undefined) return ({ payload }) => payload;
  const { labels, context: solution, workflow } = intent;
  const reach = intents.workflows.find((one) => one.workflow === workflow)?.reach;
  const fixed: JsonObject = {
    labels,
    solution,
    ...(reach === undefined ? {} : { reach: { ...reach } }),
  };
  return ({ payload }) => ({ ...fixed, payload });
}

function rulingsOf(roles: readonly Asking[], reading: Reading): readonly RoleRuling[] {
  const rulings: RoleRuling[] = [];
  for (const asking of roles) {
    const ruling = rulingOf(asking, reading);
    rulings.push(ruling);
    if (ruling.decision === "deny") break;
  }
  return Object.freeze(rulings);
}

function rulingOf({ role, statements }: Asking, reading: Reading): RoleRuling {
  const applied = { permit: [] as string[], forbid: [] as string[] };
  const errors: string[] = [];
  for (const { id, effect, applies } of statements) {
    try {
      if (truth(applies(reading))) applied[effect].push(id);
    } catch (error) {
      errors.push(`${id}: ${reasonOf(error)}`);
    }
  }
  if (errors.length > 0) return { role, decision: "deny", determining: [], errors };
  const { permit, forbid } = applied;
  if (forbid.length > 0) return { role, decision: "deny", determining: forbid };
  return { role, decision: permit.length > 0 ? "allow" : "deny", determining: permit };
}

/** Why something cannot be evaluated; null where it was. */
function problemOf(evaluate: () => void): string | null {
  try {
    evaluate();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Of what evaluation itself throws; anything else is a fault of ours. */
function reasonOf(error: unknown): string {
  if (error instanceof CannotEvaluate) return error.message;
  throw error;
}
