/**
 * Making a call to the outside, once its attempt is durable. The answer is waited for as long as the
 * contract says and no longer; what comes after that is not listened to. No answer is ever made up:
 * where none came, that is what is told.
 */
import type { Capabilities, ExternalAnswer } from "../protocol/language/capabilities.ts";
import { isObject, type Json } from "../protocol/language/json.ts";
import type { Reason } from "../protocol/language/records.ts";
import { messageOf, readAnswer } from "./invoke.ts";
import type { CallAnswer, CallCommand } from "./machine/program.ts";
import { reason } from "./machine/reasons.ts";
import type { Clock } from "./ports.ts";

export interface Outside {
  readonly capabilities: Capabilities;
  readonly clock: Clock;
}

/** For whom a call is made, and how it is given up when nobody waits for its answer any more. */
export interface Caller {
  readonly trace: string;
  readonly giveUp: AbortController;
}

/** Settles with what came of the call; never rejects for a fault of the outside. */
export function callOutside(
  { capabilities, clock }: Outside,
  command: CallCommand,
  { trace, giveUp }: Caller,
): Promise<CallAnswer> {
  const { timeoutMs } = command;
  return new Promise((resolve) => {
    const takeBack = clock.timer(timeoutMs, () => {
      resolve(unknown("unknown/elapsed", `no answer came within ${timeoutMs} ms`, command));
      giveUp.abort();
    });
    const givenUp = () => {
      takeBack();
      resolve(unknown("unknown/given-up", "nobody waits for an answer any more", command));
    };
    giveUp.signal.addEventListener("abort", givenUp, { once: true });
    const settle = (answer: CallAnswer) => {
      takeBack();
      resolve(answer);
    };
    call(capabilities, command, { trace, signal: giveUp.signal }).then(
      (answer) => settle(answerTo(answer, command)),
      (error: unknown) => {
        const message = `the implementation threw: ${messageOf(error)}`;
        settle(unknown("unknown/threw", message, command));
      },
    );
  });
}

/** Asynchronous, so that what an implementation throws at once is a rejection like any other. */
async function call(
  capabilities: Capabilities,
  {
    implementation,
    operation,
    input,
    settings,
    repeat,
    idempotencyKey,
    attempt,
    name,
  }: CallCommand,
  { trace, signal }: { readonly trace: string; readonly signal: AbortSignal },
): Promise<ExternalAnswer> {
  return capabilities.external(implementation).call({
    operation,
    input,
    settings,
    repeat,
    idempotencyKey,
    attempt,
    trace,
    node: name,
    signal,
  });
}

function answerTo(answer: ExternalAnswer, command: CallCommand): CallAnswer {
  const why = isObject(answer as Json) && "unknown" in answer ? answer.unknown : undefined;
  if (why === undefined) return readAnswer(answer, command);
  return unknown("unknown/no-answer", String(why).toWellFormed(), command);
}

function unknown(
  code: string,
  message: string,
  command: CallCommand,
): { readonly unknown: Reason } {
  return { unknown: reason(code, message, command) };
}
