/**
 * What a name stands for: an artifact of the domain that the name is written in, or of one that this
 * domain uses. It finds or says why not; it never takes an artifact that is merely close.
 */
import { type FullName, fullName } from "../../../protocol/language/names.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import type { Shaped } from "../../model.ts";
import type { Domains } from "./domains.ts";
import type { Known, Nameable, NameParts } from "./nameable.ts";
import { suggestionsOf } from "./suggestions.ts";

export interface Mention<K extends keyof Nameable> {
  /** As written: `CODE` or `domain::CODE`. */
  readonly name: string;
  /** The domain of the artifact in which it is written. */
  readonly from: string;
  readonly kind: K;
  /** Its place; asked for only where something is wrong. */
  readonly at: () => Span;
}

/** What the search for names takes part in: what it found out, and how it suggests others. */
export interface Search {
  readonly names: Names;
  readonly suggest: Suggest;
  readonly found: Diagnostic[];
}

export interface Names {
  /** The artifact that a mention stands for; null where it stands for none, which is reported. */
  readonly find: <K extends keyof Nameable>(mention: Mention<K>) => Nameable[K] | null;
  /** Domains that were named from another, as `from>named`. */
  readonly named: ReadonlySet<string>;
}

/** Reads the names of a protocol; duplicates are reported, and the first of them is the one meant. */
export function searchIn(
  shaped: Shaped,
  domains: Domains,
  suggest: Suggest,
  found: Diagnostic[],
): Search {
  const table = tableOf(shaped, found);
  const hintFor = suggestionsOf([...table.values()], domains, suggest);
  const named = new Set<string>();

  function faultOf(mention: Mention<keyof Nameable>, known: Known | undefined): Diagnostic | null {
    const { name, from, kind, at } = mention;
    const { domain } = partsOf(mention);
    if (domain !== from && !domains.uses.has(domain)) {
      const hint = hintAt(suggest(domain, [...domains.uses.keys()]));
      return diagnose("resolve/unknown-domain", at(), { domain }, { hint });
    }
    if (domain !== from && !domains.uses.get(from)?.has(domain)) {
      return diagnose("resolve/undeclared-domain", at(), { domain, from });
    }
    if (known === undefined) {
      const hint = hintFor(kind, from, partsOf(mention));
      return diagnose("resolve/unknown-artifact", at(), { name, kind }, { hint });
    }
    return known.kind === kind ? null : kindFault(mention, known);
  }

  const names: Names = {
    named,
    find: (mention) => {
      const { domain, code } = partsOf(mention);
      if (domain !== mention.from) named.add(`${mention.from}>${domain}`);
      const known = table.get(fullName(domain, code));
      const fault = faultOf(mention, known);
      if (fault === null) return known?.artifact as Nameable[typeof mention.kind];
      found.push(fault);
      return null;
    },
  };
  return { names, suggest, found };
}

function tableOf(shaped: Shaped, found: Diagnostic[]): ReadonlyMap<FullName, Known> {
  const table = new Map<FullName, Known>();
  const add = <K extends keyof Nameable>(kind: K, artifacts: readonly Nameable[K][]) => {
    for (const artifact of artifacts) {
      const first = table.get(artifact.name);
      if (first === undefined) table.set(artifact.name, { kind, artifact });
      else found.push(duplicateFault(artifact, first.artifact));
    }
  };
  add("schema", shaped.schemas);
  add("transform", shaped.transforms);
  add("effect", shaped.effects);
  add("workflow", shaped.workflows);
  add("intent", shaped.intents);
  add("policy", shaped.policies);
  add("decisions", shaped.decisions);
  add("invariant", shaped.invariants);
  add("test", shaped.tests);
  return table;
}

function partsOf({ name, from }: Mention<keyof Nameable>): NameParts {
  const at = name.indexOf("::");
  return at < 0
    ? { domain: from, code: name }
    : { domain: name.slice(0, at), code: name.slice(at + 2) };
}

function duplicateFault(
  { name, document }: Nameable[keyof Nameable],
  first: Nameable[keyof Nameable],
): Diagnostic {
  const related = [{ span: first.document.spanOf(["code"]), message: "it is declared here first" }];
  return diagnose("resolve/duplicate-artifact", document.spanOf(["code"]), { name }, { related });
}

function kindFault({ name, kind, at }: Mention<keyof Nameable>, known: Known): Diagnostic {
  const span = known.artifact.document.spanOf(["code"]);
  const related = [{ span, message: "it is declared here" }];
  const words = { name, found: known.kind, expected: kind };
  return diagnose("resolve/wrong-kind", at(), words, { related });
}
