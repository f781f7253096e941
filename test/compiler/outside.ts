/**
 * What calls the outside in tests of the compiler: settings to hold contracts against, and nothing
 * that could be called. A compile calls nothing.
 */
import type { Capabilities, External } from "../../protocol/language/capabilities.ts";
import { sha256 } from "../../protocol/language/digest.ts";

function uncalled(): never {
  throw new Error("a compile calls nothing outside");
}

/** Implementations by name; each has settings of its own. */
export const OUTSIDE: ReadonlyMap<string, External> = new Map([
  [
    "http-call",
    {
      settings: {
        type: "object",
        required: ["hosts"],
        additionalProperties: false,
        properties: {
          hosts: {
            description: "The hosts that may be called.",
            type: "array",
            minItems: 1,
            items: { type: "string", format: "hostname" },
          },
          body_bytes_max: { type: "integer", minimum: 1 },
        },
      },
      call: uncalled,
    },
  ],
  [
    "file-drop",
    {
      settings: {
        type: "object",
        required: ["folder"],
        additionalProperties: false,
        properties: { folder: { type: "string", minLength: 1 } },
      },
      call: uncalled,
    },
  ],
]);

/** A table of implementations with these beside its own. */
export function withOutside(table: Capabilities): Capabilities {
  return {
    ...table,
    names: () => [...table.names(), ...OUTSIDE.keys()].sort(),
    digestOf: (name) => (OUTSIDE.has(name) ? sha256(`the text of ${name}`) : table.digestOf(name)),
    kindOf: (name) => (OUTSIDE.has(name) ? "external" : table.kindOf(name)),
    external: (name) => OUTSIDE.get(name) ?? table.external(name),
  };
}
