/** Protocols with forks for the tests of the compiler: texts that are JSON, and what is found in them. */
import { prove } from "../../../compiler/passes/prove.ts";
import { routing } from "../../../compiler/passes/routing.ts";
import { typecheck } from "../../../compiler/passes/typecheck.ts";
import { protocolFilesOf } from "../../../compiler/protocol-files.ts";
import type { Capabilities } from "../../../protocol/language/capabilities.ts";
import type { Json, JsonObject } from "../../../protocol/language/json.ts";
import { exampleFiles, frontOf } from "../from-text.ts";
import { withOutside } from "../outside.ts";

/** No function is known, so no example is run. */
const NONE: Capabilities = withOutside({
  names: () => [],
  digestOf: () => undefined,
  kindOf: () => undefined,
  transform: () => {
    throw new Error("nothing is run here");
  },
  external: () => {
    throw new Error("nothing is called here");
  },
});

/** Documents as one text: JSON is YAML. */
export function textOf(documents: readonly Json[]): string {
  return documents.map((document) => JSON.stringify(document, null, 1)).join("\n---\n");
}

/** What the compiler makes of documents up to `prove`, as far as it comes. */
export function found(documents: readonly Json[]) {
  const { world, diagnostics } = frontOf(protocolFilesOf(exampleFiles(textOf(documents))));
  // The domain's `uses` names the platform, which nothing here does.
  const front = diagnostics.filter(({ code }) => code !== "resolve/unused-domain");
  if (world === null) return { typed: null, diagnostics: front };
  const typed = typecheck(world, NONE);
  const own = typed.diagnostics.filter(({ span }) => span.file.includes("example"));
  if (own.some(({ severity }) => severity === "error")) return { typed: null, diagnostics: own };
  const routed = routing(typed.value).diagnostics.filter(({ span }) =>
    span.file.includes("example"),
  );
  if (routed.some(({ severity }) => severity === "error")) {
    return { typed: null, diagnostics: routed };
  }
  const proven = prove(typed.value).diagnostics;
  return { typed: typed.value, diagnostics: [...front, ...own, ...routed, ...proven] };
}

const TEXT = { type: "string" } as const;

export function object(properties: Readonly<Record<string, Json>>): JsonObject {
  return {
    type: "object",
    required: Object.keys(properties),
    additionalProperties: false,
    properties: { ...properties },
  };
}

/** Ends in DONE with the id, in DOUBTFUL with a note that is somebody's own, or in REFUSED. */
export const ONE: JsonObject = {
  kind: "workflow",
  code: "WF_ONE_V0",
  summary: "Handles one thing.",
  payload: object({ id: TEXT, note: { type: "string", "x-label": ["pii"] } }),
  start: "look",
  nodes: {
    look: {
      decide: [
        { when: { const: "bad" }, outcome: "BAD" },
        { when: { const: "odd" }, outcome: "ODD" },
        { otherwise: "FINE" },
      ],
      with: "$.payload.id",
      on: { FINE: "fine", ODD: "odd", BAD: "bad" },
    },
  },
  exits: {
    fine: { outcome: "DONE", result: { id: "$.payload.id" } },
    odd: { outcome: "DOUBTFUL", result: { note: "$.payload.note" } },
    bad: { outcome: "REFUSED" },
  },
  on_fault: { outcome: "FAULTED" },
};

export const PAGES: JsonObject = {
  kind: "effect",
  code: "CS_PAGES_V0",
  summary: "Pages by their name.",
  semantics: "document",
  store: "pages",
  key: TEXT,
  value: TEXT,
};

export const LOG: JsonObject = {
  kind: "effect",
  code: "CS_LOG_V0",
  summary: "What happened.",
  semantics: "stream",
  store: "log",
  value: TEXT,
};

const THING = object({ id: TEXT, note: { type: "string", "x-label": ["pii"] } });

/** A map, then a parallel. */
export const BOTH: JsonObject = {
  kind: "workflow",
  code: "WF_BOTH_V0",
  summary: "Fans out twice.",
  payload: object({ things: { type: "array", maxItems: 50, items: THING }, first: THING }),
  start: "wave",
  nodes: {
    wave: {
      map: "$.payload.things",
      max: 50,
      concurrency: 4,
      call: "WF_ONE_V0",
      with: { id: "$.item.id", note: "$.item.note" },
      succeed: ["DONE"],
      threshold: 0.5,
      collect: true,
      on: { SUCCESS: "pair", PARTIAL: "pair", FAILED: "poor", EMPTY: "none" },
    },
    pair: {
      parallel: {
        left: { call: "WF_ONE_V0", with: "$.payload.first", succeed: ["DONE"] },
        right: {
          call: "WF_ONE_V0",
          with: { id: "x", note: "y" },
          succeed: ["DONE", "DOUBTFUL"],
        },
      },
      on: { SUCCESS: "done", FAILED: "poor" },
    },
  },
  exits: {
    done: {
      outcome: "SUCCESS",
      result: { total: "$.nodes.wave.total", left: "$.nodes.pair.left.result.id" },
    },
    poor: { outcome: "POOR" },
    none: { outcome: "NOTHING" },
  },
  on_fault: { outcome: "FAULTED" },
};

/** The documents with something changed in the last of them. */
// biome-ignore lint/suspicious/noExplicitAny: an author writes what he likes.
export function changed(documents: readonly Json[], change: (last: any) => void): readonly Json[] {
  const copy = structuredClone(documents) as Json[];
  change(copy.at(-1));
  return copy;
}
