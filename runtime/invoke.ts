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
  const fault = (code: string, message: string): Answer => ({
    fault: reason(code, message, { confidential: command.confidential }),
  });
  const transform = capabilities.transform(command.implementation);
  let answer: unknown;
  try {
    answer = transform(command.input);
  } catch (error) {
    return fault("fault/threw", `the implementation threw: ${messageOf(error)}`);
  }
  if (isThenable(answer)) {
    return fault("fault/asynchronous", "the implementation returned a promise, expected an answer");
  }
  const read = plainJson(answer);
  if ("problem" in read) {
    const { pointer, message } = read.problem;
    return fault("fault/not-json", `the answer is not JSON at \`${pointer}\`: ${message}`);
  }
  const { value } = read;
  if (!isObject(value) || typeof value.outcome !== "string" || value.output === undefined) {
    return fault("fault/no-answer", "expected an answer of the form { outcome, output }");
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

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : typeof error;
  return message.slice(0, MESSAGE_CHARS_MAX).toWellFormed();
}
