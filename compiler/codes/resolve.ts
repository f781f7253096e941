/** Diagnostics of the pass `resolve`. */
import { entry } from "./entry.ts";
import { quote } from "./quote.ts";

export const RESOLVE = {
  "resolve/bad-pointer": entry<{ pointer: string }>(
    (p) => `${quote(p.pointer)} leads to no schema in this schema`,
    { hint: "A pointer begins at the schema that it stands in: `#/$defs/name`." },
  ),
  "resolve/call-cycle": entry<{ circle: string }>(
    (p) => `workflows call each other in a circle: ${p.circle}`,
    {
      hint: "Take one call out: a workflow always ends.",
    },
  ),
  "resolve/call-too-deep": entry<{ name: string; limit: string }>(
    (p) => `${quote(p.name)} nests calls deeper than ${p.limit} levels`,
    { hint: "Call fewer workflows within one another." },
  ),
  "resolve/fork-too-deep": entry<{ name: string; limit: string }>(
    (p) => `${quote(p.name)} nests \`map\` and \`parallel\` deeper than ${p.limit} levels`,
    { hint: "Let one of them run what lies further down one after the other." },
  ),
  "resolve/too-many-at-a-time": entry<{ name: string; live: string; limit: string }>(
    (p) =>
      `${quote(p.name)} may have ${p.live} items and branches under way at a time, more than the ${p.limit} allowed`,
    { hint: "Lower a `concurrency`: those of nested forks are multiplied." },
  ),
  "resolve/domain-name-differs": entry<{ code: string; folder: string }>(
    (p) => `the domain ${quote(p.code)} lies in the folder ${quote(p.folder)}`,
    { hint: "Give the domain and its folder one name." },
  ),
  "resolve/duplicate-artifact": entry<{ name: string }>(
    (p) => `${quote(p.name)} is declared twice`,
    {
      hint: "Keep one, or give this one a version of its own.",
    },
  ),
  "resolve/duplicate-intent-type": entry<{ type: string }>(
    (p) => `two intents have the type ${quote(p.type)}`,
    { hint: "Whoever tries it names its type: give each intent one of its own." },
  ),
  "resolve/duplicate-domain": entry<{ domain: string }>(
    (p) => `the domain ${quote(p.domain)} is declared twice`,
    { hint: "Keep one document of kind `domain` in the folder." },
  ),
  "resolve/graph-too-large": entry<{ name: string; nodes: string; limit: string }>(
    (p) =>
      `${quote(p.name)} has ${p.nodes} nodes with its calls inlined, more than the ${p.limit} allowed`,
    { hint: "Split the workflow, or call fewer others." },
  ),
  "resolve/input-not-object": entry((): string => "the input must be an object", {
    hint: "Write `type: object`, and the values as its members.",
  }),
  "resolve/key-not-text": entry((): string => "the keys of a store must be text", {
    hint: "Write `type: string`.",
  }),
  "resolve/missing-domain": entry<{ domain: string }>(
    (p) => `no document declares the domain ${quote(p.domain)}`,
    {
      hint: "Put a document of kind `domain` into its folder, with the folder's name as its code.",
    },
  ),
  "resolve/remote-reference": entry<{ ref: string }>(
    (p) => `${quote(p.ref)} lies outside of the protocol`,
    {
      hint: "Declare the schema as an artifact and refer to its code, or to a place in this schema.",
    },
  ),
  "resolve/reserved-realm": entry<{ type: string }>(
    (p) => `${quote(p.type)} is of the realm \`pgs\`, which belongs to the language`,
    { hint: "Name a realm of your own; the domain's name is a good one." },
  ),
  "resolve/schema-contains-itself": entry((): string => "this schema contains itself", {
    hint: "Write the levels out that can occur: every value has a known depth.",
  }),
  "resolve/schema-cycle": entry<{ circle: string }>(
    (p) => `schemas refer to each other in a circle: ${p.circle}`,
    {
      hint: "Write the levels out that can occur: every value has a known depth.",
    },
  ),
  "resolve/schema-too-deep": entry<{ limit: string }>(
    (p) => `with its references written out, this schema nests deeper than ${p.limit} levels`,
    { hint: "Make it flatter." },
  ),
  "resolve/schema-too-large": entry<{ limit: string }>(
    (p) => `with its references written out, this schema holds more than ${p.limit} values`,
    { hint: "Each level that refers to one below twice doubles it; refer to it once." },
  ),
  "resolve/store-semantics": entry<{ store: string; semantics: string }>(
    (p) => `the store ${quote(p.store)} is a ${p.semantics} elsewhere`,
    { hint: "Name another store: one store works in one way." },
  ),
  "resolve/undeclared-domain": entry<{ domain: string; from: string }>(
    (p) => `the domain ${quote(p.from)} does not say that it uses ${quote(p.domain)}`,
    { hint: "Add it to the `uses` of the domain's document." },
  ),
  "resolve/unknown-artifact": entry<{ name: string; kind: string }>(
    (p) => `there is no ${p.kind} ${quote(p.name)}`,
  ),
  "resolve/unknown-domain": entry<{ domain: string }>(
    (p) => `there is no domain ${quote(p.domain)}`,
  ),
  "resolve/unknown-implementation": entry<{ name: string }>(
    (p) => `the program has no implementation ${quote(p.name)}`,
  ),
  "resolve/unknown-intent-type": entry<{ type: string }>(
    (p) => `there is no intent of the type ${quote(p.type)}`,
  ),
  "resolve/not-a-stream": entry<{ name: string; semantics: string }>(
    (p) => `${quote(p.name)} is a ${p.semantics}, and only a stream has events to subscribe to`,
    { hint: "Append an event to a stream where something happens that others wait for." },
  ),
  "resolve/unknown-operation": entry<{ operation: string; owner: string }>(
    (p) => `${p.owner} has no operation ${quote(p.operation)}`,
  ),
  "resolve/unknown-start": entry<{ name: string }>(
    (p) => `there is no node ${quote(p.name)} to start with`,
  ),
  "resolve/unknown-target": entry<{ name: string }>(
    (p) => `there is no node or exit ${quote(p.name)}`,
  ),
  "resolve/unused-domain": entry<{ domain: string }>(
    (p) => `nothing here names an artifact of ${quote(p.domain)}`,
    { severity: "warning", hint: "Remove it from `uses`." },
  ),
  "resolve/uses-itself": entry<{ domain: string }>(
    (p) => `the domain ${quote(p.domain)} need not use itself`,
    { hint: "Remove it from `uses`." },
  ),
  "resolve/wrong-implementation": entry<{ name: string; found: string; asked: string }>(
    (p) => `${quote(p.name)} is ${p.found}, and ${p.asked}`,
  ),
  "resolve/wrong-kind": entry<{ name: string; found: string; expected: string }>(
    (p) => `expected a ${p.expected}, found the ${p.found} ${quote(p.name)}`,
  ),
  "resolve/changes-nothing": entry<{ operation: string; why: string }>(
    (p) => `${quote(p.operation)} changes nothing here: ${p.why}`,
    { hint: "Say it of an operation that writes, or of a call to the outside." },
  ),
  "resolve/not-retried": entry<{ outcome: string; why: string }>(
    (p) => `a call is not made again after ${quote(p.outcome)}: ${p.why}`,
    { hint: "Take it out of `retry`." },
  ),
  "resolve/outside-only": entry<{ key: string; effect: string }>(
    (p) => `${quote(p.key)} is for calls to the outside, and ${quote(p.effect)} is kept inside`,
    { hint: "Remove it: a store of the runtime's own answers at once, and always." },
  ),
  "resolve/timeout-above-contract": entry<{ found: string; contract: string }>(
    (p) => `${quote(p.found)} is longer than the ${quote(p.contract)} of the contract`,
    { hint: "A node may give a call less time than its contract, never more." },
  ),
  "resolve/unknown-operation-outcome": entry<{ outcome: string; operation: string }>(
    (p) => `${quote(p.operation)} never ends in ${quote(p.outcome)}`,
  ),
} as const;
