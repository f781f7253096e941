/**
 * The implementations as they were built, opened from a folder: each is read once, hashed, and
 * evaluated from those very bytes, when it is first asked for. Evaluation hides clocks, randomness
 * and input from a transform so that determinism is not broken by accident: of Node it is given
 * SHA-256 alone. What calls the outside may ask for a listed few of Node's modules, which are not
 * loaded before. It is no security
 * boundary: whoever may change the files may do everything that the process may.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import type { Capabilities, External, Transform } from "../protocol/language/capabilities.ts";
import { type Digest, sha256 } from "../protocol/language/digest.ts";
import { invariant } from "../protocol/language/invariant.ts";
import { deepFreeze, isObject } from "../protocol/language/json.ts";
import builtins from "./builtins.json" with { type: "json" };
import table from "./table.json" with { type: "json" };

/**
 * The globals that a program sees: those of the language whose answers depend on nothing but their
 * arguments, and the UTF-8 coders. Whatever else this Node has, or a later one gets, is hidden.
 */
const SEEN: ReadonlySet<string> = new Set(
  `Object Array Boolean Number BigInt String Symbol RegExp Map Set WeakMap WeakSet JSON Reflect Proxy
  Promise Iterator Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError
  URIError ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array
  Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array
  parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI decodeURIComponent
  TextEncoder TextDecoder NaN Infinity undefined`.split(/\s+/),
);

/** What a program is given: parameters, which stand before globals of the same names. */
const GIVEN = Object.freeze(["module", "exports", "Math", "require"]);

/** Parameters that nothing is given for. `eval` may not be a parameter's name in strict code. */
const HIDDEN: readonly string[] = Object.getOwnPropertyNames(globalThis).filter((name) => {
  const known = SEEN.has(name) || GIVEN.includes(name) || name === "eval";
  return !known && /^[A-Za-z_$][\w$]*$/.test(name);
});

/** `Math` without `random`. */
const SAFE_MATH = Object.freeze(
  Object.fromEntries(
    Object.getOwnPropertyNames(Math)
      .filter((name) => name !== "random")
      .map((name) => [name, Reflect.get(Math, name)]),
  ),
);

/** What the folder of a source in the table says that it is. */
const KIND_OF_FOLDER = new Map<string, Kind>([
  ["transforms", "transform"],
  ["externals", "external"],
]);

type Kind = "transform" | "external";

interface Program {
  readonly text: string;
  readonly digest: Digest;
}

/** Opens a folder that `bundleCapabilities` wrote. Nothing is read before it is asked for. */
export function openCapabilities(folder: string): Capabilities {
  const names = Object.freeze(Object.keys(table).sort());
  const programs = new Map<string, Program | undefined>();
  const transforms = new Map<string, Transform>();
  const externals = new Map<string, External>();

  function programOf(name: string): Program | undefined {
    if (!programs.has(name)) programs.set(name, readProgram(folder, name));
    return programs.get(name);
  }

  function textOf(name: string, kind: Kind): string {
    const program = programOf(name);
    invariant(program !== undefined, `there is an implementation \`${name}\``);
    invariant(kindOf(name) === kind, `\`${name}\` is of the kind ${kind}`);
    return program.text;
  }

  return Object.freeze({
    names: () => names,
    digestOf: (name: string) => programOf(name)?.digest,
    kindOf,
    transform: (name: string) =>
      once(transforms, name, () => transformIn(name, textOf(name, "transform"))),
    external: (name: string) =>
      once(externals, name, () => externalIn(name, textOf(name, "external"))),
  });
}

function kindOf(name: string): Kind | undefined {
  const path = (table as Readonly<Record<string, string>>)[name];
  if (!Object.hasOwn(table, name) || path === undefined) return undefined;
  return KIND_OF_FOLDER.get(path.slice(0, path.indexOf("/")));
}

function once<T>(known: Map<string, T>, name: string, make: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  const made = make();
  known.set(name, made);
  return made;
}

/** Undefined for a name that is not in the table, and for one whose file is not there. */
function readProgram(folder: string, name: string): Program | undefined {
  if (!Object.hasOwn(table, name)) return undefined;
  const file = join(folder, `${name}.js`);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return { text: bytes.toString("utf8"), digest: sha256(bytes) };
}

function transformIn(name: string, text: string): Transform {
  const { transform } = evaluate(name, text, requirePure);
  invariant(typeof transform === "function", `\`${name}\` exports a function \`transform\``);
  return transform as Transform;
}

function externalIn(name: string, text: string): External {
  const { external } = evaluate(name, text, requireListed);
  const whole =
    isObject(external) && isObject(external.settings) && typeof external.call === "function";
  invariant(whole, `\`${name}\` exports \`external\`, with \`settings\` and \`call\``);
  return deepFreeze(external as unknown as External);
}

type Require = (module: string) => unknown;

/** Runs a program, and gives what it exports. */
function evaluate(name: string, text: string, require: Require): Readonly<Record<string, unknown>> {
  const module: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  const run = compileFunction(text, [...GIVEN, ...HIDDEN], {
    filename: `capability:${name}`,
  });
  run(module, module.exports, SAFE_MATH, require);
  return module.exports;
}

/** Of all that Node has, the one function whose answer depends on nothing but its arguments. */
const PURE_CRYPTO = Object.freeze({
  hash(algorithm: string, data: string | Uint8Array): Digest {
    invariant(algorithm === "sha256", "a transform is given SHA-256 and no other digest");
    return sha256(data);
  },
});

function requirePure(name: string): unknown {
  invariant(name === "node:crypto", `\`${name}\` cannot be reached by a transform`);
  return PURE_CRYPTO;
}

/** The modules of Node that a program which calls the outside may ask for, loaded when it does. */
function requireListed(name: string): unknown {
  invariant(builtins.includes(name), `\`${name}\` is listed for what calls the outside`);
  return createRequire(join(import.meta.dirname, "any"))(name);
}
