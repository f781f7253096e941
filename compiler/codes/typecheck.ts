/** Diagnostics of the pass `typecheck`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

const PATHS = {
  "typecheck/bad-path": entry<{ path: string; problem: string }>(
    (p) => `${quote(p.path)} is not a path: ${p.problem}`,
    { hint: "A literal that begins with `$` is written with `$$`." },
  ),
  "typecheck/left-out-of-paths": entry<{ path: string; what: string }>(
    (p) => `${quote(p.path)} uses ${p.what}, which paths here do without`,
    { hint: "Name the steps, or use a wildcard and a filter with comparisons." },
  ),
  "typecheck/unknown-root": entry<{ root: string; roots: string }>(
    (p) => `a path begins at ${p.roots} here, not at ${quote(p.root)}`,
    { hint: "`$.payload` is what the workflow was given." },
  ),
  "typecheck/item-outside-map": entry<{ path: string }>(
    (p) => `${quote(p.path)} reads an item, and nothing is repeated here`,
    { hint: "`$.item` is there in the `with` of a `map` only, not in the list itself." },
  ),
  "typecheck/unknown-node": entry<{ node: string; workflow: string }>(
    (p) => `${quote(p.workflow)} has no node ${quote(p.node)}`,
  ),
} as const;

const READS = {
  "typecheck/no-output": entry<{ node: string }>(
    (p) => `${quote(p.node)} is a decision: it gives an outcome and writes nothing`,
    { hint: "Read what the decision looked at instead." },
  ),
  "typecheck/unassigned": entry<{ node: string; at: string }>(
    (p) => `no path to ${quote(p.at)} brings an output of ${quote(p.node)}`,
  ),
  "typecheck/maybe-unassigned": entry<{ node: string; at: string; path: string }>(
    (p) => `a path leads to ${quote(p.at)} without an output of ${quote(p.node)}: ${p.path}`,
    { hint: "Read it only where every path has passed it, or give the paths nodes of their own." },
  ),
  "typecheck/missing-property": entry<{ path: string; what: string; name: string }>(
    (p) => `${quote(p.path)} reads ${quote(p.name)}, and ${p.what}`,
  ),
  "typecheck/optional-property": entry<{ path: string; what: string; name: string }>(
    (p) => `${quote(p.path)} reads ${quote(p.name)}, which may be missing: ${p.what}`,
    { hint: "Decide on it first, with `required` in `when`, or require it in the schema." },
  ),
  "typecheck/optional-item": entry<{ path: string; index: string; what: string }>(
    (p) => `${quote(p.path)} reads item ${p.index}, which may be missing: ${p.what}`,
    { hint: "Say `minItems` in the schema, or decide on it first." },
  ),
  "typecheck/property-of-outcome": entry<{
    path: string;
    name: string;
    has: string;
    lacks: string;
  }>(
    (p) => `${quote(p.path)}: ${quote(p.name)} is there after ${p.has}, but not after ${p.lacks}`,
    {
      hint: "Both lead here. Route them to nodes of their own.",
    },
  ),
  "typecheck/fault-reads-node": entry<{ path: string }>(
    (p) => `${quote(p.path)} cannot be read by \`on_fault\`: it runs wherever the workflow stopped`,
    { hint: "Its result may read `$.payload` and `$.context`." },
  ),
  "typecheck/fallible-fault-result": entry<{ path: string }>(
    (p) => `${quote(p.path)} may be missing, and after \`on_fault\` there is nowhere to go`,
    {
      hint: "Read only what the payload's schema requires, by paths without wildcards or filters.",
    },
  ),
} as const;

const FITS = {
  "typecheck/missing-input": entry<{ name: string; target: string }>(
    (p) => `${quote(p.target)} asks for ${quote(p.name)}, which is not bound`,
  ),
  "typecheck/unknown-input": entry<{ name: string; target: string }>(
    (p) => `${quote(p.target)} takes no ${quote(p.name)}`,
  ),
  "typecheck/literal-mismatch": entry<{ value: string; target: string; asks: string }>(
    (p) => `${quote(p.value)} does not fit: ${quote(p.target)} asks for ${p.asks}`,
  ),
  "typecheck/list-too-long": entry<{ source: string; least: string; max: string }>(
    (p) => `${p.source} always has ${p.least} items or more, and \`max\` is ${p.max}`,
    { hint: "Raise `max`, or go through fewer of them: no execution could go on here." },
  ),
  "typecheck/not-a-list": entry<{ source: string; witness: string }>(
    (p) => `${p.source} may be ${quote(p.witness)}, and \`map\` goes through a list`,
    { hint: "Bind a list, or let the schema say `type: array`." },
  ),
  "typecheck/mismatch": entry<{
    source: string;
    witness: string;
    where: string;
    target: string;
    asks: string;
  }>(
    (p) =>
      `${p.source} may be ${quote(p.witness)}, but ${quote(p.target)} asks for ${p.asks}${p.where}`,
    {
      hint: "Narrow the source's schema, widen the target's, or decide on the value first.",
    },
  ),
  "typecheck/row-never-matches": entry<{ outcome: string }>(
    (p) => `this row never matches, so it never gives ${quote(p.outcome)}`,
    { severity: "warning", hint: "Its schema has no value in common with what reaches it." },
  ),
  "typecheck/row-always-matches": entry<{ outcome: string }>(
    (p) => `this row always matches: it always gives ${quote(p.outcome)}`,
    { severity: "warning", hint: "A decision that cannot go another way decides nothing." },
  ),
} as const;

const LABELS = {
  "typecheck/label-flow": entry<{ source: string; label: string; effect: string }>(
    (p) =>
      `${p.source} carries the label ${quote(p.label)}, for which ${quote(p.effect)} is not cleared`,
    {
      hint: "Name the label in the effect's `clearance`, leave the value out, or give what a transform that declassifies it makes of it.",
    },
  ),
  "typecheck/label-lost": entry<{ source: string; label: string; target: string }>(
    (p) =>
      `${p.source} carries the label ${quote(p.label)}, and ${quote(p.target)} does not say so`,
    { hint: "Mark the place there with `x-label`, so that it is sealed in every record." },
  ),
  "typecheck/labelled-deadline": entry<{ source: string; label: string }>(
    (p) => `${p.source} is labelled ${quote(p.label)} and would say in the open when a wait ends`,
    { hint: "Bind a time that carries no label." },
  ),
  "typecheck/labelled-key": entry<{ source: string; label: string }>(
    (p) => `${p.source} carries the label ${quote(p.label)} and cannot be a key`,
    { hint: "Keys stand in the clear. Use an identifier that a declassifying transform gives." },
  ),
  "typecheck/subscription-key": entry<{ key: string; problem: string }>(
    (p) => `${quote(p.key)} cannot be the key of a subscription: ${p.problem}`,
    { hint: "Name one value of the event that is text or a whole number." },
  ),
  "typecheck/subscription-never": entry(
    (): string => "no event of the stream fits this, so nothing is ever delivered",
    { hint: "Its schema has no value in common with the stream's events." },
  ),
  "typecheck/labelled-operand": entry<{ source: string; label: string; member: string }>(
    (p) => `${p.source} carries the label ${quote(p.label)} and cannot be ${quote(p.member)}`,
    { hint: "It steers the operation, whose answer would tell it. Use a value without labels." },
  ),
  "typecheck/reserved-member": entry<{ member: string }>(
    (p) => `the member ${quote(p.member)} is reserved for sealed values`,
    { hint: "Give the member another name." },
  ),
} as const;

const EXAMPLES = {
  "typecheck/example-input": entry<{ transform: string; problem: string }>(
    (p) => `the example's input does not fit the input of ${quote(p.transform)}: ${p.problem}`,
  ),
  "typecheck/example-unknown-outcome": entry<{ transform: string; outcome: string }>(
    (p) => `${quote(p.transform)} has no outcome ${quote(p.outcome)}`,
  ),
  "typecheck/example-expects-unfit": entry<{ outcome: string; problem: string }>(
    (p) => `the example's output does not fit the schema of ${quote(p.outcome)}: ${p.problem}`,
  ),
  "typecheck/example-throws": entry<{ implementation: string; message: string }>(
    (p) => `${quote(p.implementation)} throws on this example: ${quote(p.message)}`,
  ),
  "typecheck/example-promise": entry<{ implementation: string }>(
    (p) => `${quote(p.implementation)} gives a promise, and a transform may not be asynchronous`,
  ),
  "typecheck/example-malformed": entry<{ implementation: string; problem: string }>(
    (p) => `${quote(p.implementation)} gives no answer that its contract allows: ${p.problem}`,
  ),
  "typecheck/example-outcome": entry<{ expected: string; found: string }>(
    (p) =>
      `the example expects ${quote(p.expected)}, and the implementation gives ${quote(p.found)}`,
  ),
  "typecheck/example-output": entry<{ expected: string; found: string; where: string }>(
    (p) =>
      `the example expects ${quote(p.expected)}${p.where}, and the implementation gives ${quote(p.found)}`,
  ),
  "typecheck/outcome-without-example": entry<{ transform: string; outcome: string }>(
    (p) => `no example of ${quote(p.transform)} ends in ${quote(p.outcome)}`,
    { severity: "warning", hint: "Add one: it is run at every compile." },
  ),
} as const;

const SETTINGS = {
  "typecheck/missing-setting": entry<{ implementation: string; name: string }>(
    (p) => `${quote(p.implementation)} needs the setting ${quote(p.name)}`,
    { hint: "Add it to `settings`: nothing is filled in." },
  ),
  "typecheck/unfit-setting": entry<{ implementation: string; problem: string }>(
    (p) => `${quote(p.implementation)} does not take this setting: it ${p.problem}`,
  ),
  "typecheck/unknown-setting": entry<{ implementation: string; name: string }>(
    (p) => `${quote(p.implementation)} has no setting ${quote(p.name)}`,
  ),
} as const;

export const TYPECHECK = {
  ...PATHS,
  ...READS,
  ...FITS,
  ...LABELS,
  ...EXAMPLES,
  ...SETTINGS,
} as const;
