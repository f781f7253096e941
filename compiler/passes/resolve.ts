/**
 * Pass 4, `resolve`: every name stands for one artifact that may be named there, and every schema is
 * what its references make of it. Afterwards nobody looks up a name again.
 */

import { invariant } from "../../protocol/language/invariant.ts";
import type { FullName } from "../../protocol/language/names.ts";
import { append } from "../append.ts";
import { type Diagnostic, diagnose } from "../diagnostic.ts";
import { boundedSuggest } from "../did-you-mean.ts";
import { graphOrder } from "../graph-order.ts";
import type { Passed, Shaped, World } from "../model.ts";
import { type Caller, orderCalls } from "./resolve/calls.ts";
import { storeFaults } from "./resolve/contracts.ts";
import { cycleDiagnostic } from "./resolve/cycles.ts";
import { readDomains } from "./resolve/domains.ts";
import { linkGovernance } from "./resolve/governance.ts";
import { implementationFaults, type Table } from "./resolve/implementations.ts";
import { linkLaws } from "./resolve/laws.ts";
import { type Names, type Search, searchIn } from "./resolve/names.ts";
import { type Owner, type References, readReferences } from "./resolve/references.ts";
import { nodeTargets } from "./resolve/workflows.ts";
import { emptyWorld, type Linked, worldOf } from "./resolve/world.ts";

/** Resolves a protocol; `table` is asked which implementations there are, and for what. */
export function resolve(shaped: Shaped, table: Table): Passed<World> {
  const found: Diagnostic[] = [];
  const suggest = boundedSuggest();
  const domains = readDomains(shaped, suggest);
  append(found, domains.diagnostics);
  const search = searchIn(shaped, domains, suggest, found);
  const linked = link(shaped, search);
  append(found, implementationFaults(shaped, table));
  append(found, storeFaults(shaped.effects));
  const failed = found.some(({ severity }) => severity === "error");
  const world = failed ? emptyWorld(shaped) : worldOf(shaped, linked, found);
  if (!failed) append(found, unusedFaults(shaped, search.names));
  return { value: world, diagnostics: found };
}

function link(shaped: Shaped, search: Search): Linked {
  const references = readReferences(ownersOf(shaped), search);
  const schemaOrder = orderSchemas(shaped, references, search.found);
  const callers = new Map<FullName, Caller>();
  for (const workflow of shaped.workflows) {
    callers.set(workflow.name, { workflow, targets: nodeTargets(workflow, search) });
  }
  const calls = orderCalls(callers);
  append(search.found, calls.diagnostics);
  const governance = linkGovernance(shaped, search);
  const laws = linkLaws(shaped, search);
  return { references, schemaOrder, callers, callOrder: calls.order, governance, laws };
}

function ownersOf(shaped: Shaped): readonly Owner[] {
  const { schemas, transforms, effects, workflows, intents } = shaped;
  return [
    ...schemas.map((artifact) => ({ kind: "schema" as const, artifact })),
    ...transforms.map((artifact) => ({ kind: "transform" as const, artifact })),
    ...effects.map((artifact) => ({ kind: "effect" as const, artifact })),
    ...workflows.map((artifact) => ({ kind: "workflow" as const, artifact })),
    ...intents.map((artifact) => ({ kind: "intent" as const, artifact })),
  ];
}

function orderSchemas(
  shaped: Shaped,
  { links }: References,
  found: Diagnostic[],
): readonly FullName[] {
  const targets = (name: FullName) => [...(links.get(name)?.keys() ?? [])];
  const graph = new Map(shaped.schemas.map(({ name }) => [name, targets(name)]));
  const { order, cycles } = graphOrder(graph);
  for (const cycle of cycles as readonly FullName[][]) {
    const fault = cycleDiagnostic("resolve/schema-cycle", cycle, (from, to) => {
      const place = links.get(from)?.get(to);
      invariant(place !== undefined, "a circle of schemas follows references that there are");
      return { span: place(), message: `\`${from}\` refers to \`${to}\` here` };
    });
    found.push(fault);
  }
  return order.toReversed() as FullName[];
}

/** Domains that a `uses` names and nothing in the domain does. */
function unusedFaults({ domains }: Shaped, { named }: Names): readonly Diagnostic[] {
  return domains.flatMap(({ domain, text, document }) =>
    (text.uses ?? []).flatMap((used, at) => {
      if (named.has(`${domain}>${used}`)) return [];
      return diagnose("resolve/unused-domain", document.spanOf(["uses", at]), { domain: used });
    }),
  );
}
