/**
 * What an implementation or a caller hands over, as plain frozen JSON: a copy that nobody else
 * holds. Each member is read once, and no code of the value is asked what it stands for (`toJSON`). It
 * refuses what JSON cannot say, what the strict reader would refuse, and what would pass for a sealed
 * value.
 */
import { type Json, pointer } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { SEALED_MEMBER } from "./names.ts";
import type { Problem } from "./refusal.ts";

export type PlainJson = { readonly value: Json } | { readonly problem: Problem };

export function plainJson(given: unknown): PlainJson {
  const copier = new Copier();
  try {
    // What is not plain is looked at again, to say where.
    return { value: attempt(given) ?? copier.copy(given) };
  } catch (error) {
    if (error instanceof NotPlain) return { problem: error.problem };
    // Nothing but the value's own getters and traps runs code here that could throw.
    return { problem: { pointer: copier.place, message: "reading the value threw an error" } };
  }
}

function attempt(given: unknown): Json | undefined {
  try {
    return quickly(given, { left: LIMITS.jsonValuesMax }, LIMITS.jsonDepthMax);
  } catch {
    // A getter threw, and will again where its place is known.
    return undefined;
  }
}

/** A copy of what is plain; undefined where something is not, or is better looked at closely. */
function quickly(given: unknown, budget: { left: number }, depth: number): Json | undefined {
  budget.left -= 1;
  if (typeof given === "string") return given.isWellFormed() ? given : undefined;
  if (typeof given === "boolean") return given;
  if (typeof given === "number") {
    const plain =
      Number.isSafeInteger(given) || (Number.isFinite(given) && !Number.isInteger(given));
    return plain ? given + 0 : undefined;
  }
  if (typeof given !== "object" || given === null || depth < 0 || budget.left < 0) return undefined;
  if (Array.isArray(given)) return quickArray(given, budget, depth);
  if (Object.getPrototypeOf(given) !== Object.prototype) return undefined;
  // Names and symbols apart: of an ordinary object that is twice as fast as all of its keys.
  if (Object.getOwnPropertySymbols(given).length > 0) return undefined;
  const names = Object.getOwnPropertyNames(given);
  const members: Record<string, Json> = {};
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] as string;
    if (name === "__proto__" || name === SEALED_MEMBER || !name.isWellFormed()) return undefined;
    const inner = (given as Record<string, unknown>)[name];
    const copy = inner === null ? null : quickly(inner, budget, depth - 1);
    if (copy === undefined) return undefined;
    members[name] = copy;
  }
  return Object.freeze(members);
}

function quickArray(
  given: readonly unknown[],
  budget: { left: number },
  depth: number,
): Json | undefined {
  if (Object.getPrototypeOf(given) !== Array.prototype) return undefined;
  if (Reflect.ownKeys(given).length !== given.length + 1) return undefined;
  const items: Json[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const inner = given[at];
    const copy = inner === null ? null : quickly(inner, budget, depth - 1);
    if (copy === undefined) return undefined;
    items.push(copy);
  }
  return Object.freeze(items);
}

class NotPlain extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

class Copier {
  readonly #path: (string | number)[] = [];
  #valuesLeft: number = LIMITS.jsonValuesMax;

  /** Where the copier is. */
  get place(): string {
    return pointer(this.#path);
  }

  copy(given: unknown): Json {
    this.#valuesLeft -= 1;
    if (this.#valuesLeft < 0) this.#refuse(`expected at most ${LIMITS.jsonValuesMax} values`);
    switch (typeof given) {
      case "string":
        return given.isWellFormed() ? given : this.#refuse("found a lone surrogate");
      case "number":
        return this.#number(given);
      case "boolean":
        return given;
      case "object":
        if (given === null) return null;
        return Array.isArray(given) ? this.#array(given) : this.#object(given);
      default:
        return this.#refuse(`found ${typeof given}`);
    }
  }

  #refuse(message: string): never {
    throw new NotPlain({ pointer: pointer(this.#path), message });
  }

  #number(given: number): number {
    if (!Number.isFinite(given)) this.#refuse("found a number that is not finite");
    if (Number.isInteger(given) && !Number.isSafeInteger(given)) {
      this.#refuse("found an integer beyond ±(2^53 − 1)");
    }
    return given === 0 ? 0 : given;
  }

  /** Circles end here too: a value in a circle has no depth. */
  #enter(step: string | number, given: unknown): Json {
    // The answer's own object is one level above the output.
    if (this.#path.length > LIMITS.jsonDepthMax) this.#refuse("found too many levels or a circle");
    this.#path.push(step);
    const copy = this.copy(given);
    this.#path.pop();
    return copy;
  }

  #array(given: readonly unknown[]): Json {
    if (Object.getPrototypeOf(given) !== Array.prototype) this.#refuse("found a kind of array");
    if (Reflect.ownKeys(given).length !== given.length + 1) {
      this.#refuse("found an array with holes or with members");
    }
    const items: Json[] = [];
    for (let at = 0; at < given.length; at += 1) items.push(this.#enter(at, given[at]));
    return Object.freeze(items);
  }

  #object(given: object): Json {
    const prototype: unknown = Object.getPrototypeOf(given);
    if (prototype !== Object.prototype && prototype !== null)
      this.#refuse("found a class's object");
    const members: Record<string, Json> = {};
    for (const key of Reflect.ownKeys(given)) {
      if (typeof key === "symbol") this.#refuse("found a symbol as a key");
      if (key === "__proto__" || key === SEALED_MEMBER || !key.isWellFormed()) {
        this.#refuse("found a key that is not allowed");
      }
      members[key] = this.#enter(key, (given as Record<string, unknown>)[key]);
    }
    return Object.freeze(members);
  }
}
