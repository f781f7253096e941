/**
 * Nothing waits for ever: each wait of a node, each wait between two attempts and each time limit of
 * a call lies within its bounds, and a node that waits says until when.
 */
import { isObject, type Json, member } from "../../../protocol/language/json.ts";
import { LIMITS } from "../../../protocol/language/limits.ts";
import { quoteAll } from "../../codes/quote.ts";
import { type Diagnostic, diagnose } from "../../diagnostic.ts";
import { durationMs, durationText } from "../../duration.ts";
import type { ParsedDocument, PathStep } from "../../model.ts";
import { checkBounds } from "./timeouts.ts";

/** What is of a wrong type was found by the kind's schema. */
export function checkWaits(document: ParsedDocument): readonly Diagnostic[] {
  const nodes = member(document.value, "nodes");
  if (!isObject(nodes)) return [];
  return Object.entries(nodes).flatMap(([name, node]) => {
    const at = ["nodes", name];
    const awaited = member(node, "await");
    return [
      ...(isObject(awaited) ? awaitFaults(awaited, [...at, "await"], document) : []),
      ...checkBounds(member(node, "timeout"), [...at, "timeout"], {
        document,
        msMax: LIMITS.externalTimeoutMsMax,
      }),
      ...retryFaults(member(node, "retry"), [...at, "retry"], document),
      ...retryFaults(
        member(member(node, "compensate"), "retry"),
        [...at, "compensate", "retry"],
        document,
      ),
    ];
  });
}

const FORMS = "`signals` with a `deadline`, or `after` alone, or `until` alone";

const KEYS: readonly string[] = Object.freeze(["signals", "deadline", "after", "until"]);

function awaitFaults(
  text: Readonly<Record<string, Json>>,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  const keys = KEYS.filter((key) => Object.hasOwn(text, key));
  // A key that is misspelt was found by the kind's schema, and is not found to be missing as well.
  if (keys.length < Object.keys(text).length) return [];
  if (keys.length === 1 && keys[0] === "signals") {
    const hint = "Say when it waits no longer: a duration (`P30D`), or a path (`$.payload.due`).";
    const where = document.spanOf([...at, "signals"], "key");
    return [diagnose("shape/missing-key", where, { key: "deadline" }, { hint })];
  }
  const right = ["signals deadline", "after", "until"].includes(keys.join(" "));
  if (!right) {
    const found = keys.length === 0 ? "none of them" : quoteAll(keys);
    return [diagnose("shape/await-form", document.spanOf(at, "key"), { forms: FORMS, found })];
  }
  const bounds = { document, msMax: LIMITS.waitMsMax };
  const { until, deadline } = text;
  if (until !== undefined) return pathFaults(until, [...at, "until"], document);
  if (typeof deadline !== "string" || isPath(deadline)) {
    return checkBounds(text.after, [...at, "after"], bounds);
  }
  if (durationMs(deadline) !== undefined) {
    return checkBounds(deadline, [...at, "deadline"], bounds);
  }
  const hint = "Write a duration (`P30D`), or a path to a date and time (`$.payload.due`).";
  const where = document.spanOf([...at, "deadline"]);
  return [diagnose("shape/bad-duration", where, { found: deadline }, { hint })];
}

function isPath(text: string): boolean {
  return text.startsWith("$.") || text.startsWith("$[");
}

function pathFaults(
  found: Json,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  if (typeof found !== "string" || isPath(found)) return [];
  return [diagnose("shape/not-a-path", document.spanOf(at), { found })];
}

function retryFaults(
  retry: Json | undefined,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  if (!isObject(retry)) return [];
  const bounds = { document, msMax: LIMITS.retryWaitMsMax };
  const single = ["wait", "wait_max"].flatMap((key) =>
    checkBounds(retry[key], [...at, key], bounds),
  );
  return single.length > 0 ? single : growthFaults(retry, at, document);
}

/** Waits that grow need a bound of their own, unless all of them together stay below the limit's. */
function growthFaults(
  { attempts, wait, factor = 1, wait_max: waitMax }: Readonly<Record<string, Json>>,
  at: readonly PathStep[],
  document: ParsedDocument,
): readonly Diagnostic[] {
  const waitMs = typeof wait === "string" ? durationMs(wait) : undefined;
  if (typeof attempts !== "number" || typeof factor !== "number" || waitMs === undefined) return [];
  if (typeof waitMax === "string") {
    const maxMs = durationMs(waitMax);
    if (maxMs === undefined || maxMs >= waitMs) return [];
    const words = { wait: String(wait), max: waitMax };
    return [diagnose("shape/wait-above-max", document.spanOf([...at, "wait_max"]), words)];
  }
  const longestMs = waitMs * factor ** (attempts - 2);
  if (longestMs <= LIMITS.retryWaitMsMax) return [];
  const words = { limit: durationText(LIMITS.retryWaitMsMax) };
  return [diagnose("shape/unbounded-wait", document.spanOf([...at, "factor"], "key"), words)];
}
