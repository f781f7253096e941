/**
 * Which of the things that an execution waits for somebody means: found by the name of a signal, and
 * by the node's where several wait for the same. What is not there is said with what is; nothing is
 * guessed.
 */
import { didYouMean } from "../protocol/language/did-you-mean.ts";
import { LIMITS } from "../protocol/language/limits.ts";
import { Refusal } from "../protocol/language/refusal.ts";
import type { WaitCommand } from "./machine/program.ts";

/** What is said, and to which node, where that is told. */
export interface Called {
  readonly name: string;
  readonly node?: string | undefined;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** A node as records name it: `each[3]/check`. */
const NODE = /^[A-Za-z0-9_[\]/-]+$/;
const NODE_CHARS_MAX = (LIMITS.nameCharsMax + 16) * (LIMITS.callDepthMax + 1);

/** Refuses what no signal and no node can be called, before anything is asked of it. */
export function calledWell({ name, node }: Called): Called {
  if (!NAME.test(name)) {
    const message = "expected the name of a signal, such as `APPROVE`";
    throw new Refusal("usage", "signal/bad-name", message, { hint: WHERE });
  }
  if (node !== undefined && (node.length > NODE_CHARS_MAX || !NODE.test(node))) {
    const message = "expected a node as records name it, such as `each[3]/approve`";
    throw new Refusal("usage", "signal/bad-node", message, { hint: WHERE });
  }
  return { name, node };
}

const WHERE = "`pgs list --waiting` shows what is waited for, and where.";

/** The one wait that is meant. */
export function chosen(
  trace: string,
  waits: readonly WaitCommand[],
  { name, node }: Called,
): WaitCommand {
  const listening = waits.filter(({ signals }) => signals.length > 0);
  if (listening.length === 0) throw waitsForTime(trace);
  const there = node === undefined ? listening : listening.filter((wait) => wait.name === node);
  if (there.length === 0) throw notThere(trace, node ?? "", listening);
  const meant = there.filter(({ signals }) => signals.includes(name));
  const [first, second] = meant;
  if (first === undefined) throw notAwaited(trace, name, there);
  if (second !== undefined) throw ambiguous(trace, name, meant);
  return first;
}

function waitsForTime(trace: string): Refusal {
  const message = `the execution \`${trace}\` waits for a time, and for nobody to say anything`;
  return new Refusal("acceptance", "signal/not-awaited", message, { hint: WHERE });
}

function notThere(trace: string, node: string, waits: readonly WaitCommand[]): Refusal {
  const names = waits.map((wait) => wait.name);
  const message = `the execution \`${trace}\` does not wait at \`${node}\``;
  return new Refusal("acceptance", "signal/not-there", message, {
    hint: didYouMean(node, names) ?? `It waits at ${listed(names)}.`,
  });
}

function notAwaited(trace: string, name: string, waits: readonly WaitCommand[]): Refusal {
  const names = [...new Set(waits.flatMap(({ signals }) => signals))];
  const message = `the execution \`${trace}\` does not wait for \`${name}\``;
  return new Refusal("acceptance", "signal/not-awaited", message, {
    hint: didYouMean(name, names) ?? `It waits for ${listed(names)}.`,
  });
}

function ambiguous(trace: string, name: string, waits: readonly WaitCommand[]): Refusal {
  const message = `the execution \`${trace}\` waits for \`${name}\` at ${waits.length} nodes`;
  return new Refusal("acceptance", "signal/ambiguous", message, {
    hint: `Say at which (\`--node\`): ${listed(waits.map((wait) => wait.name))}.`,
  });
}

/** So many are named. */
const NAMED_MAX = 8;

function listed(names: readonly string[]): string {
  const named = names.slice(0, NAMED_MAX).map((name) => `\`${name}\``);
  const more = names.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`;
}
