/**
 * The domains and what each may name: every folder has one document that declares it, and a domain
 * names artifacts of another only where its `uses` says so.
 */

import type { DomainText } from "../../../protocol/language/artifacts.ts";
import { byCodeUnits } from "../../../protocol/language/canonical.ts";
import { append } from "../../append.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { hintAt, type Suggest } from "../../did-you-mean.ts";
import type { Artifact, Shaped } from "../../model.ts";

export interface Domains {
  /** Every domain with the domains that it uses; those without a document of their own use none. */
  readonly uses: ReadonlyMap<string, ReadonlySet<string>>;
  readonly diagnostics: readonly Diagnostic[];
}

export function readDomains(shaped: Shaped, suggest: Suggest): Domains {
  const diagnostics: Diagnostic[] = [];
  const declared = new Map<string, Artifact<DomainText>>();
  for (const artifact of shaped.domains) {
    const first = declared.get(artifact.domain);
    const fault = first === undefined ? nameFault(artifact) : duplicateFault(artifact, first);
    if (fault !== null) diagnostics.push(fault);
    if (first === undefined) declared.set(artifact.domain, artifact);
  }
  append(diagnostics, undeclaredFaults(shaped, declared));
  const folders = new Set(everyArtifact(shaped).map(({ domain }) => domain));
  const uses = new Map<string, ReadonlySet<string>>();
  for (const domain of folders) {
    const artifact = declared.get(domain);
    uses.set(domain, new Set(artifact?.text.uses ?? []));
    if (artifact !== undefined) append(diagnostics, usesFaults(artifact, folders, suggest));
  }
  return { uses, diagnostics };
}

function nameFault({ domain, text, document }: Artifact<DomainText>): Diagnostic | null {
  if (text.code === domain) return null;
  const names = { code: text.code, folder: domain };
  return diagnose("resolve/domain-name-differs", document.spanOf(["code"]), names);
}

function duplicateFault(
  { domain, document }: Artifact<DomainText>,
  first: Artifact<DomainText>,
): Diagnostic {
  const related = [{ span: first.document.spanOf(["code"]), message: "it is declared here first" }];
  return diagnose("resolve/duplicate-domain", document.spanOf(["code"]), { domain }, { related });
}

/** One fault a folder without a document of its kind, at the first artifact in it. */
function undeclaredFaults(
  shaped: Shaped,
  declared: ReadonlyMap<string, unknown>,
): readonly Diagnostic[] {
  const firsts = new Map<string, Artifact<unknown>>();
  for (const artifact of everyArtifact(shaped)) {
    const known = firsts.get(artifact.domain);
    if (known === undefined || isBefore(artifact, known)) firsts.set(artifact.domain, artifact);
  }
  return [...firsts.values()]
    .filter(({ domain }) => !declared.has(domain))
    .map(({ domain, document }) =>
      diagnose("resolve/missing-domain", document.spanOf(["kind"], "key"), { domain }),
    );
}

function isBefore(a: Artifact<unknown>, b: Artifact<unknown>): boolean {
  const order = byCodeUnits(a.document.source.file, b.document.source.file);
  if (order !== 0) return order < 0;
  return a.document.spanOf(["kind"]).line < b.document.spanOf(["kind"]).line;
}

function usesFaults(
  { domain, text, document }: Artifact<DomainText>,
  folders: ReadonlySet<string>,
  suggest: Suggest,
): readonly Diagnostic[] {
  return (text.uses ?? []).flatMap((used, at) => {
    const span = document.spanOf(["uses", at]);
    if (used === domain) return diagnose("resolve/uses-itself", span, { domain });
    if (folders.has(used)) return [];
    return diagnose(
      "resolve/unknown-domain",
      span,
      { domain: used },
      { hint: hintAt(suggest(used, [...folders])) },
    );
  });
}

export function everyArtifact(shaped: Shaped): readonly Artifact<unknown>[] {
  const { domains, schemas, transforms, effects, workflows, intents, policies, decisions } = shaped;
  return [
    ...domains,
    ...schemas,
    ...transforms,
    ...effects,
    ...workflows,
    ...intents,
    ...policies,
    ...decisions,
  ];
}
