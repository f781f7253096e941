/**
 * The language's schemas as editors use them: files that refer to each other by relative paths, read
 * by a validator of JSON Schema draft 7, which is what the YAML extensions of editors have.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { nested, settingsOf } from "../../../bin/config/settings.ts";
import { load } from "../../../compiler/passes/load.ts";
import { parse } from "../../../compiler/passes/parse.ts";
import type { JsonObject } from "../../../protocol/language/json.ts";
import { CALLER_PATTERN, TENANT_PATTERN } from "../../../protocol/language/names.ts";
import { PROGRAM } from "../from-text.ts";

const LANGUAGE = join(import.meta.dirname, "../../../protocol/language");

function editorValidator() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  for (const file of readdirSync(join(LANGUAGE, "kinds"))) {
    const schema = JSON.parse(readFileSync(join(LANGUAGE, "kinds", file), "utf8"));
    ajv.addSchema(schema, `file:///language/kinds/${file}`);
  }
  const all = JSON.parse(readFileSync(join(LANGUAGE, "protocol.schema.json"), "utf8"));
  ajv.addSchema(all, "file:///language/protocol.schema.json");
  const validate = ajv.getSchema("file:///language/protocol.schema.json");
  if (validate === undefined) throw new Error("the schema is there");
  return validate;
}

const validate = editorValidator();
const documents = parse(load(PROGRAM, PROGRAM).value).value;

test("every document of the committed domains is right for an editor too", () => {
  expect(documents.length).toBeGreaterThan(30);
  for (const { value, source } of documents) {
    expect(validate(value), `${source.file}: ${JSON.stringify(validate.errors)}`).toBe(true);
  }
});

test("an editor refuses what the compiler refuses", () => {
  for (const { value } of documents) {
    expect(validate({ ...value, extra: 1 })).toBe(false);
    expect(validate({ ...value, code: "x y" })).toBe(false);
    expect(validate({ ...value, kind: "nothing" })).toBe(false);
  }
  expect(validate({})).toBe(false);
});

test("an editor knows the configuration: each setting is described, and its default fits", () => {
  const text = readFileSync(join(LANGUAGE, "config.schema.json"), "utf8");
  const schema = JSON.parse(text) as JsonObject;
  const fits = new Ajv({ strict: false, allErrors: true }).compile(schema);
  const settings = settingsOf(schema);
  expect(settings.length).toBeGreaterThan(5);
  for (const { key, schema: one } of settings) {
    expect(one.description, key).toMatch(/^[A-Z].*\.$/s);
  }
  const withDefault = settings.filter(({ schema: one }) => one.default !== undefined);
  const defaults = nested(withDefault.map((one) => [one, one.schema.default ?? null]));
  expect(fits(defaults), JSON.stringify(fits.errors)).toBe(true);
  expect(fits({ ...defaults, more: 1 })).toBe(false);
  expect(fits({ operator: { tenant: "../up" } })).toBe(false);
  const patternOf = (name: string) => settings.find(({ key }) => key === name)?.schema.pattern;
  expect(patternOf("operator.tenant")).toBe(TENANT_PATTERN.source);
  expect(patternOf("operator.principal")).toBe(CALLER_PATTERN.source);
});

test("every key has a description or a schema that has one, for an editor to show", () => {
  for (const file of readdirSync(join(LANGUAGE, "kinds"))) {
    const schema = JSON.parse(readFileSync(join(LANGUAGE, "kinds", file), "utf8"));
    expect(schema.description, file).toMatch(/^[A-Z].*\.$/s);
    expect(schema.title, file).toBeDefined();
  }
});
