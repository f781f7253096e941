/**
 * Values as text, twice from one walk: as JSON the way they stand in a record, and canonical with
 * sealed values masked, the way a fingerprint sees them. Most values are one and the same text. What
 * is frozen through and through and was walked a moment ago is known again: the same value stands in several records of an
 * execution. It never looks at anything but the value.
 */
import { invariant } from "./invariant.ts";
import type { Json, JsonObject } from "./json.ts";
import { SEALED_MEMBER } from "./names.ts";

/** Nothing that JSON escapes, and no surrogate. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** The canonical text of a sealed value that is masked. */
const MASK = `{"${SEALED_MEMBER}":true}`;

/** The same text as `JSON.stringify` gives for JSON: members in their order, what is undefined left out. */
export function jsonText(value: Json): string {
  return walk(value);
}

/** Canonical JSON (RFC 8785) of a value whose sealed values are masked. */
export function maskedText(value: Json): string {
  const text = walk(value);
  return isSame ? text : masked;
}

/** The members of an object as JSON, without its braces; of themselves they are not known again. */
export function membersText(object: object): string {
  let text = "";
  for (const key of Object.keys(object)) {
    const value = (object as JsonObject)[key];
    if (value === undefined) continue;
    text += text === "" ? `${nameText(key)}${walk(value)}` : `,${nameText(key)}${walk(value)}`;
  }
  return text;
}

/** A string as JSON. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Of the value that was walked last: whether both texts are one, and the masked one where they are not. */
let isSame = true;
let masked = "";
/** Of the same value: whether it is frozen to its last part, so that it says the same for ever. */
let isFixed = true;

function walk(value: Json): string {
  if (typeof value === "object" && value !== null) return walkWhole(value);
  isSame = true;
  isFixed = true;
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "a record holds finite numbers only");
    // Of both zeros the same, as `String` has it.
    return `${value}`;
  }
  invariant(value === null || typeof value === "boolean", `a record holds no ${typeof value}`);
  return value === null ? "null" : value ? "true" : "false";
}

/** A larger text is not kept, however often its value comes by. */
const KEPT_CHARS_MAX = 65_536;
/** So many values are known again: more than an ordinary execution writes down. */
const KEPT = 32;

const values: (object | null)[] = new Array<null>(KEPT).fill(null);
const texts: string[] = new Array<string>(KEPT).fill("");
/** The masked text; the empty one where it is the same. */
const maskedTexts: string[] = new Array<string>(KEPT).fill("");
let last = 0;

function walkWhole(value: Exclude<Json, null> & object): string {
  for (let at = 0; at < KEPT; at += 1) {
    if (values[at] !== value) continue;
    masked = maskedTexts[at] as string;
    isSame = masked === "";
    isFixed = true;
    return texts[at] as string;
  }
  const text = Array.isArray(value) ? walkItems(value) : walkMembers(value as JsonObject);
  isFixed &&= Object.isFrozen(value);
  if (isFixed && text.length <= KEPT_CHARS_MAX) {
    last = (last + 1) % KEPT;
    values[last] = value;
    texts[last] = text;
    maskedTexts[last] = isSame ? "" : masked;
  }
  return text;
}

function walkItems(items: readonly Json[]): string {
  let text = "[";
  let canonical: string | undefined;
  let allFixed = true;
  for (let at = 0; at < items.length; at += 1) {
    const comma = at > 0 ? "," : "";
    const before = text;
    const item = walk(items[at] as Json);
    if (!isFixed) allFixed = false;
    text += comma + item;
    if (!isSame) canonical = (canonical ?? before) + comma + masked;
    else if (canonical !== undefined) canonical += comma + item;
  }
  if (canonical !== undefined) masked = `${canonical}]`;
  isSame = canonical === undefined;
  isFixed = allFixed;
  return `${text}]`;
}

function walkMembers(object: JsonObject): string {
  const keys = Object.keys(object);
  const parts: string[] = [];
  let text = "";
  let isSorted = true;
  let allSame = true;
  let allFixed = true;
  let count = 0;
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] as string;
    const value = object[key];
    if (value === undefined) continue;
    const member = walk(value);
    if (count > 0 && (keys[count - 1] as string) > key) isSorted = false;
    if (!isSame) allSame = false;
    if (!isFixed) allFixed = false;
    text += count > 0 ? `,${nameText(key)}${member}` : `${nameText(key)}${member}`;
    keys[count] = key;
    parts.push(isSame ? member : masked);
    count += 1;
  }
  isSame = isSorted && allSame;
  isFixed = allFixed;
  if (Object.hasOwn(object, SEALED_MEMBER)) {
    isSame = false;
    masked = MASK;
  } else if (!isSame) {
    masked = canonicalOf(keys, parts);
  }
  return `{${text}}`;
}

/** The members in the order of their names, UTF-16 code units compared; both lists are brought into it. */
function canonicalOf(keys: string[], parts: string[]): string {
  if (parts.length > SORTED_BY_HAND_MAX) return canonicalOfMany(keys, parts);
  for (let end = 1; end < parts.length; end += 1) {
    const key = keys[end] as string;
    const part = parts[end] as string;
    let at = end;
    for (; at > 0 && (keys[at - 1] as string) > key; at -= 1) {
      keys[at] = keys[at - 1] as string;
      parts[at] = parts[at - 1] as string;
    }
    keys[at] = key;
    parts[at] = part;
  }
  return joined(keys, parts);
}

/** A few are in order sooner than `sort` has begun; many would take the square of their number. */
const SORTED_BY_HAND_MAX = 32;

function canonicalOfMany(keys: readonly string[], parts: readonly string[]): string {
  const order = parts.map((_, at) => at);
  order.sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
  return joined(
    order.map((at) => keys[at] as string),
    order.map((at) => parts[at] as string),
  );
}

function joined(keys: readonly string[], parts: readonly string[]): string {
  let text = "";
  for (let at = 0; at < parts.length; at += 1) {
    text += at > 0 ? `,${nameText(keys[at] as string)}` : nameText(keys[at] as string);
    text += parts[at] as string;
  }
  return `{${text}}`;
}

/** Names of members that were written before, with what stands around them. */
const names = new Map<string, string>();
const NAMES_MAX = 4_096;

/** Callers may name members as they like: what is kept of that has a bound. */
function nameText(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX) names.clear();
  const text = `${quoted(key)}:`;
  names.set(key, text);
  return text;
}
