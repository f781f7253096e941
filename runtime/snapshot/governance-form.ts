/**
 * The form of the table of intents and of the policies: every member, its type and its range. What
 * they say of each other is the business of `governance-laws.ts`.
 */
import { DECIDING_ROLES } from "../../protocol/language/artifacts.ts";
import { isObject } from "../../protocol/language/json.ts";
import { LIMITS } from "../../protocol/language/limits.ts";
import { INTENT_TYPE_PATTERN, NODE_PATTERN, SEALED_LABELS } from "../../protocol/language/names.ts";
import { expressionForm } from "./expression-form.ts";
import {
  each,
  type Form,
  integer,
  is,
  json,
  later,
  literal,
  matching,
  members,
  problem,
  table,
  tagged,
  text,
  truth,
} from "./form.ts";
import { fullName } from "./graph-form.ts";
import { subscriptionForm } from "./subscription-form.ts";

const { snapshotFilesMax, snapshotItemsMax, policyStatementsMax } = LIMITS;

const intentType = matching("the type of an intent", INTENT_TYPE_PATTERN);
const word = matching("a word", NODE_PATTERN);

/** Data here, as in graphs: the schema itself is judged where it is compiled. */
const schemaText: Form = (value) => {
  if (typeof value === "boolean") return undefined;
  return isObject(value) ? json(value) : problem("", "expected a JSON Schema");
};

const plain = is(
  "text, a whole number, true or false",
  (value) =>
    (typeof value === "string" && value.isWellFormed()) ||
    typeof value === "boolean" ||
    Number.isSafeInteger(value),
);

const labels = each(literal(...SEALED_LABELS), SEALED_LABELS.length);

const amount = integer(0, Number.MAX_SAFE_INTEGER);

const intent = members(
  {
    type: intentType,
    intent: fullName,
    summary: text,
    workflow: fullName,
    payload: schemaText,
    requires: members({
      roles: each(word, snapshotItemsMax),
      attributes: table(NODE_PATTERN, schemaText, snapshotItemsMax),
    }),
    context: table(NODE_PATTERN, plain, snapshotItemsMax),
    labels,
  },
  {
    subscribes: subscriptionForm(schemaText),
    budget: members(
      {},
      { writes: amount, external_calls: amount, attempts: amount, waits: amount, time_ms: amount },
    ),
  },
);

const workflow = members({
  workflow: fullName,
  labels,
  reach: members({
    effects: each(fullName, snapshotFilesMax),
    clearance: labels,
    outside: truth,
  }),
});

export const intentsForm: Form = members({
  intents: each(intent, snapshotFilesMax),
  workflows: each(workflow, snapshotFilesMax),
});

const statement = members({
  id: text,
  effect: literal("permit", "forbid"),
  cedar: text,
  conditions: each(expressionForm, LIMITS.policyOperatorsMax),
});

const policy = members({
  policy: fullName,
  summary: text,
  role: literal(...DECIDING_ROLES),
  intents: each(intentType, snapshotFilesMax),
  statements: each(statement, policyStatementsMax),
});

/** A member of what policies see: any name but those that mean something to Cedar. */
const SEEN = /^(?!__)/s;

const typesWith = (more: Readonly<Record<string, Form>>): Form => {
  const scalar = members({ type: text, ...more });
  return tagged("type", {
    String: scalar,
    Long: scalar,
    Boolean: scalar,
    Set: members({ type: text, element: later(() => cedarType), ...more }),
    Record: members({ type: text, attributes: later(() => cedarAttributes), ...more }),
  });
};

const cedarType = typesWith({});
const cedarAttributes = table(SEEN, typesWith({ required: truth }), snapshotItemsMax);
const cedarRecord = members({ type: literal("Record"), attributes: cedarAttributes });

const only = (name: string): Form =>
  is(`exactly \`${name}\``, (value) => {
    return Array.isArray(value) && value.length === 1 && value[0] === name;
  });

const action = members({
  appliesTo: members({
    principalTypes: only("Principal"),
    resourceTypes: only("Tenant"),
    context: cedarRecord,
  }),
});

export const policiesForm: Form = members({
  cedar: members({
    "": members({
      entityTypes: members(
        {
          Principal: members({
            memberOfTypes: each(literal("Role", "Tenant"), 2),
            shape: cedarRecord,
          }),
          Tenant: members({}),
        },
        { Role: members({ enum: each(word, snapshotItemsMax) }) },
      ),
      actions: table(INTENT_TYPE_PATTERN, action, snapshotFilesMax),
    }),
  }),
  policies: each(policy, snapshotFilesMax),
});
