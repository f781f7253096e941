/**
 * The check of a configuration against its schema: ajv's validator. Its program text is made by the
 * build out of this very file and put in its place (`bin/build.mjs`), so that no command compiles a
 * schema, or brings ajv along, to read its flags.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../protocol/language/config.schema.json" with { type: "json" };

/** An ajv that finds all problems at once and has the schema under the name `config`. */
export function configAjv(options: { readonly source: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    code: { source: options.source, esm: true },
  });
  // An annotation: what it labels is never shown.
  ajv.addKeyword({ keyword: "x-label", schemaType: "array" });
  ajv.addSchema(schema, "config");
  return ajv;
}

export const CONFIG_CHECK = configAjv({ source: false }).compile(schema);
