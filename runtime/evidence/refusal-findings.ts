/**
 * Why somebody was refused, and what would have to be: one finding a cause, with the artifact that
 * an author could change. It names what was decided and by what; whether that ought to be otherwise
 * is nobody's guess here.
 */
import type { SealedPolicy } from "../../protocol/language/governance.ts";
import type { JsonObject } from "../../protocol/language/json.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { LedgerRecord, RefusedBody, RoleRuling } from "../../protocol/language/records.ts";
import type { Snapshot } from "../ports.ts";
import { policyOf } from "../traces/decided.ts";
import type { Finding, Locate } from "./findings.ts";
import { policiesOf } from "./governed.ts";

export interface RefusalBeside {
  readonly snapshot: Snapshot | undefined;
  readonly locate: Locate;
}

export function refusalFindings(
  record: LedgerRecord & RefusedBody,
  beside: RefusalBeside,
): readonly Finding[] {
  const { code, message, policy, principal, tenant, intent } = record;
  const made = findingMaker(beside.locate);
  if (policy === null) return [made({ code, message, hint: HINTS[code] ?? null })];
  if (policy.unmet !== null) {
    const sealed = intentIn(beside.snapshot, intent);
    const hint =
      "The intent asks for it of everybody: have it given to the principal, or require less.";
    const what = `\`${principal}\` of tenant \`${tenant}\` may not \`${intent}\`: ${policy.unmet}`;
    return [made({ code: "policy/unmet", message: what, hint, at: [sealed, "requires"] })];
  }
  const denying = policy.rulings.at(-1);
  return denying === undefined
    ? []
    : denials(record, denying, { made, policies: policiesOf(beside.snapshot), beside });
}

const HINTS: Readonly<Record<string, string>> = {
  "session/expired": "`pgs session create` opens a new one.",
  "session/ended": "`pgs session create` opens a new one.",
  "token/replayed": "Have the issuer give out a new one.",
  "signal/ambiguous": "Name the node that it is meant for (`--node`).",
  "signal/ended": "`pgs examine` of that execution tells how it ended.",
  "signal/late": "`pgs examine` of that execution tells where it went when time was up.",
  "signal/not-awaited": "`pgs list --waiting` shows what is waited for, and where.",
  "signal/not-json": "Send one JSON document.",
  "signal/not-there": "`pgs list --waiting` shows what is waited for, and where.",
  "signal/not-waiting": "`pgs examine` of that execution tells where it stands.",
  "signal/requester": "Somebody else has to say it.",
  "signal/said-already": "It counts once; somebody else has to say it, too.",
  "signal/too-large": "Keep the payload within the limits of a record.",
  "signal/unfit-payload": "Let the payload fit the schema that the signal is declared with.",
  "signal/unknown": "`pgs list --waiting` shows the executions that wait.",
};

interface Cause {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** The artifact, and its member. */
  readonly at?: readonly [artifact: FullName | undefined, member: string];
}

type Maker = (cause: Cause) => Finding;

function findingMaker(locate: Locate): Maker {
  return ({ code, message, hint, at: [artifact, member] = [undefined, ""] }) => {
    const place = artifact === undefined ? undefined : locate(artifact, [member]);
    return {
      code,
      message,
      artifact: artifact ?? null,
      node: null,
      file: place?.file ?? null,
      line: place?.line ?? null,
      hint,
    };
  };
}

interface Known {
  readonly made: Maker;
  readonly policies: readonly SealedPolicy[];
  readonly beside: RefusalBeside;
}

function denials(
  record: RefusedBody,
  { role, determining, errors = [] }: RoleRuling,
  { made, policies, beside }: Known,
): readonly Finding[] {
  const saw = seenText(record.policy?.seen ?? {});
  if (errors.length > 0) {
    return errors.map((error) => {
      const policy = policyOf(error.slice(0, error.indexOf(":")), policies);
      const message = `\`${role}\` denies: a statement could not be evaluated, ${error}`;
      const hint = "Ask whether an attribute is there (`has`) before it is read.";
      return made({ code: "policy/error", message, hint, at: [policy?.policy, "cedar"] });
    });
  }
  if (determining.length > 0) {
    return determining.map((id) => {
      const policy = policyOf(id, policies);
      const why = policy === undefined ? "" : ` (${policy.summary})`;
      const message = `\`${role}\` denies: \`${id}\` forbids it${why}; ${saw}`;
      const hint =
        "It is allowed where nothing forbids it: ask otherwise, or change the statement.";
      return made({ code: "policy/forbidden", message, hint, at: [policy?.policy, "cedar"] });
    });
  }
  return unpermitted(record, role, { made, policies, beside, saw });
}

/** Each policy of the role that could have permitted it; the intent, where there is none. */
function unpermitted(
  { intent }: RefusedBody,
  role: RoleRuling["role"],
  { made, policies, beside, saw }: Known & { readonly saw: string },
): readonly Finding[] {
  const code = "policy/not-permitted";
  const could = policies
    .filter((policy) => policy.role === role && policy.intents.includes(intent))
    .map((policy) => ({ policy, permits: policy.statements.filter(isPermit) }))
    .filter(({ permits }) => permits.length > 0);
  if (could.length === 0) {
    const message = `\`${role}\` denies: no policy of it permits \`${intent}\` to anybody; ${saw}`;
    const hint = "Write a policy of this role that permits the intent to whom it may.";
    return [made({ code, message, hint, at: [intentIn(beside.snapshot, intent), "type"] })];
  }
  return could.map(({ policy, permits }) => {
    const ids = permits.map(({ id }) => `\`${id}\``).join(", ");
    const message = `\`${role}\` denies: ${ids} (${policy.summary}) would permit it and does not apply; ${saw}`;
    const hint = `It would have to hold: ${permits.map(({ cedar }) => onOneLine(cedar)).join(" or ")}`;
    return made({ code, message, hint, at: [policy.policy, "cedar"] });
  });
}

function isPermit({ effect }: SealedPolicy["statements"][number]): boolean {
  return effect === "permit";
}

function onOneLine(cedar: string): string {
  return cedar.trim().replace(/\s+/g, " ");
}

function seenText(seen: JsonObject): string {
  const parts = Object.entries(seen).map(([path, value]) => `${path} = ${JSON.stringify(value)}`);
  return parts.length === 0 ? "nothing was looked at" : `it saw ${parts.join(", ")}`;
}

function intentIn(snapshot: Snapshot | undefined, type: string): FullName | undefined {
  return snapshot?.governance()?.intents.intents.find((one) => one.type === type)?.intent;
}
