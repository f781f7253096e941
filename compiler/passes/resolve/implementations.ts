/**
 * The implementations that contracts name: each is there, and is what the contract takes it for. A
 * pure function never calls the outside, and what calls the outside is never taken for pure.
 */
import type { Capabilities } from "../../../protocol/language/capabilities.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { didYouMean } from "../../did-you-mean.ts";
import type { Artifact, Shaped } from "../../model.ts";
import { isExternal } from "./contracts.ts";

/** What this pass asks of capabilities: no implementation is run here. */
export type Table = Pick<Capabilities, "names" | "kindOf">;

type ImplementationKind = NonNullable<ReturnType<Capabilities["kindOf"]>>;

export function implementationFaults(shaped: Shaped, table: Table): readonly Diagnostic[] {
  return [
    ...shaped.transforms.flatMap((one) => faultOf(one, "transform", table)),
    ...shaped.effects.filter(isExternal).flatMap((one) => faultOf(one, "external", table)),
  ];
}

function faultOf(
  { text, document }: Artifact<{ readonly implementation: string }>,
  wanted: ImplementationKind,
  table: Table,
): readonly Diagnostic[] {
  const name = text.implementation;
  const found = table.kindOf(name);
  if (found === wanted) return [];
  const span = document.spanOf(["implementation"]);
  const fitting = table.names().filter((one) => table.kindOf(one) === wanted);
  const choice = `There are ${quoteAll(fitting)}.`;
  if (found === undefined) {
    const hint = didYouMean(name, fitting) ?? choice;
    return [diagnose("resolve/unknown-implementation", span, { name }, { hint })];
  }
  const words = { name, found: WHAT_IT_IS[found], asked: WHAT_IS_ASKED[wanted] };
  return [diagnose("resolve/wrong-implementation", span, words, { hint: choice })];
}

const WHAT_IT_IS: Readonly<Record<ImplementationKind, string>> = Object.freeze({
  transform: "a pure function",
  external: "a call to the outside",
});

const WHAT_IS_ASKED: Readonly<Record<ImplementationKind, string>> = Object.freeze({
  transform: "a transform asks for a pure function",
  external: "an external effect asks for a call to the outside",
});
