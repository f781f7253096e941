/** Diagnostics of the pass `shape`. */
import { ON_CANCEL, ON_ITEM } from "../../protocol/language/graph.ts";
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

const RESERVED: Readonly<Record<string, string>> = Object.freeze({
  on_fault: "`on_fault` is the name of the end that faults lead to",
  [ON_CANCEL]: "`on_cancel` is the name of the end that cancelling leads to",
  [ON_ITEM]: "`on_item` is the name of the beginning of what a `map` runs",
});

export const SHAPE = {
  "shape/ambiguous-node": entry<{ node: string; kinds: string }>(
    (p) => `the node ${quote(p.node)} is of more than one kind: it has ${p.kinds}`,
    { hint: "Keep one of them; make the other a node of its own." },
  ),
  "shape/await-form": entry<{ forms: string; found: string }>(
    (p) => `expected ${p.forms}, found ${p.found}`,
    { hint: "A node waits for signals until a deadline, or for a time: `after: PT24H`." },
  ),
  "shape/bad-duration": entry<{ found: string }>(
    (p) => `expected a duration such as \`PT10S\`, found ${quote(p.found)}`,
    {
      hint: "Write `P` and days `D`, then `T` and hours `H`, minutes `M`, seconds `S`: `P30D`, `PT1M30S`, `PT0.5S`.",
    },
  ),
  "shape/bad-name": entry<{ name: string }>(
    (p) => `${quote(p.name)} is not a name that may stand here`,
  ),
  "shape/bad-value": entry<{ found: string }>(
    (p) => `${quote(p.found)} is not a value that may stand here`,
  ),
  "shape/duplicate-item": entry<{ item: string }>(
    (p) => `${quote(p.item)} stands twice in this list`,
    {
      hint: "Remove one of them.",
    },
  ),
  "shape/duplicate-case": entry<{ name: string }>(
    (p) => `a case named ${quote(p.name)} stands here already`,
    { hint: "Give it a name of its own: `pgs test` tells cases apart by it." },
  ),
  "shape/empty": entry<{ key: string }>((p) => `${quote(p.key)} is empty`, {
    hint: "Say at least one thing here.",
  }),
  "shape/empty-range": entry<{ low: string; high: string }>(
    (p) => `no value lies between ${quote(p.low)} and ${quote(p.high)}`,
    { hint: "Raise the upper bound or lower the lower one." },
  ),
  "shape/enum-type": entry<{ value: string; type: string }>(
    (p) => `${quote(p.value)} can never occur: the schema asks for type ${quote(p.type)}`,
    { hint: "Change the value or the type." },
  ),
  "shape/idle-keyword": entry<{ keyword: string; why: string }>(
    (p) => `${quote(p.keyword)} has no effect here: ${p.why}`,
    { hint: "Remove it, or change what keeps it from acting." },
  ),
  "shape/impossible-required": entry<{ name: string }>(
    (p) => `${quote(p.name)} is required, but no member of that name is allowed`,
    { hint: "Declare it below `properties`, or take it out of `required`." },
  ),
  "shape/key-of-stream": entry((): string => "a stream has no keys", {
    hint: "Remove `key`, or choose the semantics `registry` or `document`.",
  }),
  "shape/late-otherwise": entry<{ rows: string }>(
    (p) => `${quote("otherwise")} always applies: the ${p.rows} rows after it are never tried`,
    { hint: "Move `otherwise` to the end of the table." },
  ),
  "shape/law-without-scope": entry<{ law: string; key: string }>(
    (p) => `${quote(p.key)} does not go with ${quote(p.law)} so`,
  ),
  "shape/missing-key": entry<{ key: string }>((p) => `the key ${quote(p.key)} is missing`),
  "shape/missing-kind": entry((): string => "this document does not say its `kind`", {
    hint: "Begin with `kind: workflow` or another kind.",
  }),
  "shape/missing-otherwise": entry<{ node: string }>(
    (p) => `the table of ${quote(p.node)} does not say what holds when no row applies`,
    { hint: "End it with `- otherwise: OUTCOME`." },
  ),
  "shape/name-taken": entry<{ name: string }>((p) => `${quote(p.name)} names a node and an exit`, {
    hint: "Rename one of them: a route could lead to either.",
  }),
  "shape/no-node-kind": entry<{ node: string }>(
    (p) => `the node ${quote(p.node)} does not say what it does`,
    {
      hint: "Give it `transform`, `effect`, `decide`, `call`, `await`, `map` or `parallel`.",
    },
  ),
  "shape/not-yet": entry<{ what: string }>(
    (p) => `${quote(p.what)} belongs to the language, but this version does not have it yet`,
  ),
  "shape/one-law": entry<{ found: string }>(
    (p) => `an invariant states exactly one law, and this one states ${p.found}`,
    {
      hint: "Write one of `before`, `never`, `always_followed_by`, `at_most`, `exactly`, `independent` and `only_from`.",
    },
  ),
  "shape/one-point": entry<{ found: string }>(
    (p) => `expected one of \`node\`, \`effect\` and \`label\`, found ${p.found}`,
    { hint: "Say one thing that a path may come to; `op` goes with `effect`." },
  ),
  "shape/out-of-range": entry<{ range: string; found: string }>(
    (p) => `expected a number ${p.range}, found ${quote(p.found)}`,
  ),
  "shape/reserved-name": entry<{ name: string }>(({ name }) => RESERVED[name] ?? quote(name), {
    hint: "Choose another name.",
  }),
  "shape/reserved-outcome": entry<{ outcome: string }>(
    (p) => `the outcome ${quote(p.outcome)} belongs to the engine`,
    { hint: "Choose another name: the engine alone says when this one occurs." },
  ),
  "shape/timeout-out-of-bounds": entry<{ found: string; limit: string }>(
    (p) => `expected a time above 0 and of at most ${quote(p.limit)}, found ${quote(p.found)}`,
    { hint: "Say how long it may take before nobody waits any more." },
  ),
  "shape/too-many": entry<{ what: string; limit: string }>(
    (p) => `this has more than the ${p.limit} ${p.what} allowed`,
  ),
  "shape/unknown-key": entry<{ key: string }>((p) => `unknown key ${quote(p.key)}`),
  "shape/unknown-keyword": entry<{ keyword: string }>(
    (p) => `${p.keyword} is not a keyword of JSON Schema that the language takes`,
  ),
  "shape/unknown-kind": entry<{ kind: string }>((p) => `there is no kind ${quote(p.kind)}`, {
    hint: "The kinds are `domain`, `schema`, `transform`, `effect` and `workflow`.",
  }),
  "shape/unsafe-pattern": entry<{ pattern: string; reason: string }>(
    (p) => `the pattern ${quote(p.pattern)} is not taken: ${p.reason}`,
    {
      hint: "Write it without look-around and back references; every match must take linear time.",
    },
  ),
  "shape/wrong-prefix": entry<{ code: string; kind: string; prefix: string }>(
    (p) => `the code of a ${p.kind} begins with ${quote(`${p.prefix}_`)}, found ${quote(p.code)}`,
  ),
  "shape/wrong-type": entry<{ expected: string; found: string }>(
    (p) => `expected ${p.expected}, found ${p.found}`,
  ),
  "shape/unseen-label": entry<{ keyword: string }>(
    (p) => `a label below ${quote(p.keyword)} labels nothing: no value stands there to be sealed`,
    { hint: "Put `x-label` on the schema of the value itself." },
  ),
  "shape/not-a-path": entry<{ found: string }>(
    (p) => `expected a path to a date and time, found ${quote(p.found)}`,
    { hint: "Write where it comes from, as `$.payload.due`; for a duration write `after`." },
  ),
  "shape/outcome-of-compensating": entry<{ exit: string }>(
    (p) => `${quote(p.exit)} compensates, and so it has no outcome of its own`,
    { hint: "Remove `outcome`: it ends in COMPENSATED or in PARTLY_COMPENSATED." },
  ),
  "shape/reversible-pivot": entry<{ node: string }>(
    (p) => `${quote(p.node)} is a pivot, but not irreversible`,
    { hint: "Say `irreversible: true` as well, or remove `pivot`." },
  ),
  "shape/unbounded-wait": entry<{ limit: string }>(
    (p) => `with this factor the last wait would be longer than ${quote(p.limit)}`,
    { hint: "Bound the waits by `wait_max`." },
  ),
  "shape/undone-and-irreversible": entry<{ node: string }>(
    (p) => `${quote(p.node)} says what undoes it, and that nothing does`,
    { hint: "Keep `compensate`, or `irreversible`." },
  ),
  "shape/wait-above-max": entry<{ wait: string; max: string }>(
    (p) => `the first wait of ${quote(p.wait)} is longer than ${quote(p.max)}`,
    { hint: "Let `wait_max` be at least `wait`." },
  ),
} as const;
