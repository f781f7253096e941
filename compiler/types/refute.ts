/**
 * The refuter: a value of a type, made only from what the type declares, that a schema does not
 * take because of a place which the type declares. Where it finds none there may still be one. The
 * caller confirms with the validator; nothing is refused on this file's word alone.
 */
import { LIMITS } from "../../protocol/language/limits.ts";
import type { Schema } from "../model.ts";
import { accepts } from "./accepts.ts";
import { isDeclared } from "./declared.ts";
import { alternativesOf } from "./prove.ts";
import { PART_REFUTERS } from "./refute-parts.ts";
import { SCALAR_REFUTERS } from "./refute-scalar.ts";
import { firstOf, type Refutation, type Refuter, type Refuting, whole } from "./refuter.ts";
import { maker } from "./sample.ts";
import type { Type } from "./type.ts";

/** A keyword, one refuter. */
const REFUTERS: ReadonlyMap<string, Refuter> = new Map(
  Object.entries({ ...SCALAR_REFUTERS, ...PART_REFUTERS }),
);

/** Finds a value of the type that does not fit the schema. Its work is bounded. */
export function refute(type: Type, schema: Schema): Refutation | undefined {
  let left = LIMITS.proofStepsMax;
  const refuting: Refuting = {
    make: maker(),
    refute: (inner, asked) => {
      left -= 1 + (inner?.length ?? 0);
      return left < 0 ? undefined : refuteOnce(inner, asked, refuting);
    },
  };
  return refuting.refute(type, schema);
}

function refuteOnce(type: Type, schema: Schema, refuting: Refuting): Refutation | undefined {
  if (type === null || schema === true || !isDeclared(type)) return undefined;
  if (schema === false) return whole(refuting.make.sample(type, "filled"), "nothing here");
  const isOfType = (found: Refutation | undefined) =>
    found && type.every((part) => accepts(part, found.witness)) ? found : undefined;
  return (
    firstOf(alternativesOf(type) ?? [], (one) => isOfType(refuting.refute(one, schema))) ??
    firstOf(Object.keys(schema), (keyword) =>
      isOfType(REFUTERS.get(keyword)?.(type, schema, refuting)),
    )
  );
}
