/**
 * Remembers what functions of a package answered, for tests that ask the same some hundred times:
 * the platform's own policies of each protocol, the picture of the same run. Only for what depends on
 * its arguments and on nothing else, and never for what a test asks about.
 */
import { createRequire } from "node:module";

type Asked = (...args: readonly unknown[]) => unknown;

const require = createRequire(import.meta.url);
const ANSWERS_MAX = 2_000;

/** Puts functions that remember in the place of those of a package, before anything else loads it. */
export function askOnce(module: string, names: readonly string[]): void {
  const exported = require(module) as Record<string, Asked>;
  for (const name of names) {
    const ask = exported[name];
    if (ask === undefined) throw new Error(`${module} has no ${name}`);
    exported[name] = remembering(ask);
  }
}

function remembering(ask: Asked): Asked {
  const answers = new Map<string, unknown>();
  return (...args) => {
    const question = JSON.stringify(args);
    const known = answers.get(question) ?? ask(...args);
    if (answers.size < ANSWERS_MAX) answers.set(question, known);
    // Whoever is answered may do with it what he likes: nobody else sees that.
    return structuredClone(known);
  };
}

/** What Cedar says of texts and schemas; not how it decides. */
export function askCedarOnce(): void {
  askOnce("@cedar-policy/cedar-wasm/nodejs", [
    "getValidRequestEnvsPolicy",
    "policySetTextToParts",
    "policyToJson",
    "validate",
  ]);
}

interface Painted {
  readonly asPng: () => Uint8Array;
}

/** The painter of pictures, by its native file: the same text gives the same pixels. */
export function paintOnce(file: string): void {
  const native = require(file) as {
    renderAsync: (svg: string, options: string, signal: unknown) => Promise<Painted>;
  };
  const paint = native.renderAsync;
  const painted = new Map<string, Promise<Painted>>();
  native.renderAsync = (svg, options, signal) => {
    const picture = `${options}\n${svg}`;
    const known = painted.get(picture) ?? paint(svg, options, signal).then(encodedOnce);
    if (painted.size < ANSWERS_MAX) painted.set(picture, known);
    return known;
  };
}

function encodedOnce(image: Painted): Painted {
  const png = image.asPng();
  return { asPng: () => png };
}
