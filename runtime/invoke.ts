/**
 * Calling a transform: frozen input in, plain data out. Whatever else an implementation does
 * becomes a FAULT with its reason; where labelled values are at hand, its message is withheld.
 */
import type { Capabilities } from "../protocol/language/capabilities.ts";
import { isObject } from "../protocol/language/json.ts";
import { plainJson } from "../protocol/language/plain-json.ts";
import type { Answer, InvokeCommand } from "./machine/program.ts";
import { reason } from "./machine/reasons.ts";

/** A message of an implementation is quoted up to here. */
const MESSAGE_CHARS_MAX = 500;

export function invoke(capabilities: Capabilities, command: InvokeCommand): Answer {
  const transform = capabilities.transform(command.implementation);
  let answer: unknown;
  try {
    answer = transform(command.input);
  } catch (error) {
    const message = `the implementation threw: ${messageOf(error)}`;
    return { fault: reason("fault/threw", message, command) };
  }
  if (isThenable(answer)) {
    const message = "the implementation returned a promise, expected an answer";
    return { fault: reason("fault/asynchronous", message, command) };
  }
  return readAnswer(answer, command);
}

/** What an implementation answered, if it is an answer; plain data, and nothing of the implementation's. */
export function readAnswer(answer: unknown, detail: { readonly confidential: boolean }): Answer {
  const read = plainJson(answer);
  if ("problem" in read) {
    const { pointer, message } = read.problem;
    const text = `the answer is not JSON at \`${pointer}\`: ${message}`;
    return { fault: reason("fault/not-json", text, detail) };
  }
  const { value } = read;
  if (!isObject(value) || typeof value.outcome !== "string" || value.output === undefined) {
    const message = "expected an answer of the form { outcome, output }";
    return { fault: reason("fault/no-answer", message, detail) };
  }
  return { outcome: value.outcome, output: value.output };
}

/** A promise that fails later must not bring the process down: its fault is told here already. */
function isThenable(answer: unknown): boolean {
  if (answer instanceof Promise) {
    answer.catch(() => {});
    return true;
  }
  return false;
}

export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : typeof error;
  return message.slice(0, MESSAGE_CHARS_MAX).toWellFormed();
}
