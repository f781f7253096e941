/**
 * The workflows that the simulator runs: small graphs made by hand, which between them use every
 * semantics, seal, fault, and call the outside, safe to repeat and not.
 */

import type { Capabilities, External } from "../../protocol/language/capabilities.ts";
import { sha256 } from "../../protocol/language/digest.ts";
import type { Binding, Graph, SealedPlace } from "../../protocol/language/graph.ts";
import type { FullName } from "../../protocol/language/names.ts";
import type { Snapshot } from "../../runtime/ports.ts";
import { capabilitiesOf, GraphMaker, registerGraph, snapshotOf } from "../runtime/protocol.ts";
import { governance } from "./governance.ts";
import {
  bothGraph,
  CALL_TIMEOUT_MS,
  fanGraph,
  LONG,
  retryGraph,
  sagaGraph,
  waitGraph,
} from "./long-graphs.ts";
import { mailGraphs, TELL } from "./mail.ts";

const ANYTHING = { type: "object" } as const;

function object(members: Readonly<Record<string, Binding>>): Binding {
  return { object: Object.entries(members) };
}

function payload(name: string): Binding {
  return { read: [0, name] };
}

const secret = (...path: string[]): SealedPlace => ({ path, labels: ["secret"] });

export const WORKFLOW = Object.freeze({
  register: "test::WF_REGISTER_V0",
  revoke: "test::WF_REVOKE_V0",
  write: "test::WF_WRITE_V0",
  remove: "test::WF_REMOVE_V0",
  log: "test::WF_LOG_V0",
  keep: "test::WF_KEEP_V0",
  fetch: "test::WF_FETCH_V0",
  stumble: "test::WF_STUMBLE_V0",
  callSafe: "test::WF_CALL_SAFE_V0",
  callUnsafe: "test::WF_CALL_UNSAFE_V0",
  tell: TELL,
  ...LONG,
} satisfies Record<string, FullName>);

function append(maker: GraphMaker, name: string, event: Binding, to: string): GraphMaker {
  const input = object({ event });
  return maker.effect(
    name,
    { semantics: "stream", store: "test/events", operation: "APPEND", input },
    { SUCCESS: to },
  );
}

function revokeGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.revoke, ANYTHING);
  const key = object({ key: payload("key") });
  const registry = { semantics: "registry", store: "test/actors" } as const;
  maker
    .effect(
      "look",
      { ...registry, operation: "RESOLVE", input: key },
      { SUCCESS: "revoke", NOT_FOUND: "none" },
    )
    .effect(
      "revoke",
      { ...registry, operation: "REVOKE", input: key },
      { SUCCESS: "tell", NOT_FOUND: "none" },
    );
  return append(maker, "tell", object({ revoked: payload("key") }), "done")
    .exit("done", "SUCCESS", { read: [maker.slot("revoke")] })
    .exit("none", "NOT_FOUND")
    .exit("on_fault", "FAULTED")
    .graph();
}

const DOCUMENT = { semantics: "document", store: "test/documents" } as const;

/** Replaces a document where the version is right, tells of a conflict, and puts one where none is. */
function writeGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.write, ANYTHING);
  const members = { key: payload("key"), value: payload("value") };
  const replace = object({ ...members, version: payload("version") });
  maker
    .effect(
      "replace",
      { ...DOCUMENT, operation: "REPLACE", input: replace },
      { SUCCESS: "replaced", CONFLICT: "tell", NOT_FOUND: "put" },
    )
    .effect("put", { ...DOCUMENT, operation: "PUT", input: object(members) }, { SUCCESS: "made" });
  return append(maker, "tell", object({ conflict: payload("key") }), "conflict")
    .exit("replaced", "SUCCESS", { read: [maker.slot("replace")] })
    .exit("made", "SUCCESS", { read: [maker.slot("put")] })
    .exit("conflict", "CONFLICT", { read: [maker.slot("replace")] })
    .exit("on_fault", "FAULTED")
    .graph();
}

function removeGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.remove, ANYTHING);
  const key = object({ key: payload("key") });
  return maker
    .effect(
      "get",
      { ...DOCUMENT, operation: "GET", input: key },
      { SUCCESS: "remove", NOT_FOUND: "none" },
    )
    .effect(
      "remove",
      { ...DOCUMENT, operation: "REMOVE", input: key },
      { SUCCESS: "done", NOT_FOUND: "none" },
    )
    .exit("done", "SUCCESS", { read: [maker.slot("get")] })
    .exit("none", "NOT_FOUND")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** Appends a few events, and reads what stands. */
function logGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.log, ANYTHING);
  append(maker, "first", payload("event"), "second");
  append(maker, "second", payload("event"), "third");
  append(maker, "third", payload("event"), "read");
  const input = object({ from: payload("from"), limit: { literal: 5 } });
  return maker
    .effect(
      "read",
      { semantics: "stream", store: "test/events", operation: "READ", input },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [maker.slot("read")] })
    .exit("on_fault", "FAULTED")
    .graph();
}

/** Keeps a labelled value, sealed. */
function keepGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.keep, ANYTHING).sealPayload(["seed"]);
  const seal = { SUCCESS: [secret("value", "seed")], ALREADY_EXISTS: [secret("value", "seed")] };
  return maker
    .effect(
      "keep",
      {
        semantics: "registry",
        store: "test/keys",
        operation: "REGISTER",
        input: object({ key: payload("key"), value: object({ seed: payload("seed") }) }),
        sealInput: [secret("value", "seed")],
        seal,
      },
      { SUCCESS: "kept", ALREADY_EXISTS: "stood" },
    )
    .exit("kept", "SUCCESS", { read: [maker.slot("keep")] }, [secret("value", "seed")])
    .exit("stood", "ALREADY_EXISTS")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** Works on what was sealed by another execution. */
function fetchGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.fetch, ANYTHING);
  return maker
    .effect(
      "fetch",
      {
        semantics: "registry",
        store: "test/keys",
        operation: "RESOLVE",
        input: object({ key: payload("key") }),
        seal: { SUCCESS: [secret("value", "seed")] },
      },
      { SUCCESS: "measure", NOT_FOUND: "none" },
    )
    .transform(
      "measure",
      {
        implementation: "measure",
        input: { read: [maker.slot("fetch"), "value", "seed"] },
        outcomes: { SUCCESS: { type: "integer" } },
        confidential: true,
      },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS", { read: [maker.slot("measure")] })
    .exit("none", "NOT_FOUND")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** An effect, and then a transform that throws: the fault's way is recorded like any other. */
function stumbleGraph(): Graph {
  const maker = new GraphMaker(WORKFLOW.stumble, ANYTHING);
  append(maker, "tell", object({ stumbles: payload("event") }), "stumble");
  return maker
    .transform(
      "stumble",
      { implementation: "stumble", input: { read: [0] }, outcomes: { SUCCESS: true } },
      { SUCCESS: "done" },
    )
    .exit("done", "SUCCESS")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** Calls the outside twice, and says so before, between and after. */
function callGraph(repeat: "safe" | "unsafe"): Graph {
  const workflow = repeat === "safe" ? WORKFLOW.callSafe : WORKFLOW.callUnsafe;
  const maker = new GraphMaker(workflow, ANYTHING).sealPayload(["seed"]);
  const answers = { SUCCESS: { type: "integer" }, DECLINED: true } as const;
  const call = { implementation: "outside", repeat, outcomes: answers, timeoutMs: CALL_TIMEOUT_MS };
  const unknown = repeat === "safe" ? { TIMEOUT: "lost" } : { IN_DOUBT: "lost" };
  append(maker, "before", object({ calls: payload("event") }), "call");
  maker.external(
    "call",
    { ...call, input: object({ seed: payload("seed") }), sealInput: [secret("seed")] },
    { SUCCESS: "between", DECLINED: "again", ...unknown },
  );
  append(maker, "between", object({ answer: { read: [maker.slot("call")] } }), "again");
  maker.external(
    "again",
    { ...call, input: object({ event: payload("event") }) },
    { SUCCESS: "done", DECLINED: "declined", ...unknown },
  );
  return append(maker, "lost", object({ lost: payload("event") }), "unknown")
    .exit("done", "SUCCESS", { read: [maker.slot("again")] })
    .exit("declined", "DECLINED")
    .exit("unknown", "UNKNOWN")
    .exit("on_fault", "FAULTED")
    .cancellable()
    .graph();
}

/** What a start writes down and reads back. */
export const COHERENCE: FullName = "platform::WF_COHERENCE_V0";

function coherenceGraph(): Graph {
  const maker = new GraphMaker(COHERENCE, ANYTHING);
  const [start, key] = [payload("start"), { literal: "last" }];
  const document = { semantics: "document", store: "platform/last_boot" } as const;
  append(maker, "append", start, "put");
  return maker
    .effect(
      "put",
      { ...document, operation: "PUT", input: object({ key, value: start }) },
      { SUCCESS: "get" },
    )
    .effect(
      "get",
      { ...document, operation: "GET", input: object({ key }) },
      { SUCCESS: "coherent", NOT_FOUND: "drifts" },
    )
    .exit("coherent", "COHERENT", { read: [maker.slot("get")] })
    .exit("drifts", "INCOHERENT")
    .exit("on_fault", "FAULTED")
    .graph();
}

/** The snapshots that there are: they differ in what long executions tell late. */
export const UNDER = ["first", "second"] as const;
export type Under = (typeof UNDER)[number];

const snapshotUnder = (under: Under) =>
  snapshotOf(graphsUnder(under), ["identify", "measure", "outside", "stumble"], GOVERNANCE);

const graphsUnder = (under: Under) => [
  registerGraph(),
  revokeGraph(),
  writeGraph(),
  removeGraph(),
  logGraph(),
  keepGraph(),
  fetchGraph(),
  stumbleGraph(),
  callGraph("safe"),
  callGraph("unsafe"),
  waitGraph(under),
  fanGraph(),
  bothGraph(),
  retryGraph(under),
  sagaGraph(under),
  ...mailGraphs(),
  coherenceGraph(),
];

const GOVERNANCE = governance({ ...WORKFLOW, coherence: COHERENCE });

export const SNAPSHOTS: Readonly<Record<Under, Snapshot>> = Object.freeze({
  first: snapshotUnder("first"),
  second: snapshotUnder("second"),
});

export function snapshotWith(id: string): Snapshot {
  const found = UNDER.map((under) => SNAPSHOTS[under]).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no snapshot ${id}`);
  return found;
}

/** The implementations, with the way to the outside that a process has. */
export function implementations(call: External["call"]): Capabilities {
  return capabilitiesOf(
    {
      measure: (input) => ({ outcome: "SUCCESS", output: String(input).length }),
      stumble() {
        throw new Error("on purpose");
      },
    },
    { outside: call },
  );
}

/** The key that a registration comes to. */
export function actorOf(name: string): string {
  return sha256(`{"name":"${name}"}`).slice(0, 12);
}
