/**
 * A file put into a folder that the contract names, whole or not at all. It never overwrites, never
 * follows a link, and is the same however often it is repeated.
 */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { type DropSettings, dropFile } from "../drop/drop.ts";
import { externalOf } from "../sdk.ts";

/** A part of a path that is neither `.` nor `..`, without control characters. */
const CHARACTER = "[^/\\x00-\\x1f\\x7f]";
const PART = `([^./\\x00-\\x1f\\x7f]${CHARACTER}*|\\.[^./\\x00-\\x1f\\x7f]${CHARACTER}*|\\.\\.${CHARACTER}+)`;

const SETTINGS: JsonObject = {
  type: "object",
  required: ["folder"],
  additionalProperties: false,
  properties: {
    folder: {
      description: "The folder that files are put into: an absolute path without `.` and `..`.",
      type: "string",
      maxLength: 1024,
      pattern: `^(/${PART})+$`,
    },
  },
};

export const external = externalOf<DropSettings, Json>({ settings: SETTINGS, call: dropFile });
