/**
 * Mistakes that the machine could make where executions wait, fork, try again and undo, as
 * replacements in its sources. Each must break a law that holds of every random graph.
 */
import type { Mistake } from "./mistake.ts";

const UNDO = "runtime/machine/undo.ts";
const FORK = "runtime/machine/fork.ts";
const STEP = "runtime/machine/step.ts";

export const MACHINE: readonly Mistake[] = [
  {
    name: "what was done first is undone first",
    file: UNDO,
    find: "for (const one of inside.reverse()) left = { ...one, before: left };",
    replace: "for (const one of inside) left = { ...one, before: left };",
  },
  {
    name: "a compensation that failed is called done",
    file: UNDO,
    find: "const isDone = undone.done.includes(outcome);",
    replace: "const isDone = true;",
  },
  {
    name: "what nobody knows the end of is forgotten",
    file: UNDO,
    find: '} else if (node.kind === "external" && !Object.hasOwn(node.outcomes, outcome)) {',
    replace: "} else if (false) {",
  },
  {
    name: "what nothing undoes is forgotten",
    file: UNDO,
    find: "stands = { name: now.name, before: stands };",
    replace: "",
  },
  {
    name: "what items have done is lost where they end",
    file: FORK,
    find: "done: appended(forked.done, done),",
    replace: "done: forked.done,",
  },
  {
    name: "what items under way have done is lost where all is cancelled",
    file: "runtime/machine/abandon.ts",
    find: "return appended(done, doneIn(program, execution, scopeWithin(scope, node, index)));",
    replace: "return done;",
  },
  {
    name: "one person counts for several",
    file: "runtime/machine/await.ts",
    find: "if (before !== undefined) {",
    replace: "if (false) {",
  },
  {
    name: "who asked for it counts, too",
    file: "runtime/machine/await.ts",
    find: "if (requester !== undefined && isSamePerson(requester, by)) {",
    replace: "if (false) {",
  },
  {
    name: "people at a shell count by their names",
    file: "runtime/machine/people.ts",
    find: "|| areOperators(one, other)",
    replace: "",
  },
  {
    name: "a name counts twice, at a shell and by a token",
    file: "runtime/machine/people.ts",
    find: "one.principal === other.principal ||",
    replace: "(one.identity === other.identity && one.principal === other.principal) ||",
  },
  {
    name: "attempts are counted anew",
    file: "runtime/machine/hear.ts",
    find: "attempt: waiting.attempt + 1 }",
    replace: "attempt: 1 }",
  },
  {
    name: "a call is tried again without end",
    file: "runtime/machine/attempt.ts",
    find: "attempt < retry.attempts && ",
    replace: "",
  },
  {
    name: "a branch's fact is given to another",
    file: STEP,
    find: "const place = execution.live.findIndex((one) => one.index === index);",
    replace: "const place = 0;",
  },
  {
    name: "items begin for as long as there are any",
    file: STEP,
    find: "next < total && live.length < atOnce",
    replace: "next < total",
  },
  {
    name: "items write into the values of what they forked from",
    file: FORK,
    find: "const own = [...slots];",
    replace: "const own = slots as (Slots[number])[];",
  },
  {
    name: "items share the key of a call",
    file: "runtime/machine/attempt.ts",
    find: "const idempotencyKey = keyOf(going, name);",
    replace: "const idempotencyKey = keyOf(going, node.name);",
  },
  {
    name: "an item's end is counted twice",
    file: FORK,
    find: "succeeded: succeeded +",
    replace: "succeeded: 1 + succeeded +",
  },
];
