/**
 * Holds the settings of external effects against what their implementations take. Nothing is filled
 * in: an implementation that needs a setting says so in its schema.
 */
import type { Capabilities } from "../../../protocol/language/capabilities.ts";
import type { Json } from "../../../protocol/language/json.ts";
import { quoteAll } from "../../codes/quote.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { type SchemaProblem, validatorOf } from "../../json-schema.ts";
import type { PathStep, ResolvedExternal, Schema } from "../../model.ts";
import { memberSchemas } from "../../types/accepts.ts";
import { propertiesOf } from "../../types/bounds.ts";
import { type Pass, report } from "./scope.ts";

/** The settings of one contract, and the schema that its implementation has for them. */
interface Given {
  readonly pass: Pass;
  readonly external: ResolvedExternal;
  readonly schema: Schema;
}

export function checkSettings(pass: Pass, capabilities: Capabilities): void {
  for (const external of pass.world.externals.values()) {
    const schema = capabilities.external(external.artifact.text.implementation).settings;
    const given = { pass, external, schema };
    const settings = external.artifact.text.settings ?? {};
    const missing = requiredOf(schema).filter((name) => !Object.hasOwn(settings, name));
    for (const name of missing) reportMissing(given, name);
    const parts = Object.entries(settings).map(([name, value]) => checkOne(given, name, value));
    if (missing.length > 0 || parts.includes("faulty")) continue;
    const problem = validatorOf(schema)(settings);
    if (problem !== null) reportUnfit(given, problem.path, problem);
  }
}

function requiredOf(schema: Schema): readonly string[] {
  return typeof schema === "boolean" ? [] : ((schema.required ?? []) as readonly string[]);
}

function checkOne(given: Given, name: string, value: Json): "right" | "faulty" {
  const { schema } = given;
  const asked = typeof schema === "boolean" ? [schema] : memberSchemas(schema, name);
  if (asked.includes(false)) {
    reportUnknown(given, name);
    return "faulty";
  }
  for (const one of asked) {
    const problem = validatorOf(one)(value);
    if (problem === null) continue;
    reportUnfit(given, [name, ...problem.path], problem);
    return "faulty";
  }
  return "right";
}

function reportMissing({ pass, external, schema }: Given, name: string): void {
  const { text, document } = external.artifact;
  const place = text.settings === undefined ? "implementation" : "settings";
  const span = document.spanOf([place], text.settings === undefined ? "value" : "key");
  const about = aboutOf(schema, name);
  const parameters = { implementation: text.implementation, name };
  report(pass, "typecheck/missing-setting", { span, hint: about }, parameters);
}

function reportUnknown({ pass, external, schema }: Given, name: string): void {
  const { text, document } = external.artifact;
  const known = typeof schema === "boolean" ? [] : Object.keys(propertiesOf(schema));
  const choice = known.length === 0 ? "It takes none." : `It takes ${quoteAll(known)}.`;
  const span = document.spanOf(["settings", name], "key");
  const parameters = { implementation: text.implementation, name };
  const hint = didYouMean(name, known) ?? choice;
  report(pass, "typecheck/unknown-setting", { span, hint }, parameters);
}

function reportUnfit(
  { pass, external, schema }: Given,
  path: readonly PathStep[],
  { message }: SchemaProblem,
): void {
  const { text, document } = external.artifact;
  const span = document.spanOf(["settings", ...path]);
  const hint = aboutOf(schema, String(path[0]));
  const parameters = { implementation: text.implementation, problem: message };
  report(pass, "typecheck/unfit-setting", { span, hint }, parameters);
}

/** What the implementation says of a setting, for the author to read. */
function aboutOf(schema: Schema, name: string): string | undefined {
  const about = typeof schema === "boolean" ? undefined : propertiesOf(schema)[name];
  const text = typeof about === "object" ? about.description : undefined;
  return typeof text === "string" ? text : undefined;
}
