/**
 * What becomes of something that was asked once, under a snapshot: allowed, denied, or nobody can
 * say. What a record does not hold is never guessed: then nobody can.
 */
import { ACTS } from "../../protocol/language/acts.ts";
import type { CedarRecord, SealedGovernance } from "../../protocol/language/governance.ts";
import { isObject, type Json, pointer } from "../../protocol/language/json.ts";
import type { SchemaCheck, SchemaFault } from "../../protocol/language/json-schema.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Decision } from "../../protocol/language/records.ts";
import { isSealed } from "../machine/places.ts";
import { type Governor, governorOf } from "../policy/governor.ts";
import type { Snapshot } from "../ports.ts";
import { type Around, askedIn, type Decided, intentOf } from "./decided-again.ts";

export interface Verdict {
  readonly verdict: "allow" | "deny" | "undecidable";
  /** The statements that made it, or why nobody can say. */
  readonly because: string;
}

/** Somebody's policies, to be asked of many records. */
export interface Judge {
  readonly verdict: (record: Decided, around: Around) => Promise<Verdict>;
}

type Compile = typeof import("../../protocol/language/json-schema.ts")["compileSchema"];

/** `typesOf`: what policies could see of an intent when a record was written; undefined where unknown. */
export async function judgeOf(
  snapshot: Snapshot,
  typesOf: (record: Decided) => CedarRecord | undefined,
): Promise<Judge> {
  const { compileSchema } = await import("../../protocol/language/json-schema.ts");
  const governance = snapshot.governance();
  const governor = governorOf(governance);
  const fits = fitsOf(snapshot, governor, compileSchema);
  return {
    async verdict(record, around) {
      const intent = intentOf(record);
      const missing =
        unknownOf(record, governor) ??
        fits(record) ??
        unseenOf(record, contextType(governance, intent), typesOf);
      if (missing !== undefined) return { verdict: "undecidable", because: missing };
      await governor.ready(intent);
      const { decision } = governor.decide(askedIn(record, governor, around));
      return { verdict: decision.decision, because: becauseOf(decision) };
    },
  };
}

/** What made a decision, in few words. */
export function becauseOf({ unmet, rulings }: Decision): string {
  if (unmet !== null) return unmet;
  const last = rulings.at(-1);
  if (last?.decision === "allow")
    return rulings.flatMap(({ determining }) => determining).join(", ");
  const { role, determining = [], errors = [] } = last ?? {};
  if (errors.length > 0) return `${role} could not decide: ${errors.join("; ")}`;
  return determining.length > 0
    ? `${role}: ${determining.join(", ")}`
    : `${role} permits nothing of it`;
}

/** What was asked for and is not there any more. */
function unknownOf(record: Decided, governor: Governor): string | undefined {
  if (record.type !== "opened" && record.type !== "refused") return undefined;
  const { intent, workflow } = record;
  if (ACTS.every(({ type }) => type !== intent)) {
    return governor.intent(intent) === undefined ? `there is no intent \`${intent}\`` : undefined;
  }
  const isGone = workflow !== null && governor.workflow(workflow) === undefined;
  return isGone ? `there is no workflow \`${workflow}\`` : undefined;
}

/** Whether the payload of what was opened still fits; of labelled values nobody can say. */
function fitsOf(
  snapshot: Snapshot,
  governor: Governor,
  compile: Compile,
): (record: Decided) => string | undefined {
  const checks = new Map<string, readonly SchemaCheck[]>();
  const checksOf = (intent: string, workflow: FullName): readonly SchemaCheck[] => {
    const name = `${intent} ${workflow}`;
    const known = checks.get(name);
    if (known !== undefined) return known;
    const sealed = governor.intent(intent);
    const graph = snapshot.graph(sealed?.workflow ?? workflow);
    const schemas = [graph.schemas[graph.payload] ?? true, sealed?.payload ?? true];
    const made = schemas.map((schema) => compile(schema));
    checks.set(name, made);
    return made;
  };
  return (record) => {
    if (record.type !== "opened") return undefined;
    const { payload, intent, workflow } = record;
    const sealed = sealedIn(payload);
    const faults = checksOf(intent, workflow).flatMap((check) => check(payload) ?? []);
    const fault = faults.find((one) => !isAboutSealed(one, sealed));
    return fault && `the payload no longer fits: ${`${fault.pointer} ${fault.message}`.trim()}`;
  };
}

/** What holds of an object or an array whatever its members say. */
const WHATEVER: ReadonlySet<string> = new Set([
  ...["type", "required", "dependentRequired", "additionalProperties", "propertyNames"],
  ...["minProperties", "maxProperties", "minItems", "maxItems"],
]);

/** Whether a fault may be one only because a value is sealed: it stands there, or around it. */
function isAboutSealed({ pointer: at, keyword }: SchemaFault, sealed: readonly string[]): boolean {
  return sealed.some((one) => {
    if (one === at || at.startsWith(`${one}/`)) return true;
    return one.startsWith(`${at}/`) && !WHATEVER.has(keyword);
  });
}

/** Where sealed values stand. */
function sealedIn(value: Json, path: readonly (string | number)[] = []): readonly string[] {
  if (isSealed(value)) return [pointer(path)];
  if (Array.isArray(value)) return value.flatMap((inner, at) => sealedIn(inner, [...path, at]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => sealedIn(inner, [...path, name]));
}

function contextType(
  governance: SealedGovernance | undefined,
  intent: string,
): CedarRecord | undefined {
  const actions = governance?.policies.cedar[""].actions;
  return actions !== undefined && Object.hasOwn(actions, intent)
    ? actions[intent]?.appliesTo.context
    : undefined;
}

/** Of what was refused, the record holds what policies could see then: they may see more now. */
function unseenOf(
  record: Decided,
  now: CedarRecord | undefined,
  typesOf: (record: Decided) => CedarRecord | undefined,
): string | undefined {
  if (record.type !== "refused" || record.context === null) return undefined;
  const then = typesOf(record);
  const [more] = then === undefined || now === undefined ? [] : beyond(now, then, CONTEXT);
  return more && `the record does not say \`${more}\`, which policies may see`;
}

const CONTEXT = "context";

/** The places of one type that another has not; beside the payload, the snapshot says them all. */
function beyond(now: CedarRecord, then: CedarRecord, at: string): readonly string[] {
  return Object.entries(now.attributes).flatMap(([name, type]) => {
    const before = Object.hasOwn(then.attributes, name) ? then.attributes[name] : undefined;
    const place = `${at}.${name}`;
    if (at === CONTEXT && name !== "payload") return [];
    if (before === undefined) return [place];
    if (type.type !== "Record") return [];
    return before.type === "Record" ? beyond(type, before, place) : [place];
  });
}
