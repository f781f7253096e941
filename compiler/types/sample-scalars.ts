/** Numbers and texts to try as values of a type, about its bounds and about those that are asked. */
import type { Json, JsonObject } from "../../protocol/language/json.ts";
import { lengthsOf, rangeOf } from "./bounds.ts";
import { KIND } from "./kinds.ts";
import { readPattern } from "./pattern.ts";
import { kindsIn } from "./type.ts";

type Conjuncts = readonly JsonObject[];

/** The longest text made to break a bound. */
const LENGTH_MAX = 5_000;

/** Numbers at and about the bounds of the type and of what is asked. */
export function numbersNear(type: Conjuncts, asked: JsonObject): readonly number[] {
  const { low, high } = rangeOf(type);
  const named = [asked.minimum, asked.maximum, asked.exclusiveMinimum, asked.exclusiveMaximum];
  const about = [low.at, high.at, ...named].filter(isFiniteNumber);
  const near = about.flatMap((value) => [value, value + 1, value - 1, value + 0.5, value - 0.5]);
  const multiples = [...type.map((part) => part.multipleOf), asked.multipleOf]
    .filter(isFiniteNumber)
    .flatMap((step) => [step, -step, ...about.map((value) => Math.floor(value / step) * step)]);
  const halves = kindsIn(type) & KIND.fraction ? [0.5, 1.25] : [];
  return [0, 1, ...halves, ...near, ...multiples, -1].filter(isHeld);
}

/** Beyond these an integer is not held exactly, and no value of a protocol is one. */
function isHeld(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isFiniteNumber(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Texts that the type shows or describes, and plain ones of the lengths that are named. */
export function textsNear(type: Conjuncts, asked: JsonObject): readonly string[] {
  const { least, most } = lengthsOf(type);
  const named = [asked.minLength, asked.maxLength].filter(isFiniteNumber);
  const lengths = [least, ...named.flatMap((bound) => [bound - 1, bound + 1]), 1].filter(
    (length) => length >= least && length <= Math.min(most, LENGTH_MAX),
  );
  return [...type.flatMap(ownTexts), ...[...new Set(lengths)].map((length) => "x".repeat(length))];
}

/** The author's own examples first, then what a format or a pattern looks like. */
function ownTexts({ examples, format, pattern }: JsonObject): readonly string[] {
  const shown = Array.isArray(examples) ? (examples as readonly Json[]) : [];
  return [
    ...shown.filter((example) => typeof example === "string"),
    ...(typeof format === "string" ? (OF_FORMAT[format] ?? []) : []),
    ...(typeof pattern === "string" ? (readPattern(pattern)?.texts ?? []) : []),
  ];
}

const OF_FORMAT: Readonly<Record<string, readonly string[]>> = {
  date: ["2024-02-29"],
  time: ["12:30:00Z"],
  "date-time": ["2024-02-29T12:30:00Z"],
  duration: ["P1D"],
  email: ["ada@example.org"],
  hostname: ["example.org"],
  ipv4: ["192.0.2.1"],
  ipv6: ["2001:db8::1"],
  uri: ["https://example.org/"],
  uuid: ["c8a3b1f0-5d0c-4c7e-9c8e-0a1b2c3d4e5f"],
  "json-pointer": ["", "/a"],
};
