/**
 * Where each `$ref` of a JSON Schema leads: to a schema artifact, or to another place in the same
 * schema. Anything else, a file or an address, is refused: a protocol is all that it says.
 */
import { type JsonObject, member } from "../../../protocol/language/json.ts";
import type { FullName, Kind } from "../../../protocol/language/names.ts";
import { diagnose, type Span } from "../../diagnostic.ts";
import { hintAt } from "../../did-you-mean.ts";
import type { Artifact, Schema } from "../../model.ts";
import { type SchemaPlace, schemasOf, subschemaAt } from "../shape/schema-places.ts";
import type { Search as NameSearch } from "./names.ts";

export type Target = ({ readonly artifact: FullName } | { readonly local: Schema }) & {
  /** The place of the reference. */
  readonly at: () => Span;
};

export interface References {
  /** By the object in which a `$ref` stands. One that leads nowhere was reported and is not here. */
  readonly targets: ReadonlyMap<JsonObject, Target>;
  /** The schema artifacts that an artifact refers to, with the place where it does so first. */
  readonly links: ReadonlyMap<FullName, ReadonlyMap<FullName, () => Span>>;
}

/** An artifact with schemas in it. */
export interface Owner {
  readonly kind: Kind;
  readonly artifact: Artifact<unknown>;
}

interface Search extends NameSearch {
  readonly definitions: WeakMap<JsonObject, readonly string[]>;
}

export function readReferences(owners: readonly Owner[], names: NameSearch): References {
  const search: Search = { ...names, definitions: new WeakMap() };
  const targets = new Map<JsonObject, Target>();
  const links = new Map<FullName, Map<FullName, () => Span>>();
  for (const { kind, artifact } of owners) {
    const own = new Map<FullName, () => Span>();
    links.set(artifact.name, own);
    for (const place of schemasOf(kind, artifact.document.value)) {
      const target = targetOf(place, artifact, search);
      if (target === null) continue;
      targets.set(place.schema, target);
      if ("artifact" in target && !own.has(target.artifact)) own.set(target.artifact, target.at);
    }
  }
  return { targets, links };
}

function targetOf(place: SchemaPlace, artifact: Artifact<unknown>, search: Search): Target | null {
  const ref = member(place.schema, "$ref");
  if (typeof ref !== "string") return null;
  const at = () => artifact.document.spanOf([...place.path, "$ref"]);
  if (ref.startsWith("#")) {
    const local = localSchema(ref, place.root);
    if (local !== undefined) return { local, at };
    const hint = hintAt(search.suggest(ref, definitionsOf(place.root, search)));
    search.found.push(diagnose("resolve/bad-pointer", at(), { pointer: ref }, { hint }));
    return null;
  }
  if (LEADS_OUTSIDE.test(ref)) {
    search.found.push(diagnose("resolve/remote-reference", at(), { ref }));
    return null;
  }
  const named = search.names.find({ name: ref, from: artifact.domain, kind: "schema", at });
  return named === null ? null : { artifact: named.name, at };
}

/** What no artifact's name holds and addresses, files and pointers into them do. */
const LEADS_OUTSIDE = /[/#.?]|^(?:urn|https?|file):(?!:)/;

/** Pointers to the definitions of a schema, made once for each schema. */
function definitionsOf(root: JsonObject, { definitions }: Search): readonly string[] {
  let pointers = definitions.get(root);
  if (pointers === undefined) {
    pointers = Object.keys(member(root, "$defs") ?? {}).map((name) => `#/$defs/${name}`);
    definitions.set(root, pointers);
  }
  return pointers;
}

/** The schema that a local pointer (`#/$defs/name`) names, undefined where no schema stands. */
function localSchema(ref: string, root: JsonObject): Schema | undefined {
  let schema: Schema | undefined = root;
  let rest = stepsOfFragment(ref);
  while (rest.length > 0 && schema !== undefined) {
    const { inner, steps } = subschemaAt(schema, rest);
    schema = inner;
    rest = rest.slice(steps);
  }
  return schema;
}

/** A JSON Pointer in the form of a URI fragment (RFC 6901 section 6), as steps. */
function stepsOfFragment(ref: string): readonly string[] {
  const steps = percentDecoded(ref.slice(1)).split("/");
  if (steps[0] !== "") return ["", ...steps];
  return steps.slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
