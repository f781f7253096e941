/**
 * Runs the examples of every transform's contract: what an implementation does at compile time is
 * what its contract says that it does at run time. The input is frozen; what is thrown is caught.
 */

import type { ExampleText } from "../../../protocol/language/artifacts.ts";
import type { Capabilities, Transform } from "../../../protocol/language/capabilities.ts";
import { deepFreeze, isObject, type Json, pointer } from "../../../protocol/language/json.ts";
import { plainJson } from "../../../protocol/language/plain-json.ts";
import { quote } from "../../codes/quote.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { type SchemaProblem, validatorOf } from "../../json-schema.ts";
import type { PathStep, ResolvedTransform } from "../../model.ts";
import { same } from "../../types/accepts.ts";
import { PLATFORM } from "../load.ts";
import { type Pass, report } from "./scope.ts";

interface Answered {
  readonly outcome: string;
  readonly output: Json;
}

interface Example {
  readonly pass: Pass;
  readonly transform: ResolvedTransform;
  readonly example: ExampleText;
  readonly index: number;
}

/** Runs the examples of all transforms of the world. */
export function checkExamples(pass: Pass, capabilities: Capabilities): void {
  for (const transform of pass.world.transforms.values()) {
    const { artifact, outcomes } = transform;
    // Those of the program's own domain are held by its tests; no author could mend them.
    if (artifact.domain === PLATFORM) continue;
    const { implementation, examples } = artifact.text;
    const run =
      capabilities.digestOf(implementation) === undefined
        ? undefined
        : capabilities.transform(implementation);
    for (const [index, example] of examples.entries()) {
      const one = { pass, transform, example, index };
      if (isSound(one) && run !== undefined) runExample(one, run);
    }
    const shown = new Set(examples.map((example) => example.outcome));
    for (const outcome of outcomes.keys()) {
      if (shown.has(outcome)) continue;
      const span = artifact.document.spanOf(["outcomes", outcome], "key");
      const parameters = { transform: artifact.name, outcome };
      report(pass, "typecheck/outcome-without-example", { span }, parameters);
    }
  }
}

function spanOf({ transform, index }: Example, ...steps: readonly PathStep[]) {
  return transform.artifact.document.spanOf(["examples", index, ...steps]);
}

/** Holds the example itself against the contract. */
function isSound(one: Example): boolean {
  const { pass, transform, example } = one;
  const schema = transform.outcomes.get(example.outcome);
  const name = transform.artifact.name;
  if (schema === undefined) {
    const hint = didYouMean(example.outcome, transform.outcomes.keys());
    const parameters = { transform: name, outcome: example.outcome };
    report(
      pass,
      "typecheck/example-unknown-outcome",
      { span: spanOf(one, "outcome"), hint },
      parameters,
    );
    return false;
  }
  const input = validatorOf(transform.input)(example.input);
  if (input !== null) {
    const span = spanOf(one, "input", ...input.path);
    report(pass, "typecheck/example-input", { span }, { transform: name, problem: told(input) });
  }
  const output = validatorOf(schema)(example.output);
  if (output !== null) {
    const span = spanOf(one, "output", ...output.path);
    const parameters = { outcome: example.outcome, problem: told(output) };
    report(pass, "typecheck/example-expects-unfit", { span }, parameters);
  }
  return input === null && output === null;
}

function told({ path, message }: SchemaProblem): string {
  return path.length === 0 ? message : `${message} at \`${pointer(path)}\``;
}

function runExample(one: Example, run: Transform): void {
  const { pass, transform, example } = one;
  const { implementation } = transform.artifact.text;
  const span = spanOf(one);
  let answer: unknown;
  try {
    answer = run(deepFreeze(structuredClone(example.input)));
  } catch (error) {
    const message = error instanceof Error ? error.message : typeof error;
    report(pass, "typecheck/example-throws", { span }, { implementation, message });
    return;
  }
  if (answer instanceof Promise) {
    answer.catch(ignored);
    report(pass, "typecheck/example-promise", { span }, { implementation });
    return;
  }
  const read = answerOf(answer, transform);
  if ("problem" in read) {
    const parameters = { implementation, problem: read.problem };
    report(pass, "typecheck/example-malformed", { span }, parameters);
  } else compare(one, read);
}

/** The promise is refused already: how it settles is of no interest, and must not end the process. */
function ignored(): void {
  return;
}

/** The answer, as the runtime would read it; or what keeps it from being one. */
function answerOf(given: unknown, transform: ResolvedTransform): Answered | { problem: string } {
  const read = plainJson(given);
  if ("problem" in read) {
    const { pointer: at, message } = read.problem;
    return { problem: `it is not JSON: ${message}${at === "" ? "" : ` at \`${at}\``}` };
  }
  const answer = read.value;
  if (!isObject(answer) || typeof answer.outcome !== "string" || answer.output === undefined) {
    return { problem: "it is not of the form `{ outcome, output }`" };
  }
  const { outcome, output } = answer;
  const schema = transform.outcomes.get(outcome);
  if (schema === undefined) return { problem: `it has no outcome ${quote(outcome)}` };
  const problem = validatorOf(schema)(output);
  if (problem === null) return { outcome, output };
  return { problem: `the output of ${quote(outcome)} does not fit: ${told(problem)}` };
}

function compare(one: Example, answer: Answered): void {
  const { pass, example } = one;
  if (answer.outcome !== example.outcome) {
    const parameters = { expected: example.outcome, found: answer.outcome };
    report(pass, "typecheck/example-outcome", { span: spanOf(one, "outcome") }, parameters);
  } else if (!same(answer.output, example.output)) {
    const at = firstDifference(example.output, answer.output);
    report(
      pass,
      "typecheck/example-output",
      { span: spanOf(one, "output", ...at) },
      {
        expected: textAt(example.output, at),
        found: textAt(answer.output, at),
        where: at.length === 0 ? "" : ` at \`${pointer(at)}\``,
      },
    );
  }
}

/** The steps to the first place where two values differ. */
function firstDifference(a: Json, b: Json): readonly PathStep[] {
  if (Array.isArray(a) && Array.isArray(b)) {
    const index = [...a.keys()].find((at) => b[at] === undefined || !same(a[at], b[at]));
    return index === undefined || index >= b.length
      ? []
      : [index, ...firstDifference(a[index], b[index])];
  }
  if (!isObject(a) || !isObject(b)) return [];
  const name = Object.keys(a).find((key) => {
    return !Object.hasOwn(b, key) || !same(a[key] as Json, b[key] as Json);
  });
  if (name === undefined || !Object.hasOwn(b, name)) return [];
  return [name, ...firstDifference(a[name] as Json, b[name] as Json)];
}

function textAt(value: Json, at: readonly PathStep[]): string {
  const found = at.reduce<Json | undefined>(
    (here, step) => (here as Readonly<Record<PathStep, Json>>)?.[step],
    value,
  );
  return JSON.stringify(found ?? null);
}
