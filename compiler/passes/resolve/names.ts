/**
 * What a name stands for: an artifact of the domain that the name is written in, or of one that this
 * domain uses. It finds or says why not; it never takes an artifact that is merely close.
 */
import type {
  EffectText,
  SchemaArtifactText,
  TransformText,
  WorkflowText,
} from "../../../protocol/language/artifacts.ts";
import { type FullName, fullName } from "../../../protocol/language/names.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose, type Span } from "../../diagnostic.ts";
import { closest, didYouMean } from "../../did-you-mean.ts";
import type { Artifact, Shaped } from "../../model.ts";
import type { Domains } from "./domains.ts";

/** What can be named, by kind. */
export interface Nameable {
  readonly schema: Artifact<SchemaArtifactText>;
  readonly transform: Artifact<TransformText>;
  readonly effect: Artifact<EffectText>;
  readonly workflow: Artifact<WorkflowText>;
}

export interface Mention<K extends keyof Nameable> {
  /** As written: `CODE` or `domain::CODE`. */
  readonly name: string;
  /** The domain of the artifact in which it is written. */
  readonly from: string;
  readonly kind: K;
  /** Its place; asked for only where something is wrong. */
  readonly at: () => Span;
}

interface Known {
  readonly kind: keyof Nameable;
  readonly artifact: Nameable[keyof Nameable];
}

export interface Names {
  /** The artifact that a mention stands for; null where it stands for none, which is reported. */
  readonly find: <K extends keyof Nameable>(mention: Mention<K>) => Nameable[K] | null;
  /** Domains that were named from another, as `from>named`. */
  readonly named: ReadonlySet<string>;
}

/** Duplicates are reported; the first of them is the one that names stand for. */
export function namesOf(shaped: Shaped, domains: Domains, found: Diagnostic[]): Names {
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
  const named = new Set<string>();
  return {
    named,
    find: (mention) => {
      const { domain, code } = partsOf(mention);
      if (domain !== mention.from) named.add(`${mention.from}>${domain}`);
      const known = table.get(fullName(domain, code));
      const fault = faultOf(mention, known, table, domains);
      if (fault === null) return known?.artifact as Nameable[typeof mention.kind];
      found.push(fault);
      return null;
    },
  };
}

function partsOf({ name, from }: Mention<keyof Nameable>): { domain: string; code: string } {
  const at = name.indexOf("::");
  return at < 0
    ? { domain: from, code: name }
    : { domain: name.slice(0, at), code: name.slice(at + 2) };
}

function duplicateFault(
  { name, document }: Nameable[keyof Nameable],
  first: Nameable[keyof Nameable],
) {
  const related = [{ span: first.document.spanOf(["code"]), message: "it is declared here first" }];
  return diagnose("resolve/duplicate-artifact", document.spanOf(["code"]), { name }, { related });
}

function faultOf(
  mention: Mention<keyof Nameable>,
  known: Known | undefined,
  table: ReadonlyMap<FullName, Known>,
  { uses }: Domains,
): Diagnostic | null {
  const { name, from, kind, at } = mention;
  const { domain } = partsOf(mention);
  if (domain !== from) {
    if (!uses.has(domain)) {
      const hint = didYouMean(domain, uses.keys());
      return diagnose("resolve/unknown-domain", at(), { domain }, { hint });
    }
    if (!uses.get(from)?.has(domain)) {
      return diagnose("resolve/undeclared-domain", at(), { domain, from });
    }
  }
  if (known === undefined) {
    const hint = hintFor(mention, table, uses);
    return diagnose("resolve/unknown-artifact", at(), { name, kind }, { hint });
  }
  if (known.kind === kind) return null;
  const related = [
    { span: known.artifact.document.spanOf(["code"]), message: "it is declared here" },
  ];
  return diagnose(
    "resolve/wrong-kind",
    at(),
    { name, found: known.kind, expected: kind },
    { related },
  );
}

/** The same code in another domain, or a close name among those that may be written here. */
function hintFor(
  mention: Mention<keyof Nameable>,
  table: ReadonlyMap<FullName, Known>,
  uses: Domains["uses"],
): string | undefined {
  const { name, from, kind } = mention;
  const { domain, code } = partsOf(mention);
  const ofKind = [...table.values()].filter((known) => known.kind === kind);
  const elsewhere = ofKind.find(({ artifact }) => artifact.text.code === code)?.artifact;
  if (elsewhere !== undefined) {
    const declared = elsewhere.domain === from || uses.get(from)?.has(elsewhere.domain);
    const also = declared
      ? ""
      : `, and add ${quoteAll([elsewhere.domain])} to the \`uses\` of \`${from}\``;
    return `Write \`${elsewhere.domain === from ? code : elsewhere.name}\`${also}.`;
  }
  const near = ofKind
    .map(({ artifact }) => artifact)
    .filter((artifact) => artifact.domain === from || uses.get(from)?.has(artifact.domain));
  const written = near.map((artifact) =>
    artifact.domain === from ? artifact.text.code : artifact.name,
  );
  const close =
    closest(name, written) ??
    closest(
      fullName(domain, code),
      near.map((a) => a.name),
    );
  return close === undefined ? undefined : `Did you mean \`${close}\`?`;
}
