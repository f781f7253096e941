/**
 * What an author may have meant by a name that stands for nothing: the same code in another domain,
 * or a close one among those that may be written in this place.
 */
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import type { Domains } from "./domains.ts";
import type { Known, Nameable, NameParts } from "./nameable.ts";

/** The hint for a name of this kind, written in the domain `from`. */
export type HintFor = (kind: keyof Nameable, from: string, parts: NameParts) => string | undefined;

export function suggestionsOf(all: readonly Known[], { uses }: Domains, suggest: Suggest): HintFor {
  const byCode = new Map<string, Known[]>();
  for (const known of all) {
    const { code } = known.artifact.text;
    byCode.set(code, [...(byCode.get(code) ?? []), known]);
  }
  const nearBy = new Map<string, readonly string[]>();

  /** Codes of one kind in one domain. */
  function codesIn(kind: keyof Nameable, domain: string): readonly string[] {
    const key = `${kind}>${domain}`;
    let codes = nearBy.get(key);
    if (codes === undefined) {
      const there = all.filter((known) => known.kind === kind && known.artifact.domain === domain);
      codes = there.map(({ artifact }) => artifact.text.code);
      nearBy.set(key, codes);
    }
    return codes;
  }

  return (kind, from, { domain, code }) => {
    const elsewhere = byCode.get(code)?.find((known) => known.kind === kind)?.artifact;
    if (elsewhere !== undefined) {
      const other = elsewhere.domain;
      if (other === from) return `Write \`${code}\`.`;
      const write = `Write \`${elsewhere.name}\``;
      if (uses.get(from)?.has(other)) return `${write}.`;
      return `${write}, and add \`${other}\` to the \`uses\` of \`${from}\`.`;
    }
    const domains = new Set([domain, from, ...(uses.get(from) ?? [])]);
    for (const near of domains) {
      const close = suggest(code, codesIn(kind, near));
      if (close !== undefined) return hintAt(near === from ? close : `${near}::${close}`);
    }
    return undefined;
  };
}
