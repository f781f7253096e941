/**
 * Where bindings stand and where payloads go: what every node that asks or runs something needs
 * alike. It reports nothing but what stays for run time.
 */
import { invariant } from "../../../protocol/language/invariant.ts";
import type { FullName } from "../../../protocol/language/names.ts";
import type { PathStep } from "../../model.ts";
import type { Target } from "./inputs.ts";
import type { Pass, Scope, Site } from "./scope.ts";
import type { Bound } from "./value.ts";

export function siteAt(scope: Scope, point: string, at: readonly PathStep[]): Site {
  return { scope, point, at, roots: new Map() };
}

/** The payload of a workflow that is called. */
export function payloadTarget(pass: Pass, workflow: FullName): Target {
  const callee = pass.world.workflows.get(workflow);
  invariant(callee !== undefined, "a called workflow exists");
  const { document, name } = callee.artifact;
  const schema = callee.payload;
  return { schema, artifact: name, steps: [], document, declared: ["payload"] };
}

/** Lists the paths that may fail at run time. */
export function listFallible(site: Site, { paths }: Bound): void {
  const { pass, workflow } = site.scope;
  for (const { path } of paths) {
    if (path.read?.fallible !== true) continue;
    const why =
      path.steps === undefined
        ? `\`${path.text}\` is a plural path`
        : `\`${path.text}\` may be missing: no schema speaks of it`;
    const span = workflow.artifact.document.spanOf(path.at);
    pass.undecided.push({ workflow: workflow.artifact.name, node: site.point, why, span });
  }
}
