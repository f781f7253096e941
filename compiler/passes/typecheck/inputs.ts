/**
 * Holds a bound value against the schema that it goes to. Composed values are held part by part, so
 * that a fault is reported at the very binding that is wrong, and once; what is neither proven nor
 * refuted stays for run time.
 */
import type { JsonObject } from "../../../protocol/language/json.ts";
import { quote } from "../../codes/quote.ts";
import type { Related, Span } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import type { ParsedDocument, PathStep, Schema } from "../../model.ts";
import { accepts, memberSchemas } from "../../types/accepts.ts";
import { propertiesOf } from "../../types/bounds.ts";
import { type Fit, fit } from "../../types/fit.ts";
import { ANNOTATIONS, KIND, kindsOf, schemasIn } from "../../types/kinds.ts";
import type { Refutation } from "../../types/refuter.ts";
import { shown } from "../../types/words.ts";
import { report, type Site } from "./scope.ts";
import {
  type ArrayValue,
  isWrong,
  literalOf,
  type ObjectValue,
  typeOfValue,
  type Value,
} from "./value.ts";

/** Where a value goes. */
export interface Target {
  readonly schema: Schema;
  /** The artifact whose schema it is. */
  readonly artifact: string;
  /** Where in the value that the artifact takes. */
  readonly steps: readonly PathStep[];
  /** Where the schema is declared. */
  readonly document: ParsedDocument;
  readonly declared: readonly PathStep[];
  /** The same for members, where the language made the schema of an effect's operation. */
  readonly members?: ReadonlyMap<string, readonly PathStep[]>;
}

/** `proven`: no check is needed at run time. `open`: it stays. `faulty`: it was reported. */
export type Verdict = "proven" | "open" | "faulty";

/** Holds a value against its target; reports faults, and lists what stays undecided. */
export function checkFit(site: Site, value: Value, target: Target): Verdict {
  const { schema } = target;
  if (schema === true) return "proven";
  const literal = literalOf(value);
  if (literal !== undefined && accepts(schema, literal)) return "proven";
  if (typeof schema === "object" && value.kind === "object" && kindsOf(schema) & KIND.object) {
    return checkMembers(site, value, { ...target, schema });
  }
  if (typeof schema === "object" && value.kind === "array" && kindsOf(schema) & KIND.array) {
    return checkItems(site, value, { ...target, schema });
  }
  return checkWhole(site, value, target);
}

type ObjectTarget = Target & { readonly schema: JsonObject };

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("faulty")) return "faulty";
  return verdicts.includes("open") ? "open" : "proven";
}

const MEMBER_KEYWORDS: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "patternProperties",
  "additionalProperties",
  "required",
  "allOf",
]);
const ITEM_KEYWORDS: ReadonlySet<string> = new Set(["type", "prefixItems", "items", "allOf"]);

function checkMembers(site: Site, value: ObjectValue, target: ObjectTarget): Verdict {
  const { schema } = target;
  const verdicts: Verdict[] = [];
  for (const [name, part] of value.members) {
    for (const asked of memberSchemas(schema, name)) {
      if (asked === false) verdicts.push(unknownInput(site, part, name, target));
      else verdicts.push(checkFit(site, part, memberTarget(target, name, asked)));
    }
  }
  const bound = new Set(value.members.map(([name]) => name));
  for (const name of (schema.required ?? []) as readonly string[]) {
    if (!bound.has(name)) verdicts.push(missingInput(site, value, name, target));
  }
  return worst([...verdicts, ...checkRest(site, value, target, MEMBER_KEYWORDS)]);
}

function memberTarget(target: ObjectTarget, name: string, schema: Schema): Target {
  const { artifact, document, members } = target;
  const own = Object.hasOwn(propertiesOf(target.schema), name)
    ? [...target.declared, "properties", name]
    : target.declared;
  const declared = members?.get(name) ?? own;
  return { schema, artifact, document, declared, steps: [...target.steps, name] };
}

function checkItems(site: Site, value: ArrayValue, target: ObjectTarget): Verdict {
  const first = schemasIn(target.schema.prefixItems);
  const rest = (target.schema.items ?? true) as Schema;
  const verdicts = value.items.map((item, index) => {
    const own = first[index];
    const place = own === undefined ? ["items"] : ["prefixItems", index];
    return checkFit(site, item, {
      ...target,
      schema: own ?? rest,
      declared: [...target.declared, ...place],
      steps: [...target.steps, index],
    });
  });
  return worst([...verdicts, ...checkRest(site, value, target, ITEM_KEYWORDS)]);
}

/** What the schema asks beside what was held part by part. */
function checkRest(
  site: Site,
  value: Value,
  target: ObjectTarget,
  done: ReadonlySet<string>,
): readonly Verdict[] {
  const parts = schemasIn(target.schema.allOf).map((schema, index) =>
    checkFit(site, value, { ...target, schema, declared: [...target.declared, "allOf", index] }),
  );
  const rest = Object.entries(target.schema).filter(
    ([keyword]) => !done.has(keyword) && !ANNOTATIONS.has(keyword),
  );
  if (rest.length === 0) return parts;
  return [...parts, checkWhole(site, value, { ...target, schema: Object.fromEntries(rest) })];
}

function checkWhole(site: Site, value: Value, target: Target): Verdict {
  if (isWrong(value)) return "faulty";
  const found = fitOf(value, target.schema);
  if (found.verdict === "yes") return "proven";
  const span = spanOfValue(site, value);
  if (found.verdict === "undecided") {
    const { pass, workflow } = site.scope;
    const why = `${nameOf(value)} into ${quote(targetName(target))}: ${found.why}`;
    pass.undecided.push({ workflow: workflow.artifact.name, node: site.point, why, span });
    return "open";
  }
  reportMismatch(site, value, target, found.refutation);
  return "faulty";
}

/** A plural path may select nothing, so only a target that takes no array at all refuses it. */
function fitOf(value: Value, schema: Schema): Fit {
  const found = fit(typeOfValue(value), schema);
  const plural = value.kind === "path" && value.steps === undefined;
  if (!plural || found.verdict !== "no" || !(kindsOf(schema) & KIND.array)) return found;
  return { verdict: "undecided", why: "what a plural path selects is known at run time only" };
}

function reportMismatch(site: Site, value: Value, target: Target, refuted: Refutation): void {
  const { pass } = site.scope;
  const extras = { span: spanOfValue(site, value), related: relatedTo(target) };
  const name = targetName(target);
  const { witness, at, asks } = refuted;
  const literal = literalOf(value);
  if (literal !== undefined) {
    const parameters = { value: JSON.stringify(literal), target: name, asks };
    report(pass, "typecheck/literal-mismatch", extras, parameters);
    return;
  }
  const where = at.length === 0 ? "" : ` at ${quote(at.join("."))}`;
  const source = nameOf(value);
  const parameters = { source, witness: JSON.stringify(witness), where, target: name, asks };
  report(pass, "typecheck/mismatch", extras, parameters);
}

function missingInput(site: Site, value: Value, name: string, target: ObjectTarget): Verdict {
  const span = spanOfValue(site, value, "key");
  const asked = memberTarget(target, name, true);
  const extras = { span, hint: `Bind ${quote(name)}.`, related: relatedTo(asked) };
  report(site.scope.pass, "typecheck/missing-input", extras, { name, target: targetName(target) });
  return "faulty";
}

function unknownInput(site: Site, value: Value, name: string, target: ObjectTarget): Verdict {
  const span = spanOfValue(site, value, "key");
  const hint = didYouMean(name, Object.keys(propertiesOf(target.schema)));
  const extras = { span, hint, related: relatedTo(target) };
  report(site.scope.pass, "typecheck/unknown-input", extras, { name, target: targetName(target) });
  return "faulty";
}

function relatedTo({ document, declared }: Target): readonly Related[] {
  return [{ span: document.spanOf(declared), message: "the schema that it goes to" }];
}

function spanOfValue({ scope }: Site, value: Value, part: "key" | "value" = "value"): Span {
  return scope.workflow.artifact.document.spanOf(value.at, part);
}

/** What a value is called in messages: a path or a literal as written, else what it is. */
export function nameOf(value: Value): string {
  if (value.kind === "path") return quote(value.text);
  return value.kind === "literal" ? shown(value.value) : `the bound ${value.kind}`;
}

function targetName({ artifact, steps }: Target): string {
  return steps.length === 0 ? artifact : steps.join(".");
}
