/**
 * The pass `typecheck`: every binding reads what every path to it has written and fits the schema it
 * goes to, labels flow only where they may, the examples of contracts hold, and settings are what
 * their implementations take. It finds all faults
 * at once, and one fault gives one diagnostic; which outcomes are routed is the next pass's question.
 */
import type { Capabilities } from "../../protocol/language/capabilities.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Passed, Typed, TypedWorkflow, World } from "../model.ts";
import { checkExamples } from "./typecheck/examples.ts";
import { checkEffects } from "./typecheck/label-flow.ts";
import type { Pass } from "./typecheck/scope.ts";
import { checkSettings } from "./typecheck/settings.ts";
import { checkSubscriptions } from "./typecheck/subscriptions.ts";
import { checkWorkflow } from "./typecheck/workflow.ts";

export function typecheck(world: World, capabilities: Capabilities): Passed<Typed> {
  const pass: Pass = {
    world,
    signatures: new Map(),
    contracts: new Map(),
    diagnostics: [],
    undecided: [],
    paths: new Map(),
  };
  checkExamples(pass, capabilities);
  checkSettings(pass, capabilities);
  checkEffects(pass);
  const workflows = new Map<FullName, TypedWorkflow>();
  for (const [name, workflow] of world.workflows) {
    const { typed, signature } = checkWorkflow(pass, workflow);
    pass.signatures.set(name, signature);
    workflows.set(name, typed);
  }
  const subscriptions = checkSubscriptions(pass);
  return {
    value: { world, workflows, subscriptions, undecided: pass.undecided },
    diagnostics: pass.diagnostics,
  };
}
