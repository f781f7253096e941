/**
 * Cancelling from the command line: a process is killed while it waits for a server that never
 * answers; what it left is cancelled, explained, replayed and verified.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCapabilities } from "../../capabilities/registry.ts";
import { openSnapshot, resolveSnapshot, SYSTEM_PORTS } from "../../runtime/index.ts";
import { during } from "../runtime/on-disk.ts";
import { freshFolder, freshWorkspace, pgs, root } from "./cli.ts";
import { type Started, startPgs } from "./notes.ts";

function protocol(port: number): string {
  return `
kind: domain
code: orders
summary: Orders from a shop that never answers.
---
kind: effect
code: CS_SHOP_V0
summary: The shop.
semantics: external
implementation: http-call
settings: { hosts: ["127.0.0.1:${port}"], insecure: true, private: true }
operations:
  ORDER:
    input: { type: object, required: [method, url, headers, body], additionalProperties: false, properties: { method: { const: POST }, url: { const: "http://127.0.0.1:${port}/orders" }, headers: { const: {} }, body: { type: string } } }
    outcomes:
      RESPONSE: { type: object }
      UNREADABLE: { type: object }
      REFUSED: { type: object }
      UNREACHABLE: { type: object }
    repeat: unsafe
    timeout: PT1H
---
kind: effect
code: CS_ORDERS_V0
summary: What was ordered.
semantics: registry
store: orders
key: { type: string, maxLength: 20 }
value: { type: object, required: [book], additionalProperties: false, properties: { book: { type: string, maxLength: 20 } } }
---
kind: workflow
code: WF_ORDER_V0
summary: Note an order, then place it.
payload: { type: object, required: [book], additionalProperties: false, properties: { book: { type: string, maxLength: 20 } } }
start: note
nodes:
  note:
    effect: CS_ORDERS_V0
    op: REGISTER
    with: { key: $.payload.book, value: { book: $.payload.book } }
    on: { SUCCESS: order, ALREADY_EXISTS: order }
  order:
    effect: CS_SHOP_V0
    op: ORDER
    with: { method: POST, url: "http://127.0.0.1:${port}/orders", headers: {}, body: $.payload.book }
    on: { RESPONSE: ordered, UNREADABLE: ordered, REFUSED: lost, UNREACHABLE: lost, IN_DOUBT: lost }
exits:
  ordered: { outcome: ORDERED }
  lost: { outcome: LOST }
on_fault: { outcome: FAULTED }
`.trimStart();
}

let server: Server;
let requests = 0;
let arrived = () => {};
let gone = () => {};
let workspace = "";

beforeAll(async () => {
  server = createServer((request) => {
    requests += 1;
    request.on("close", () => gone());
    arrived();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  workspace = freshWorkspace({ "protocol/domains/orders/all.yaml": protocol(port) });
  const compiled = pgs(["compile", workspace]);
  expect(compiled.code, compiled.err).toBe(0);
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** An execution `t1` in a process of its own, which waits for the shop. */
async function waiting(): Promise<{
  readonly place: readonly string[];
  readonly started: Started;
}> {
  const folder = freshFolder();
  const own = ["--data-root", join(folder, "data"), "--traces-dir", join(folder, "traces")];
  const place = ["--workspace", workspace, ...own];
  const payload = join(freshWorkspace({ "payload.json": '{"book":"Emma"}' }), "payload.json");
  const work = ["--wf", "orders::WF_ORDER_V0", "--payload", payload, "--trace-id", "t1"];
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const started = startPgs(["run", ...work, ...place]);
  await Promise.race([asked, started.ended]);
  expect(started.child.exitCode, started.err()).toBeNull();
  return { place, started };
}

/** Its place once its process was killed. */
async function killedWhileItWaited(): Promise<readonly string[]> {
  const { place, started } = await waiting();
  started.child.kill("SIGKILL");
  await started.ended;
  return place;
}

test("what a killed process left waiting is cancelled, examined, replayed and verified", async () => {
  const place = await killedWhileItWaited();
  const before = requests;
  const cancelled = pgs(["cancel", "t1", "--reason", "ordered by mistake", "--json", ...place]);
  expect(cancelled.code, cancelled.err).toBe(0);
  expect(cancelled.json()).toMatchObject({
    trace_id: "t1",
    exit: "on_cancel",
    outcome: "CANCELLED",
    fault: false,
    cancelled: { node: "order", in_doubt: true },
    steps: [{ node: "note", outcome: "SUCCESS", to: "order" }],
  });
  const examined = pgs(["examine", "t1", "--json", ...place]);
  expect(examined.code, examined.out).toBe(0);
  expect(examined.json()).toMatchObject({
    integrity: { ok: true, records: 5 },
    closed: { exit: "on_cancel", outcome: "CANCELLED" },
    open: null,
  });
  const shown = pgs(["examine", "t1", ...place]);
  expect(shown.out).toContain("ordered by mistake");
  const replayed = pgs(["replay", "t1", "--mode", "full", "--json", ...place]);
  expect(replayed.json()).toMatchObject({ ok: true, divergence: null });
  const verified = pgs(["verify", "--state", "--json", ...place]);
  expect(verified.code, verified.out).toBe(0);
  expect(verified.json()).toMatchObject({ ok: true });
  // Nobody asked the shop again.
  expect(requests).toBe(before);
  const again = pgs(["cancel", "t1", "--json", ...place]);
  expect(again.code).toBe(4);
  expect(again.json()).toMatchObject({ refused: { code: "cancel/ended" } });
}, 120_000);

test("an execution that there is not is refused, and one of another tenant in the same words", async () => {
  const place = await killedWhileItWaited();
  const unknown = pgs(["cancel", "t2", "--json", ...place]);
  expect(unknown.code).toBe(4);
  expect(unknown.json()).toMatchObject({ refused: { code: "cancel/unknown" } });
  const other = pgs(["cancel", "t1", "--json", ...place], {
    env: { PGS_OPERATOR_TENANT: "other" },
  });
  expect(other.code).toBe(4);
  expect(other.json()).toMatchObject({ refused: { code: "cancel/unknown" } });
  const wrong = pgs(["cancel", ...place]);
  expect(wrong.code).toBe(2);
}, 120_000);

test("what runs in another process is not cancelled from here: the refusal names that process", async () => {
  const { place, started } = await waiting();
  const refused = pgs(["cancel", "t1", "--wait", "0", "--json", ...place]);
  expect(refused.code).toBe(7);
  const { refused: why } = refused.json() as { refused: Record<string, string> };
  expect(why.code).toBe("data-root/held");
  expect(why.message).toContain(String(started.child.pid));
  expect(why.hint).toContain("Stop that process");
  started.child.kill("SIGKILL");
  await started.ended;
}, 120_000);

test("in one process the shop is hung up on: its connection is closed once the end is durable", async () => {
  const folder = freshFolder();
  const { files } = SYSTEM_PORTS;
  const snapshot = openSnapshot(files, resolveSnapshot(files, join(workspace, "snapshots")));
  const hungUp = new Promise<void>((resolve) => (gone = resolve));
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const work = { workflow: "orders::WF_ORDER_V0", payload: { book: "Emma" }, traceId: "t1" };
  const capabilities = openCapabilities(join(root, "dist", "capabilities"));
  await during(
    join(folder, "data"),
    async (runtime) => {
      const submitted = runtime.submit(work);
      await asked;
      const answer = await runtime.cancel({ trace: "t1" });
      expect(answer).toMatchObject({ outcome: "CANCELLED", cancelled: { in_doubt: true } });
      await hungUp;
      expect(await submitted).toEqual(answer);
    },
    { snapshot, snapshots: () => snapshot, capabilities },
  );
}, 120_000);
