/**
 * A small protocol made by hand, lowered as the compiler would, with its implementations and its
 * snapshot: for tests of the runtime that need no compiler.
 */

import { canonical } from "../../protocol/language/canonical.ts";
import type { Capabilities, External, Transform } from "../../protocol/language/capabilities.ts";
import { type Digest, sha256 } from "../../protocol/language/digest.ts";
import type { SealedGovernance } from "../../protocol/language/governance.ts";
import {
  type Binding,
  CANCELLED,
  type EffectNode,
  type ExitNode,
  type ExternalNode,
  type Graph,
  type GraphNode,
  ON_CANCEL,
  type SealedPlace,
  type TransformNode,
} from "../../protocol/language/graph.ts";
import { deepFreeze, type Json, type JsonObject } from "../../protocol/language/json.ts";
import { ENGINE_OUTCOMES, type FullName } from "../../protocol/language/names.ts";
import { operationsOf } from "../../protocol/language/semantics.ts";
import type { Snapshot } from "../../runtime/ports.ts";
import { governanceOf } from "./governed.ts";

type Schema = JsonObject | boolean;

/** Gathers a graph's schemas and nodes; edges are written by name. */
export class GraphMaker {
  readonly #schemas: Schema[] = [];
  readonly #nodes: { node: GraphNode; to: readonly (readonly [string, string])[] }[] = [];
  readonly #slots = new Map<string, number>();
  #sealPayload: readonly SealedPlace[] = [];

  constructor(
    readonly workflow: FullName,
    readonly payload: Schema,
  ) {
    this.schema(payload);
  }

  schema(schema: Schema): number {
    return this.#schemas.push(schema) - 1;
  }

  slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.#slots.size + 2;
    this.#slots.set(name, slot);
    return slot;
  }

  sealPayload(...paths: SealedPlace["path"][]): this {
    this.#sealPayload = paths.map((path) => ({ path, labels: ["secret"] }));
    return this;
  }

  add(node: GraphNode, to: Readonly<Record<string, string>>): this {
    this.#nodes.push({ node, to: Object.entries(to) });
    return this;
  }

  transform(
    name: string,
    {
      implementation,
      input,
      check,
      outcomes,
      seal = {},
      confidential = false,
    }: {
      implementation: string;
      input: Binding;
      check?: Schema;
      outcomes: Readonly<Record<string, Schema>>;
      seal?: TransformNode["seal"];
      confidential?: boolean;
    },
    on: Readonly<Record<string, string>>,
  ): this {
    const node: TransformNode = {
      kind: "transform",
      name,
      edges: [],
      origin: { workflow: this.workflow, node: name },
      slot: this.slot(name),
      capability: "test::CT_TEST_V0",
      implementation,
      input,
      check: check === undefined ? null : this.schema(check),
      outcomes: this.#indexed(outcomes),
      seal,
      confidential,
    };
    return this.add(node, { VIOLATION: "on_fault", FAULT: "on_fault", ...on });
  }

  effect(
    name: string,
    {
      semantics,
      store,
      operation,
      input,
      value = true,
      sealInput = [],
      seal = {},
    }: Pick<EffectNode, "semantics" | "store" | "operation" | "input"> & {
      value?: Schema;
      sealInput?: readonly SealedPlace[];
      seal?: EffectNode["seal"];
    },
    on: Readonly<Record<string, string>>,
  ): this {
    const contract = operationsOf(semantics, { type: "string" }, value)[operation];
    if (contract === undefined) throw new Error(`no operation ${operation}`);
    const node: EffectNode = {
      kind: "effect",
      name,
      edges: [],
      origin: { workflow: this.workflow, node: name },
      slot: this.slot(name),
      effect: "test::CS_TEST_V0",
      semantics,
      store,
      operation,
      input,
      check: this.schema(contract.input),
      outcomes: this.#indexed(contract.outcomes),
      sealInput,
      seal,
    };
    return this.add(node, { VIOLATION: "on_fault", FAULT: "on_fault", ...on });
  }

  external(
    name: string,
    {
      implementation,
      input,
      outcomes,
      repeat,
      timeoutMs = 1_000,
      check,
      sealInput = [],
      seal = {},
    }: Pick<ExternalNode, "implementation" | "input" | "repeat"> & {
      outcomes: Readonly<Record<string, Schema>>;
      timeoutMs?: number;
      check?: Schema;
      sealInput?: readonly SealedPlace[];
      seal?: ExternalNode["seal"];
    },
    on: Readonly<Record<string, string>>,
  ): this {
    const node: ExternalNode = {
      kind: "external",
      name,
      edges: [],
      origin: { workflow: this.workflow, node: name },
      slot: this.slot(name),
      effect: "test::CS_OUTSIDE_V0",
      operation: "CALL",
      implementation,
      settings: {},
      repeat,
      timeoutMs,
      input,
      check: check === undefined ? null : this.schema(check),
      outcomes: this.#indexed(outcomes),
      sealInput,
      seal,
    };
    const unknown = repeat === "safe" ? "TIMEOUT" : "IN_DOUBT";
    return this.add(node, {
      VIOLATION: "on_fault",
      FAULT: "on_fault",
      [unknown]: "on_fault",
      ...on,
    });
  }

  /** A way out of every node that asks for something, for what is cancelled. Called last. */
  cancellable(): this {
    const asks = new Set(["transform", "effect", "external"]);
    const end: ExitNode = {
      ...{ kind: "exit", name: ON_CANCEL, edges: [], outcome: CANCELLED, fault: false },
      origin: { workflow: this.workflow, node: ON_CANCEL },
      ...{ result: { literal: null }, seal: [], cancel: true },
    };
    for (const made of this.#nodes) {
      if (asks.has(made.node.kind)) made.to = [...made.to, [CANCELLED, ON_CANCEL]];
    }
    return this.add(end, {});
  }

  exit(
    name: string,
    outcome: string,
    result: Binding = { literal: null },
    seal: readonly SealedPlace[] = [],
  ): this {
    const node: ExitNode = {
      kind: "exit",
      name,
      edges: [],
      origin: { workflow: this.workflow, node: name },
      outcome,
      result,
      seal,
      fault: name === "on_fault",
    };
    const mayGrow = !("literal" in result) && !node.fault;
    return this.add(node, mayGrow ? { VIOLATION: "on_fault" } : {});
  }

  graph(start = 0): Graph {
    const index = new Map(this.#nodes.map(({ node }, at) => [node.name, at]));
    const nodes = this.#nodes.map(({ node, to }) => ({
      ...node,
      edges: to.map(([outcome, name]) => {
        const engine = ENGINE.has(outcome);
        const target = index.get(name);
        if (target === undefined) throw new Error(`no node ${name}`);
        return { outcome, to: target, ...(engine ? { engine: true as const } : {}) };
      }),
    }));
    return deepFreeze({
      workflow: this.workflow,
      summary: "Made by hand.",
      payload: 0,
      sealPayload: this.#sealPayload,
      slots: this.#slots.size + 2,
      start,
      nodes,
      schemas: this.#schemas,
      drawing: { width: 0, height: 0, nodes: [], edges: [] },
    });
  }

  #indexed(schemas: Readonly<Record<string, Schema>>): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, this.schema(schema)]),
    );
  }
}

const ENGINE: ReadonlySet<string> = new Set(ENGINE_OUTCOMES);

/** Implementations that tests use, and any more that one of them brings along. */
export function capabilitiesOf(
  more: Readonly<Record<string, Transform>> = {},
  externals: Readonly<Record<string, External["call"]>> = {},
): Capabilities {
  const table = new Map<string, Transform>(
    Object.entries({
      identify: (input) => ({
        outcome: "SUCCESS",
        output: { id: sha256(canonical(input)).slice(0, 12) },
      }),
      echo: (input) => ({ outcome: "SUCCESS", output: input }),
      ...more,
    } satisfies Record<string, Transform>),
  );
  return {
    names: () => [...table.keys(), ...Object.keys(externals)].sort(),
    digestOf: (name) =>
      table.has(name) || Object.hasOwn(externals, name) ? sha256(`source of ${name}`) : undefined,
    kindOf: (name) =>
      table.has(name) ? "transform" : Object.hasOwn(externals, name) ? "external" : undefined,
    external(name) {
      const call = externals[name];
      if (call === undefined) throw new Error(`no implementation ${name}`);
      return { settings: true, call };
    },
    transform(name) {
      const found = table.get(name);
      if (found === undefined) throw new Error(`no implementation ${name}`);
      return found;
    },
  };
}

/** A snapshot of these graphs, under which everybody may do everything unless told otherwise. */
export function snapshotOf(
  graphs: readonly Graph[],
  implementations: readonly string[],
  governance?: SealedGovernance,
): Snapshot {
  const byName = new Map(graphs.map((graph) => [graph.workflow, graph]));
  const governed = governance ?? governanceOf({ workflows: [...byName.keys()] });
  return {
    id: sha256(canonical(graphs as unknown as Json)) as Digest,
    workflows: [...byName.keys()].sort(),
    capabilities: implementations.map((implementation) => ({
      implementation,
      sha256: sha256(`source of ${implementation}`),
    })),
    graph(workflow) {
      const graph = byName.get(workflow);
      if (graph === undefined) throw new Error(`no graph ${workflow}`);
      return graph;
    },
    governance: () => governed,
  };
}

const ID: Schema = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: { id: { type: "string" } },
};

/** Identify, register once, announce: the shape of a registration. */
export const REGISTER: FullName = "test::WF_REGISTER_V0";

export function registerGraph(): Graph {
  const maker = new GraphMaker(REGISTER, {
    type: "object",
    required: ["name"],
    additionalProperties: false,
    properties: { name: { type: "string" }, n: { type: "integer" } },
  });
  return maker
    .transform(
      "identify",
      { implementation: "identify", input: { read: [0] }, outcomes: { SUCCESS: ID } },
      { SUCCESS: "register" },
    )
    .effect(
      "register",
      {
        semantics: "registry",
        store: "test/actors",
        operation: "REGISTER",
        input: {
          object: [
            ["key", { read: [maker.slot("identify"), "id"] }],
            ["value", { read: [0] }],
          ],
        },
      },
      { SUCCESS: "announce", ALREADY_EXISTS: "known" },
    )
    .effect(
      "announce",
      {
        semantics: "stream",
        store: "test/events",
        operation: "APPEND",
        input: {
          object: [
            [
              "event",
              {
                object: [
                  ["type", { literal: "REGISTERED" }],
                  ["id", { read: [maker.slot("identify"), "id"] }],
                ],
              },
            ],
          ],
        },
      },
      { SUCCESS: "registered" },
    )
    .exit("registered", "SUCCESS", { object: [["id", { read: [2, "id"] }]] })
    .exit("known", "ALREADY_EXISTS", { object: [["id", { read: [2, "id"] }]] })
    .exit("on_fault", "FAULTED")
    .graph();
}
