/**
 * Whoever changes one member of a governed record, and every hash behind it, is found by verifying or
 * by replaying: but for what nothing else in a ledger says, which only its hashes protect.
 */
import { expect, test } from "vitest";
import { isObject, type Json, pointer } from "../../../protocol/language/json.ts";
import type { RecordBody } from "../../../protocol/language/records.ts";
import { Refusal } from "../../../protocol/language/refusal.ts";
import { replayFull } from "../../../runtime/evidence/replay.ts";
import { verify } from "../../../runtime/evidence/verify.ts";
import type { Snapshot } from "../../../runtime/ports.ts";
import { openVault } from "../../../runtime/sealing/vault.ts";
import { systemFiles as files } from "../../../runtime/system-ports.ts";
import { capabilities, rootOf, snapshot, WRITTEN, type Written } from "./governed-root.ts";

async function found(written: readonly Written[]): Promise<readonly string[]> {
  const dataRoot = rootOf(written);
  const none = { tracesFolder: undefined, paint: undefined, state: false };
  const sealed = { snapshot: opened };
  const { problems } = await verify({ files, dataRoot, ...none, ...sealed });
  if (problems.length > 0) return problems.map(({ code }) => code);
  const beside = { ...sealed, capabilities, allowChangedCapabilities: false };
  const vault = openVault(dataRoot, files);
  const replayed = await replayFull({ kind: "ledger", files, dataRoot }, { ...beside, vault });
  const { divergence } = replayed;
  return [
    ...replayed.problems.map(({ code }) => code),
    ...(divergence === null ? [] : [divergence.field]),
  ];
}

function opened(id: string): Snapshot {
  if (id === snapshot.id) return snapshot;
  throw new Refusal("evidence", "snapshot/not-found", `there is no snapshot ${id}`);
}

type Place = readonly [path: readonly string[], value: Json];

/** All values within a value, and where they stand. */
function placesIn(value: Json, path: readonly string[] = []): readonly Place[] {
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, one]) => placesIn(one as Json, [...path, name]))
      : [];
  return path.length === 0 ? inner : [[path, value], ...inner];
}

/** Other values of the same kind. */
function othersOf(value: Json): readonly Json[] {
  if (typeof value === "string") {
    return /^[0-9a-f]{64}$/.test(value) ? ["f".repeat(64)] : [`${value}x`];
  }
  if (typeof value === "number") return [value + 1];
  if (typeof value === "boolean") return [!value];
  if (value === null) return ["other"];
  if (Array.isArray(value)) {
    return [...(value.length === 0 ? [] : [value.slice(0, -1)]), [...value, "zz"]];
  }
  return [{ ...value, zz: 1 }];
}

function changedAt(value: Json, [name, ...rest]: readonly string[], to: Json): Json {
  if (name === undefined) return to;
  const inner = (value as Record<string, Json>)[name] as Json;
  const changed = changedAt(inner, rest, to);
  if (Array.isArray(value)) return value.with(Number(name), changed);
  return isObject(value) ? { ...value, [name]: changed } : value;
}

function withBody(written: Written, body: Json): readonly Written[] {
  return WRITTEN.map((one) =>
    one === written ? { ...one, body: body as unknown as RecordBody } : one,
  );
}

const GOVERNED = ["opened", "refused", "session", "session-ended", "boot", "cancelled"];

/**
 * Said once in a ledger, and by nothing else in it: no policy here reads the operator's roles and
 * attributes, and what a writer knew of the disk follows from no other record.
 */
const UNTOLD = [
  "boot /engine",
  "boot /flushed",
  "cancelled /caller/attributes",
  "cancelled /caller/roles",
  "cancelled /reason",
  "opened /caller/attributes",
  "opened /caller/roles",
  "opened /flushed",
  "opened /idempotency_key",
  "refused /flushed",
  "refused /idempotency_key",
  "session /flushed",
  "session /secret_sha256",
  "session /token/issuer",
  "session /token/sha256",
  "session-ended /flushed",
];

test("a ledger of everything that is governed holds", async () => {
  expect(await found(WRITTEN)).toEqual([]);
});

test("each member that is changed is found, or is said nowhere else", {
  timeout: 120_000,
}, async () => {
  const untold = new Set<string>();
  for (const one of WRITTEN.filter(({ body }) => GOVERNED.includes(body.type))) {
    const body = one.body as unknown as Json;
    for (const [path, value] of placesIn(body)) {
      if (path[0] === "type") continue;
      for (const other of othersOf(value)) {
        const codes = await found(withBody(one, changedAt(body, path, other)));
        if (codes.length === 0) untold.add(`${one.body.type} ${pointer(path)}`);
      }
    }
  }
  expect([...untold].sort()).toEqual(UNTOLD);
});
